//! Members of groups: from what a client names to edges in both directions.
//!
//! Cost depends on how many members a request names, never on how many the group has, except where the
//! request itself speaks of all of them.

use std::collections::HashSet;

use scim::filter::BoundFilter;
use scim::patch::EdgeChange;
use scim::{MemberRef, ScimError};
use serde_json::Value;
use store::{Guard, Revision};
use uuid::Uuid;

use crate::change::Change;
use crate::chunks::breathe;
use crate::directory::Directory;
use crate::edges::Intent;
use crate::entry::MemberLink;
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// How many unknown ids an error names.
const NAMED: usize = 10;

/// What an intent comes to for a group as it is now.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    added: Vec<(Uuid, Kind)>,
    removed: Vec<Uuid>,
    /// For an intent that speaks of all members: those that stay, and the state that was read.
    whole: Option<(Vec<Uuid>, Revision)>,
    /// For a group that gains a group: that no other group did so since no cycle was found.
    nesting: Option<Guard>,
}

impl Effect {
    /// Whether the group's members stay as they are.
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// The members that come, with their kinds.
    pub(crate) fn added(&self) -> &[(Uuid, Kind)] {
        &self.added
    }

    /// The members that go.
    pub(crate) fn removed(&self) -> &[Uuid] {
        &self.removed
    }

    /// Adds the edges and what they rest on to a change.
    pub(crate) fn write(self, directory: &Directory, group: Uuid, change: &mut Change) {
        let layout = directory.layout;
        if let Some((kept, since)) = self.whole {
            change.require(Guard::Quiet { prefix: layout.members(group), since });
            for member in kept {
                change.require(Guard::Present(layout.member(group, member)));
            }
        }
        if let Some(guard) = self.nesting {
            change.require(guard);
            change.put(layout.nesting());
        }
        for (member, kind) in self.added {
            change.add_edge(group, member, kind);
        }
        for member in self.removed {
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
                EdgeChange::Add(members) => intent.add(ids(members)?),
                // What is no id is nobody's: not a member, and removing it is a success.
                EdgeChange::Remove(values) => {
                    intent.remove(values.iter().filter_map(|v| Uuid::try_parse(v).ok()));
                }
                EdgeChange::Clear => intent.clear(),
                EdgeChange::RemoveWhere(filter) => {
                    let found = self.members_where(group, filter, &intent).await?;
                    intent.remove(found);
                }
            }
        }
        Ok(intent)
    }

    /// The members, present or about to be, that a filter such as `type eq "Group"` matches.
    async fn members_where(
        &self,
        group: Uuid,
        filter: &BoundFilter,
        intent: &Intent,
    ) -> Result<Vec<Uuid>, DirectoryError> {
        let mut links = if intent.clear { vec![] } else { self.all_members(group).await? };
        for (i, id) in intent.added().enumerate() {
            breathe(i).await;
            let Some(kind) = self.kind_of(*id).await? else { continue };
            let display = self.current(kind, *id).await?.map(|c| c.record.display).unwrap_or_default();
            links.push(MemberLink { id: *id, kind, display });
        }
        let matches = |link: &MemberLink| match link.to_json("") {
            Value::Object(element) => filter.matches(&element),
            _ => false,
        };
        Ok(links.iter().filter(|link| matches(link)).map(|link| link.id).collect())
    }

    /// Holds an intent against the members a group has now.
    pub(crate) async fn effect(&self, group: Uuid, intent: &Intent) -> Result<Effect, DirectoryError> {
        let mut effect = Effect::default();
        if intent.clear {
            let since = self.kv.revision();
            let rows = self.all_rows(self.layout.members(group)).await?;
            let present: HashSet<Uuid> = rows.iter().filter_map(|row| id_at_end(&row.key)).collect();
            let (kept, removed) = present.iter().partition(|id| intent.wants(**id));
            effect.removed = removed;
            effect.added = self.resolve(intent.added().filter(|id| !present.contains(id))).await?;
            effect.whole = Some((kept, since));
        } else {
            let mut new = Vec::new();
            for (i, id) in intent.added().enumerate() {
                breathe(i).await;
                if self.kv.get(&self.layout.member(group, *id)).await?.is_none() {
                    new.push(*id);
                }
            }
            effect.added = self.resolve(new.iter()).await?;
            for (i, id) in intent.remove.iter().enumerate() {
                breathe(i).await;
                if self.kv.get(&self.layout.member(group, *id)).await?.is_some() {
                    effect.removed.push(*id);
                }
            }
        }
        let groups: HashSet<Uuid> =
            effect.added.iter().filter(|(_, k)| *k == Kind::Group).map(|(id, _)| *id).collect();
        if !groups.is_empty() {
            let key = self.layout.nesting();
            let seen = self.kv.get(&key).await?.map(|stored| stored.revision);
            self.refuse_cycle(group, &groups).await?;
            effect.nesting = Some(seen.map_or(Guard::Absent(key.clone()), |at| Guard::At(key, at)));
        }
        Ok(effect)
    }

    /// Finds what each id names; ids that name nothing are refused together, so that a client can leave them out.
    async fn resolve(&self, ids: impl Iterator<Item = &Uuid>) -> Result<Vec<(Uuid, Kind)>, DirectoryError> {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for (i, id) in ids.enumerate() {
            breathe(i).await;
            match self.kind_of(*id).await? {
                Some(kind) => found.push((*id, kind)),
                None => unknown.push(id.to_string()),
            }
        }
        if unknown.is_empty() { Ok(found) } else { Err(unknown_members(&unknown).into()) }
    }

    async fn kind_of(&self, id: Uuid) -> Result<Option<Kind>, DirectoryError> {
        for kind in Kind::MEMBERS {
            if self.kv.get(&self.layout.resource(kind, id)).await?.is_some() {
                return Ok(Some(kind));
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

/// The ids of members as a client names them.
pub(crate) fn ids(members: &[MemberRef]) -> Result<Vec<Uuid>, ScimError> {
    let (mut ids, mut unknown) = (Vec::with_capacity(members.len()), Vec::new());
    for member in members {
        match Uuid::try_parse(&member.value) {
            Ok(id) => ids.push(id),
            Err(_) => unknown.push(member.value.clone()),
        }
    }
    if unknown.is_empty() { Ok(ids) } else { Err(unknown_members(&unknown)) }
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
