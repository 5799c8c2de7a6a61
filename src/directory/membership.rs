//! Members of groups: from what a client names to edges in both directions.
//!
//! Cost depends on how many members a request names, never on how many the group has, except where the
//! request itself speaks of all of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use scim::filter::BoundFilter;
use scim::patch::EdgeChange;
use scim::{MemberRef, ScimError};
use serde_json::Value;
use store::{Guard, Key, Row};
use uuid::Uuid;

use crate::change::{Change, Joining};
use crate::chunks::{CHUNK, Chunks, breathe};
use crate::directory::Directory;
use crate::edge::Edge;
use crate::edges::Intent;
use crate::entry::MemberLink;
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// How many unknown ids an error names.
const NAMED: usize = 10;

/// What becomes of members whose id names nobody.
#[derive(Debug, Clone, Default)]
pub enum Strangers {
    /// The request is refused, and the error names them.
    #[default]
    Refused,
    /// They are left out, and counted here; the others are added.
    LeftOut(Arc<AtomicU64>),
}

/// What an intent comes to for a group as it is now.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    added: Vec<Joining>,
    removed: Vec<Uuid>,
    /// For an intent that speaks of all members: that no member came or went since they were read. Every change of
    /// members moves the group's pointer, so one key tells, however large the group is.
    whole: Option<Guard>,
    /// For members that are as they are wanted: that they still are.
    settled: Vec<Guard>,
    /// For a group that gains a group: that no other group did so since no cycle was found.
    nesting: Option<Guard>,
}

impl Effect {
    /// Whether the group's members stay as they are.
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// The members that come, with their kinds.
    pub(crate) fn added(&self) -> &[Joining] {
        &self.added
    }

    /// The members that go.
    pub(crate) fn removed(&self) -> &[Uuid] {
        &self.removed
    }

    /// What the members rest on where nothing is to be done to them.
    pub(crate) fn guards(self) -> Vec<Guard> {
        self.settled.into_iter().chain(self.whole).collect()
    }

    /// Adds the edges and what they rest on to a change.
    pub(crate) fn write(self, directory: &Directory, group: Uuid, since: Timestamp, change: &mut Change) {
        let layout = directory.layout;
        let size = |members: usize| i64::try_from(members).expect("members fit in memory");
        change.resize(group, size(self.added.len()) - size(self.removed.len()));
        if let Some(guard) = self.nesting {
            change.require(guard);
            change.put(layout.nesting());
        }
        // Each edge is as it was read: somebody else who adds or removes the same member is seen, and is counted once.
        let alone = self.whole.is_none();
        for guard in self.settled.into_iter().chain(self.whole) {
            change.require(guard);
        }
        for member in &self.added {
            if alone {
                change.require(Guard::Absent(layout.member(group, member.id)));
            }
            change.add_edge(group, member, since);
        }
        for member in self.removed {
            if alone {
                change.require(Guard::Present(layout.member(group, member)));
            }
            change.remove_edge(group, member);
        }
    }
}

impl Directory {
    /// Folds the edge changes of a PATCH, in their order, for a group.
    pub(crate) async fn intent(&self, group: Uuid, changes: &[EdgeChange]) -> Result<Intent, DirectoryError> {
        let mut intent = Intent::default();
        for change in changes {
            match change {
                EdgeChange::Add(members) => intent.add(self.member_ids(members)?),
                // What is no id is nobody's: not a member, and removing it is a success.
                EdgeChange::Remove(values) => {
                    intent.remove(values.iter().filter_map(|v| Uuid::try_parse(v).ok()));
                }
                EdgeChange::Clear => intent.clear(),
                EdgeChange::RemoveWhere(filter) => {
                    if intent.seen.is_none() {
                        intent.seen = Some(self.unmoved(group).await?);
                    }
                    let found = self.members_where(group, filter, &intent).await?;
                    intent.remove(found);
                }
            }
        }
        Ok(intent)
    }

