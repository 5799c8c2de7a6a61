//! Memberships one by one: of a group, of a member, or of all, without the groups they are in.

use store::{Range, Row};
use uuid::Uuid;

use crate::directory::Directory;
use crate::edge::Edge;
use crate::entry::MemberLink;
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// Which memberships are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All there are, by group.
    All,
    /// Those of a group, by member.
    Group(Uuid),
    /// Those of a member itself, by group; not those through nested groups.
    Member(Uuid),
}

/// One membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: Uuid,
    /// The group's name.
    pub group_display: String,
    /// The member.
    pub member: MemberLink,
    /// The commit that wrote it: its version.
    pub version: u64,
}

impl Membership {
    /// Where it stands in every list it is in.
    #[must_use]
    pub fn place(&self) -> (Uuid, Uuid) {
        (self.group, self.member.id)
    }
}

impl Directory {
    /// One membership; `None` where it is none.
    pub async fn membership(&self, group: Uuid, member: Uuid) -> Result<Option<Membership>, DirectoryError> {
        let key = self.layout.member(group, member);
        let Some(stored) = self.kv.get(&key).await? else { return Ok(None) };
        let Some(display) = self.group_display(group).await? else { return Ok(None) };
        let row = Row { key, revision: stored.revision, value: stored.value };
        self.read_membership(&row, group, display).await.map(Some)
    }

    /// The first memberships after a place, `limit` at most. A page costs the same wherever it lies. It can be
    /// shorter than `limit` before the end, where memberships end while it is read; the end is an empty page.
    pub async fn memberships(
        &self,
        of: Of,
        after: Option<(Uuid, Uuid)>,
        limit: usize,
    ) -> Result<Vec<Membership>, DirectoryError> {
        let layout = self.layout;
        let (prefix, last) = match of {
            Of::All => (layout.all_members(), after.map(|(group, member)| layout.member(group, member))),
            Of::Group(id) => (layout.members(id), after.map(|(_, member)| layout.member(id, member))),
            Of::Member(id) => (layout.groups_of(id), after.map(|(group, _)| layout.member_of(id, group))),
        };
        let range = match last {
            Some(last) => Range::after(prefix, last),
            None => Range::prefix(prefix),
        };
        let rows = self.kv.scan(range, limit).await?;
        let mut found = Vec::with_capacity(rows.len());
        let mut known: Option<(Uuid, String)> = None;
        for row in &rows {
            match of {
                Of::Member(member) => {
                    let group = id_at_end(&row.key).unwrap_or_default();
                    found.extend(self.membership(group, member).await?);
                }
                Of::All | Of::Group(_) => {
                    let group = id_at_end(&row.key[..row.key.len().saturating_sub(16)]).unwrap_or_default();
                    let display = match known.take() {
                        Some((last, display)) if last == group => display,
                        _ => self.group_display(group).await?.unwrap_or_default(),
                    };
                    found.push(self.read_membership(row, group, display.clone()).await?);
                    known = Some((group, display));
                }
            }
        }
        Ok(found)
    }

    /// How many memberships there are. A group's is kept; others are counted, in memory that stays the same.
    pub async fn membership_count(&self, of: Of) -> Result<u64, DirectoryError> {
        match of {
            Of::Group(id) => self.member_count(id).await,
            Of::All => Ok(self.kv.count(Range::prefix(self.layout.all_members())).await?),
            Of::Member(id) => Ok(self.kv.count(Range::prefix(self.layout.groups_of(id))).await?),
        }
    }

    async fn group_display(&self, group: Uuid) -> Result<Option<String>, DirectoryError> {
        Ok(self.current(Kind::Group, group).await?.map(|current| current.record.display))
    }

    async fn read_membership(
        &self,
        row: &Row,
        group: Uuid,
        group_display: String,
    ) -> Result<Membership, DirectoryError> {
        let unreadable = || DirectoryError::Unreadable(format!("a membership of group {group}"));
        let member = self.member_link(Edge::of(row).ok_or_else(unreadable)?).await?;
        Ok(Membership { group, group_display, member, version: row.revision.get() })
    }
}
