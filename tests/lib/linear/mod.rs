//! Does some order of the calls, one after the other, explain what concurrent clients were answered?
//!
//! `plan` makes small random programs for a few clients, `model` is the sequential directory, and `search` looks for
//! the order (Wing and Gong 1993). Who makes the calls is the test's affair: `src/directory` drives the directory
//! itself, `tests/blackbox` the binary over HTTP.
//!
//! What is promised, and held to here: a change happens at one moment between its call and its answer, whole or not
//! at all; a refusal is true at such a moment; a group is read with its name, members and version of one moment, and so
//! is a user with its groups, alone or in a list. The body that answers a change may show a later moment than the
//! change's own.

mod model;
mod plan;
mod search;

use std::collections::BTreeSet;

pub(crate) use plan::{Program, program};
pub(crate) use search::explain;

/// A user or a group of a history, by number.
pub(crate) type Slot = usize;

/// How a user is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// By its id.
    Alone,
    /// As one of the list of all users.
    Listed,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    CreateUser {
        user: Slot,
        name: &'static str,
    },
    RenameUser {
        user: Slot,
        name: &'static str,
    },
    TitleUser {
        user: Slot,
        title: &'static str,
    },
    DeleteUser {
        user: Slot,
    },
    ReadUser {
        user: Slot,
        by: Look,
    },
    FindUser {
        name: &'static str,
    },
    CountUsers,
    CreateGroup {
        group: Slot,
        name: &'static str,
        members: BTreeSet<Slot>,
    },
    RenameGroup {
        group: Slot,
        name: &'static str,
    },
    AddMembers {
        group: Slot,
        users: BTreeSet<Slot>,
    },
    RemoveMembers {
        group: Slot,
        users: BTreeSet<Slot>,
    },
    SetMembers {
        group: Slot,
        users: BTreeSet<Slot>,
    },
    /// By a filter: all members but one.
    KeepMember {
        group: Slot,
        user: Slot,
    },
    /// Both in one PATCH.
    RenameAndAdd {
        group: Slot,
        name: &'static str,
        user: Slot,
    },
    DeleteGroup {
        group: Slot,
    },
    ReadGroup {
        group: Slot,
    },
    CountGroups,
}

/// What it was answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    User {
        name: String,
        title: Option<String>,
        version: u64,
        groups: BTreeSet<Slot>,
    },
    Group {
        name: String,
        version: u64,
        members: BTreeSet<Slot>,
    },
    /// A changed group without its members.
    Changed {
        version: u64,
    },
    /// 204 after DELETE.
    Deleted,
    /// 404.
    Missing,
    /// 409.
    Taken,
    /// 400 for a member that does not exist.
    UnknownMember,
    Count(u64),
    Found(BTreeSet<Slot>),
}

/// One call with its answer, and when both were, by a clock that counts calls and answers.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) call: Call,
    pub(crate) answer: Answer,
    pub(crate) called: u64,
    pub(crate) answered: u64,
}