    /// The members, present or about to be, that a filter such as `type eq "Group"` matches. Only those are kept.
    async fn members_where(
        &self,
        group: Uuid,
        filter: &BoundFilter,
        intent: &Intent,
    ) -> Result<Vec<Uuid>, DirectoryError> {
        let matches = |link: &MemberLink| match link.to_json("") {
            Value::Object(element) => filter.matches(&element),
            _ => false,
        };
        let mut found = Vec::new();
        if !intent.clear {
            let mut last = None;
            loop {
                let page = self.members(group, last, CHUNK).await?;
                found.extend(page.iter().filter(|link| matches(link)).map(|link| link.id));
                last = page.last().map(|link| link.id);
                if page.len() < CHUNK {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        for (i, id) in intent.added().enumerate() {
            breathe(i).await;
            let Some(Joining { id, kind, display, .. }) = self.joining(*id).await? else { continue };
            let link = MemberLink { id, kind, display, since: None };
            if matches(&link) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Holds an intent against the members a group has now.
    pub(crate) async fn effect(&self, group: Uuid, intent: &Intent) -> Result<Effect, DirectoryError> {
        let mut effect = Effect { settled: intent.seen.iter().cloned().collect(), ..Effect::default() };
        if intent.clear {
            effect.whole = Some(self.unmoved(group).await?);
            let mut kept: HashSet<Uuid> = HashSet::new();
            let mut chunks = Chunks::new(&self.kv, self.layout.members(group));
            while let Some(rows) = chunks.next().await? {
                for id in rows.iter().filter_map(|row| id_at_end(&row.key)) {
                    if intent.wants(id) {
                        kept.insert(id);
                    } else {
                        effect.removed.push(id);
                    }
                }
            }
            effect.added = self.resolve(intent.added().filter(|id| !kept.contains(id))).await?;
        } else {
            let mut new = Vec::new();
            for (i, id) in intent.added().enumerate() {
                breathe(i).await;
                let key = self.layout.member(group, *id);
                if self.kv.get(&key).await?.is_none() {
                    new.push(*id);
                } else {
                    effect.settled.push(Guard::Present(key));
                }
            }
            effect.added = self.resolve(new.iter()).await?;
            for (i, id) in intent.remove.iter().enumerate() {
                breathe(i).await;
                let key = self.layout.member(group, *id);
                if self.kv.get(&key).await?.is_some() {
                    effect.removed.push(*id);
                } else {
                    effect.settled.push(Guard::Absent(key));
                }
            }
        }
        let groups: HashSet<Uuid> =
            effect.added.iter().filter(|m| m.kind == Kind::Group).map(|m| m.id).collect();
        if !groups.is_empty() {
            let unmoved = self.as_it_is(self.layout.nesting()).await?;
            self.refuse_cycle(group, &groups).await?;
            effect.nesting = Some(unmoved);
        }
        Ok(effect)
    }

    /// Writes the new name of a member into the edges of its groups.
    pub(crate) async fn rename(
        &self,
        kind: Kind,
        id: Uuid,
        display: &str,
        change: &mut Change,
    ) -> Result<(), DirectoryError> {
        // An edge that comes after this moment carries the old name, and refuses the commit.
        let since = self.kv.revision();
        change.require(Guard::Quiet { prefix: self.layout.groups_of(id), since });
        for group in self.parents(id).await? {
            let key = self.layout.member(group, id);
            let Some(store::Stored { revision, value }) = self.kv.get(&key).await? else { continue };
            let row = Row { key, revision, value };
            // One of the first form holds no name.
            let Some(Edge { known: Some((since, _)), .. }) = Edge::of(&row) else { continue };
            change.require(Guard::At(row.key, revision));
            change.name_edge(group, id, kind, since, display);
        }
        Ok(())
    }

    /// The guard that no member of a group comes or goes from now on: each of them moves the group's pointer.
    pub(crate) async fn unmoved(&self, group: Uuid) -> Result<Guard, DirectoryError> {
        self.as_it_is(self.layout.modified(group)).await
    }

    /// The guard that a key is written by nobody from now on.
    pub(crate) async fn as_it_is(&self, key: Key) -> Result<Guard, DirectoryError> {
        let seen = self.kv.get(&key).await?.map(|stored| stored.revision);
        Ok(match seen {
            Some(revision) => Guard::At(key, revision),
            None => Guard::Absent(key),
        })
    }

    /// Finds what each id names; ids that name nothing are refused together, so that a client can leave them out.
    async fn resolve(&self, ids: impl Iterator<Item = &Uuid>) -> Result<Vec<Joining>, DirectoryError> {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for (i, id) in ids.enumerate() {
            breathe(i).await;
            match self.joining(*id).await? {
                Some(member) => found.push(member),
                None => unknown.push(id.to_string()),
            }
        }
        self.strangers(&unknown)?;
        Ok(found)
    }

    /// The ids of members as a client names them.
    pub(crate) fn member_ids(&self, members: &[MemberRef]) -> Result<Vec<Uuid>, ScimError> {
        let (mut ids, mut unknown) = (Vec::with_capacity(members.len()), Vec::new());
        for member in members {
            match Uuid::try_parse(&member.value) {
                Ok(id) => ids.push(id),
                Err(_) => unknown.push(member.value.clone()),
            }
        }
        self.strangers(&unknown)?;
        Ok(ids)
    }

    /// Refuses ids that name nobody, or leaves them out and counts them.
    fn strangers(&self, unknown: &[String]) -> Result<(), ScimError> {
        match &self.strangers {
            Strangers::Refused if unknown.is_empty() => Ok(()),
            Strangers::Refused => Err(unknown_members(unknown)),
            Strangers::LeftOut(count) => {
                count.fetch_add(unknown.len() as u64, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// The user or group with an id, ready to become a member.
    pub(crate) async fn joining(&self, id: Uuid) -> Result<Option<Joining>, DirectoryError> {
        for kind in Kind::MEMBERS {
            if let Some(current) = self.current(kind, id).await? {
                let display = current.record.display;
                return Ok(Some(Joining { id, kind, display, revision: current.revision }));
            }
        }
        Ok(None)
    }

    /// Walks up from the group: none of its ancestors, nor itself, may become its member.
    async fn refuse_cycle(&self, group: Uuid, members: &HashSet<Uuid>) -> Result<(), DirectoryError> {
        let (mut seen, mut open) = (HashSet::from([group]), vec![group]);
        while let Some(ancestor) = open.pop() {
            if members.contains(&ancestor) {
                return Err(ScimError::invalid_value(format!(
                    "members: group {ancestor} contains group {group}, directly or through others; \
                     as its member it would contain itself"
                ))
                .into());
            }
            for parent in self.parents(ancestor).await? {
                if seen.insert(parent) {
                    open.push(parent);
                }
            }
        }
        Ok(())
    }
}

fn unknown_members(unknown: &[String]) -> ScimError {
    let named = unknown.iter().take(NAMED).map(|id| format!("{id:?}")).collect::<Vec<_>>().join(", ");
    let more = unknown.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    ScimError::invalid_value(format!(
        "members: no user or group has the id {named}{more}; a member's value is the \"id\" this server gave the \
         user or group when it was created. Nothing was changed"
    ))
}
