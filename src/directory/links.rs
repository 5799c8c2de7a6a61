//! What the server knows of the resources a resource points to: groups, members, the manager's name.

use std::collections::HashSet;

use scim::urn;
use store::{Range, Row};
use uuid::Uuid;

use crate::chunks::{CHUNK, Chunks};
use crate::codec::Record;
use crate::directory::Directory;
use crate::edge::Edge;
use crate::entry::{Entry, GroupLink, Links, ManagerLink, MemberLink};
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// How often a small group is read again because it changed meanwhile.
pub(crate) const CALM: u32 = 8;

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
            let unreadable = || DirectoryError::Unreadable(format!("a membership of group {group}"));
            let edge = Edge::of(&row).ok_or_else(unreadable)?;
            links.push(self.member_link(edge).await?);
        }
        Ok(links)
    }

    /// A group without its members, and the first of them; a list that is shorter than `limit` is all there are, at
    /// one moment. `None` where there is no such group.
    pub async fn with_first_members(
        &self,
        group: Uuid,
        limit: usize,
    ) -> Result<Option<(Entry, Vec<MemberLink>)>, DirectoryError> {
        for _ in 0..CALM {
            let Some(entry) = self.get(Kind::Group, group, Links::Without).await? else { return Ok(None) };
            let members = self.members(group, None, limit).await?;
            // What was read in between two equal versions is one state.
            let after = self.get(Kind::Group, group, Links::Without).await?;
            if after.is_some_and(|after| after.meta.version == entry.meta.version) {
                return Ok(Some((entry, members)));
            }
            tokio::task::yield_now().await;
        }
        // Under a storm of changes a group is shown as a long list is: each member was one at some moment.
        let Some(entry) = self.get(Kind::Group, group, Links::Without).await? else { return Ok(None) };
        Ok(Some((entry, self.members(group, None, limit).await?)))
    }

    /// An edge as it is shown. One of the first form names nobody, so the member is read.
    pub(crate) async fn member_link(&self, edge: Edge) -> Result<MemberLink, DirectoryError> {
        let Edge { member: id, kind, known } = edge;
        let (since, display) = match known {
            Some((since, display)) => (Some(since), display),
            None => (None, self.current(kind, id).await?.map(|c| c.record.display).unwrap_or_default()),
        };
        Ok(MemberLink { id, kind, display, since })
    }

    /// How many members a group has; read, not counted.
    pub async fn member_count(&self, group: Uuid) -> Result<u64, DirectoryError> {
        Ok(self.kv.counter(&self.layout.size(group)).await?.try_into().unwrap_or(0))
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
