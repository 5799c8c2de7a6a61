//! The model's group: a name and a set of members.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::EdgeChange;
use crate::urn;

type Id = &'static str;

/// What the model knows of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    name: &'static str,
    pub(super) members: BTreeSet<String>,
}

/// One operation, in the model's words.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Rename(&'static str),
    Add(Vec<Id>),
    AddInObject(Vec<Id>),
    Replace(Vec<Id>),
    Clear,
    ClearWithNull,
    RemoveListed(Vec<Id>),
    RemoveOne(Id),
    RemoveEither(Id, Id),
    RemoveKind(&'static str),
    RemoveAllBut(Id),
    RemoveBeyond(Id),
    AddAt(Id, Id),
    ReplaceAt(Id, Id),
}

impl Step {
    pub(super) fn to_json(&self) -> Value {
        let listed = |ids: &[Id]| ids.iter().map(|id| json!({"value": id})).collect::<Value>();
        let at = |filter: String| format!("members[{filter}]");
        let remove = |filter: String| json!({"op": "remove", "path": at(filter)});
        let is = |id: &Id| format!("value eq \"{id}\"");
        match self {
            Self::Rename(name) => json!({"op": "replace", "path": "displayName", "value": name}),
            Self::Add(ids) => json!({"op": "add", "path": "members", "value": listed(ids)}),
            Self::AddInObject(ids) => json!({"op": "add", "value": {"members": listed(ids)}}),
            Self::Replace(ids) => json!({"op": "replace", "path": "members", "value": listed(ids)}),
            Self::Clear => json!({"op": "remove", "path": "members"}),
            Self::ClearWithNull => json!({"op": "replace", "path": "members", "value": null}),
            Self::RemoveListed(ids) => json!({"op": "remove", "path": "members", "value": listed(ids)}),
            Self::RemoveOne(id) => remove(is(id)),
            Self::RemoveEither(a, b) => remove(format!("{} or {}", is(a), is(b))),
            Self::RemoveKind(kind) => remove(format!("type eq \"{kind}\"")),
            Self::RemoveAllBut(id) => remove(format!("not ({})", is(id))),
            Self::RemoveBeyond(id) => remove(format!("type eq \"User\" and value gt \"{id}\"")),
            Self::AddAt(chosen, id) => json!({"op": "add", "path": at(is(chosen)), "value": {"value": id}}),
            Self::ReplaceAt(chosen, id) => {
                json!({"op": "replace", "path": at(is(chosen)), "value": {"value": id}})
            }
        }
    }

    pub(super) fn any() -> impl Strategy<Value = Self> {
        let list = || prop::collection::vec(ids(), 0..4);
        prop_oneof![
            prop::sample::select(vec!["Team", "Crew"]).prop_map(Self::Rename),
            list().prop_map(Self::Add),
            list().prop_map(Self::AddInObject),
            list().prop_map(Self::Replace),
            Just(Self::Clear),
            Just(Self::ClearWithNull),
            list().prop_map(Self::RemoveListed),
            ids().prop_map(Self::RemoveOne),
            (ids(), ids()).prop_map(|(a, b)| Self::RemoveEither(a, b)),
            prop::sample::select(vec!["User", "Group"]).prop_map(Self::RemoveKind),
            ids().prop_map(Self::RemoveAllBut),
            ids().prop_map(Self::RemoveBeyond),
            (ids(), ids()).prop_map(|(chosen, id)| Self::AddAt(chosen, id)),
            (ids(), ids()).prop_map(|(chosen, id)| Self::ReplaceAt(chosen, id)),
        ]
    }
}

impl Group {
    pub(super) fn to_json(&self) -> Value {
        json!({"schemas": [urn::GROUP], "displayName": self.name})
    }

    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Rename(name) => self.name = name,
            Step::Add(ids) | Step::AddInObject(ids) => self.add(ids),
            Step::Replace(ids) => {
                self.members.clear();
                self.add(ids);
            }
            Step::Clear | Step::ClearWithNull => self.members.clear(),
            Step::RemoveListed(ids) => self.members.retain(|m| !ids.contains(&m.as_str())),
            Step::RemoveOne(id) => self.members.retain(|m| m != id),
            Step::RemoveEither(a, b) => self.members.retain(|m| m != a && m != b),
            Step::RemoveKind(kind) => self.members.retain(|m| kind_of(m) != *kind),
            Step::RemoveAllBut(id) => self.members.retain(|m| m == id),
            Step::RemoveBeyond(id) => {
                self.members.retain(|m| kind_of(m) != "User" || m.as_str() <= *id);
            }
            Step::AddAt(_, id) => self.add(&[id]),
            Step::ReplaceAt(chosen, id) => {
                self.members.remove(*chosen);
                self.add(&[id]);
            }
        }
    }

    fn add(&mut self, ids: &[Id]) {
        self.members.extend(ids.iter().map(|id| (*id).to_owned()));
    }

    /// A group as it may be stored.
    pub(super) fn any() -> impl Strategy<Value = Self> {
        prop::collection::btree_set(ids().prop_map(str::to_owned), 0..5)
            .prop_map(|members| Self { name: "Team", members })
    }
}

/// Does to a set of members what the directory does to the edges.
pub(super) fn follow(members: &mut BTreeSet<String>, edge: &EdgeChange) {
    match edge {
        EdgeChange::Add(given) => members.extend(given.iter().map(|member| member.value.clone())),
        EdgeChange::Remove(ids) => members.retain(|m| !ids.contains(m)),
        EdgeChange::RemoveWhere(filter) => {
            let shown = |id: &str| json!({"value": id, "type": kind_of(id)});
            members.retain(|m| !filter.matches(shown(m).as_object().unwrap()));
        }
        EdgeChange::Clear => members.clear(),
    }
}

fn kind_of(id: &str) -> &'static str {
    if id.starts_with('g') { "Group" } else { "User" }
}

fn ids() -> impl Strategy<Value = Id> {
    prop::sample::select(vec!["g1", "g2", "u1", "u2", "u3", "u4"])
}
