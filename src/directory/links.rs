//! What the server knows of the resources a resource points to: groups, members, the manager's name.

use std::collections::HashSet;

use scim::urn;
use store::{Range, Row};
use uuid::Uuid;

use crate::chunks::{CHUNK, Chunks};
use crate::codec::Record;
use crate::directory::Directory;
use crate::entry::{GroupLink, ManagerLink, MemberLink};
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

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
        let mut all = Vec::new();
        let mut chunks = Chunks::new(&self.kv, prefix);
        while let Some(rows) = chunks.next().await? {
            all.extend(rows);
        }
        Ok(all)
    }

    /// The manager of a user, where it is a user of this directory. A manager nobody knows is none: Entra's
    /// validator creates such users.
    pub(crate) async fn manager(&self, record: &Record) -> Result<Option<ManagerLink>, DirectoryError> {
        if !record.has_manager {
            return Ok(None);
        }
        let attributes =
            record.attributes().ok_or_else(|| DirectoryError::Unreadable("a user with a manager".into()))?;
        let value =
            attributes.get(urn::ENTERPRISE_USER).and_then(|e| e.get("manager")?.get("value")?.as_str());
        let Some(id) = value.and_then(|v| Uuid::try_parse(v).ok()) else { return Ok(None) };
        let boss = self.current(Kind::User, id).await?;
        Ok(boss.map(|boss| ManagerLink { id, display: boss.record.display }))
    }
}

/// The member an edge leads to.
pub(crate) fn edge(row: &Row) -> Option<(Uuid, Kind)> {
    Some((id_at_end(&row.key)?, Kind::from_byte(*row.value.first()?)?))
}
