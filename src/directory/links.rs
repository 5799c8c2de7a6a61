//! What the server knows of the resources a resource points to: groups, members, the manager's name.

use std::collections::HashSet;

use bytes::Bytes;
use scim::urn;
use serde_json::{Value, json};
use store::{Range, Row};
use uuid::Uuid;

use crate::codec::Record;
use crate::directory::{CHUNK, Directory};
use crate::entry::{GroupLink, MemberLink};
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// Where the manager's `$ref` points: relative to the base URI, as RFC 7643 section 2.3.7 allows.
const USERS: &str = "../Users/";

impl Directory {
    /// The groups of a user: first those it is a member of, then those it belongs to through nested groups.
    pub(crate) async fn groups_of(&self, user: Uuid) -> Result<Vec<GroupLink>, DirectoryError> {
        let direct = self.parents(user).await?;
        if direct.is_empty() {
            return Ok(vec![]);
        }
        let mut links = Vec::with_capacity(direct.len());
        let mut seen: HashSet<Uuid> = direct.iter().copied().collect();
        let mut open: Vec<Uuid> = direct.clone();
        for group in direct {
            links.extend(self.group_link(group, true).await?);
        }
        let nested = self.kv.get(&self.layout.nesting()).await?.is_some();
        while let (true, Some(group)) = (nested, open.pop()) {
            for parent in self.parents(group).await? {
                if seen.insert(parent) {
                    open.push(parent);
                    links.extend(self.group_link(parent, false).await?);
                }
            }
        }
        Ok(links)
    }

    async fn group_link(&self, id: Uuid, direct: bool) -> Result<Option<GroupLink>, DirectoryError> {
        let display = self.current(Kind::Group, id).await?.map(|c| c.record.display);
        Ok(display.map(|display| GroupLink { id, display, direct }))
    }

    /// The groups that have this member itself.
    pub(crate) async fn parents(&self, member: Uuid) -> Result<Vec<Uuid>, DirectoryError> {
        Ok(self
            .all_rows(self.layout.groups_of(member))
            .await?
            .iter()
            .filter_map(|row| id_at_end(&row.key))
            .collect())
    }

    /// The members of a group with their names, after one of them, `limit` at most.
    pub async fn members(
        &self,
        group: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<MemberLink>, DirectoryError> {
        let prefix = self.layout.members(group);
        let range = match after {
            Some(last) => Range::after(prefix, self.layout.member(group, last)),
            None => Range::prefix(prefix),
        };
        let mut links = Vec::new();
        for row in self.kv.scan(range, limit).await? {
            let Some((id, kind)) = edge(&row) else { continue };
            let display = self.current(kind, id).await?.map(|c| c.record.display).unwrap_or_default();
            links.push(MemberLink { id, kind, display });
        }
        Ok(links)
    }

    /// How many members a group has.
    pub async fn member_count(&self, group: Uuid) -> Result<u64, DirectoryError> {
        Ok(self.kv.count(Range::prefix(self.layout.members(group))).await?)
    }

    pub(crate) async fn all_members(&self, group: Uuid) -> Result<Vec<MemberLink>, DirectoryError> {
        let mut all = Vec::new();
        loop {
            let page = self.members(group, all.last().map(|m: &MemberLink| m.id), CHUNK).await?;
            let done = page.len() < CHUNK;
            all.extend(page);
            if done {
                return Ok(all);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Every row under a prefix, read in chunks.
    pub(crate) async fn all_rows(&self, prefix: Vec<u8>) -> Result<Vec<Row>, DirectoryError> {
        let mut all = self.kv.scan(Range::prefix(prefix.clone()), CHUNK).await?;
        let mut last = all.len();
        while last == CHUNK {
            let after = all.last().expect("a full chunk has a last row").key.clone();
            let page = self.kv.scan(Range::after(prefix.clone(), after), CHUNK).await?;
            last = page.len();
            all.extend(page);
            tokio::task::yield_now().await;
        }
        Ok(all)
    }

    /// The text of a user with the manager's name and URI filled in. A manager nobody knows stays as it is:
    /// Entra's validator creates such users.
    pub(crate) async fn with_manager(&self, record: &Record) -> Result<Bytes, DirectoryError> {
        let mut attributes =
            record.attributes().ok_or_else(|| DirectoryError::Unreadable("a user with a manager".into()))?;
        let manager = attributes.get_mut(urn::ENTERPRISE_USER).and_then(|e| e.get_mut("manager"));
        if let Some(Value::Object(manager)) = manager
            && let Some(id) =
                manager.get("value").and_then(Value::as_str).and_then(|v| Uuid::try_parse(v).ok())
            && let Some(boss) = self.current(Kind::User, id).await?
        {
            manager.insert("$ref".into(), json!(format!("{USERS}{id}")));
            if !boss.record.display.is_empty() {
                manager.insert("displayName".into(), json!(boss.record.display));
            }
        }
        Ok(Value::Object(attributes).to_string().into())
    }
}

/// The member an edge leads to.
pub(crate) fn edge(row: &Row) -> Option<(Uuid, Kind)> {
    Some((id_at_end(&row.key)?, Kind::from_byte(*row.value.first()?)?))
}
