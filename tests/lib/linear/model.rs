//! The directory as one client after the other would see it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Call, Slot};

/// The resources, and which versions were seen of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    users: BTreeMap<Slot, User>,
    groups: BTreeMap<Slot, Group>,
    /// How many changes there were; a version is the number of the change that made it.
    changes: u64,
    /// What each version is called in answers. Later changes have greater names.
    names: BTreeMap<u64, u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct User {
    name: String,
    title: Option<String>,
    version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Group {
    name: String,
    members: BTreeSet<Slot>,
    version: u64,
}

/// What the moments of a call are for, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Moment {
    /// The change, or the whole of a read.
    Act,
    /// The look at what the answer shows of a changed resource.
    Show,
}

/// The moments of a call that was answered so.
pub(super) fn moments(call: &Call, answer: &Answer) -> &'static [Moment] {
    match (call, answer) {
        (
            Call::ReadUser { .. }
            | Call::ReadGroup { .. }
            | Call::DeleteUser { .. }
            | Call::DeleteGroup { .. },
            _,
        ) => &[Moment::Act],
        (_, Answer::User { .. } | Answer::Group { .. } | Answer::Changed { .. } | Answer::Missing) => {
            &[Moment::Act, Moment::Show]
        }
        (_, _) => &[Moment::Act],
    }
}

impl State {
    /// Lets a moment of a call happen; `None` where the answer cannot come of it.
    pub(super) fn step(&self, call: &Call, answer: &Answer, moment: Moment) -> Option<Self> {
        let mut after = self.clone();
        let explained = match moment {
            Moment::Act => after.act(call, answer),
            Moment::Show => after.shows(call, answer),
        };
        explained.then_some(after)
    }

    fn act(&mut self, call: &Call, answer: &Answer) -> bool {
        match call {
            Call::ReadUser { .. } | Call::ReadGroup { .. } => self.shows(call, answer),
            Call::CountUsers => *answer == Answer::Count(self.users.len() as u64),
            Call::CountGroups => *answer == Answer::Count(self.groups.len() as u64),
            Call::FindUser { name } => {
                let holders = self.users.iter().filter(|(_, user)| user.name == *name);
                *answer == Answer::Found(holders.map(|(slot, _)| *slot).collect())
            }
            Call::CreateUser { .. }
            | Call::RenameUser { .. }
            | Call::TitleUser { .. }
            | Call::DeleteUser { .. }
            | Call::CreateGroup { .. }
            | Call::RenameGroup { .. }
            | Call::AddMembers { .. }
            | Call::RemoveMembers { .. }
            | Call::SetMembers { .. }
            | Call::KeepMember { .. }
            | Call::RenameAndAdd { .. }
            | Call::DeleteGroup { .. } => self.changes_or_refuses(call, answer),
        }
    }

    fn changes_or_refuses(&mut self, call: &Call, answer: &Answer) -> bool {
        let refusals = self.refusals(call);
        if refusals.contains(answer) {
            return true;
        }
        // a change may be answered with 404 when the resource is deleted before it is shown
        let lost = *answer == Answer::Missing && moments(call, answer).contains(&Moment::Show);
        if refusals.is_empty() && (lost || !is_refusal(answer)) {
            self.change(call);
            return true;
        }
        false
    }

    /// What a change may be refused with now.
    fn refusals(&self, call: &Call) -> Vec<Answer> {
        let missing = |there: bool| (!there).then_some(Answer::Missing);
        let user = |slot: &Slot| missing(self.users.contains_key(slot));
        let group = |slot: &Slot| missing(self.groups.contains_key(slot));
        let unknown = |slots: &BTreeSet<Slot>| {
            slots.iter().any(|slot| !self.users.contains_key(slot)).then_some(Answer::UnknownMember)
        };
        let user_named = |name: &str, but: &Slot| {
            self.users.iter().any(|(slot, user)| slot != but && user.name == name).then_some(Answer::Taken)
        };
        let group_named = |name: &str, but: &Slot| {
            self.groups.iter().any(|(slot, group)| slot != but && group.name == name).then_some(Answer::Taken)
        };
        let found: [Option<Answer>; 3] = match call {
            Call::CreateUser { user: slot, name } => [user_named(name, slot), None, None],
            Call::RenameUser { user: slot, name } => [user(slot), user_named(name, slot), None],
            Call::TitleUser { user: slot, .. } | Call::DeleteUser { user: slot } => [user(slot), None, None],
            Call::CreateGroup { group: slot, name, members } => {
                [group_named(name, slot), unknown(members), None]
            }
            Call::RenameGroup { group: slot, name } => [group(slot), group_named(name, slot), None],
            Call::AddMembers { group: slot, users } | Call::SetMembers { group: slot, users } => {
                [group(slot), unknown(&self.strangers(*slot, users)), None]
            }
            Call::RenameAndAdd { group: slot, name, user } => {
                let strangers = self.strangers(*slot, &BTreeSet::from([*user]));
                [group(slot), group_named(name, slot), unknown(&strangers)]
            }
            Call::RemoveMembers { group: slot, .. }
            | Call::KeepMember { group: slot, .. }
            | Call::DeleteGroup { group: slot } => [group(slot), None, None],
            Call::ReadUser { .. }
            | Call::ReadGroup { .. }
            | Call::FindUser { .. }
            | Call::CountUsers
            | Call::CountGroups => [None, None, None],
        };
        found.into_iter().flatten().collect()
    }

    /// Those who are no members yet.
    fn strangers(&self, group: Slot, users: &BTreeSet<Slot>) -> BTreeSet<Slot> {
        let members = self.groups.get(&group).map(|group| &group.members);
        users.iter().filter(|user| members.is_none_or(|m| !m.contains(user))).copied().collect()
    }

    fn change(&mut self, call: &Call) {
        self.changes += 1;
        let version = self.changes;
        match call {
            Call::CreateUser { user, name } => {
                self.users.insert(*user, User { name: (*name).to_owned(), title: None, version });
            }
            Call::RenameUser { user, name } => self.change_user(*user, |user| user.name = (*name).to_owned()),
            Call::TitleUser { user, title } => {
                self.change_user(*user, |user| user.title = Some((*title).to_owned()));
            }
            Call::DeleteUser { user } => {
                self.users.remove(user);
                for slot in self.groups.keys().copied().collect::<Vec<_>>() {
                    self.change_group(slot, |group| _ = group.members.remove(user));
                }
            }
            Call::CreateGroup { group, name, members } => {
                let group_made = Group { name: (*name).to_owned(), members: members.clone(), version };
                self.groups.insert(*group, group_made);
            }
            Call::RenameGroup { group, name } => {
                self.change_group(*group, |group| group.name = (*name).to_owned());
            }
            Call::AddMembers { group, users } => {
                self.change_group(*group, |group| group.members.extend(users));
            }
            Call::RemoveMembers { group, users } => {
                self.change_group(*group, |group| group.members.retain(|m| !users.contains(m)));
            }
            Call::SetMembers { group, users } => {
                self.change_group(*group, |group| group.members.clone_from(users));
            }
            Call::KeepMember { group, user } => {
                self.change_group(*group, |group| group.members.retain(|m| m == user));
            }
            Call::RenameAndAdd { group, name, user } => self.change_group(*group, |group| {
                group.name = (*name).to_owned();
                group.members.insert(*user);
            }),
            Call::DeleteGroup { group } => _ = self.groups.remove(group),
            Call::ReadUser { .. }
            | Call::ReadGroup { .. }
            | Call::FindUser { .. }
            | Call::CountUsers
            | Call::CountGroups => {}
        }
    }

    /// A change that changes nothing keeps the version.
    fn change_user(&mut self, slot: Slot, change: impl FnOnce(&mut User)) {
        let version = self.changes;
        if let Some(user) = self.users.get_mut(&slot) {
            let before = user.clone();
            change(user);
            if *user != before {
                user.version = version;
            }
        }
    }

    fn change_group(&mut self, slot: Slot, change: impl FnOnce(&mut Group)) {
        let version = self.changes;
        if let Some(group) = self.groups.get_mut(&slot) {
            let before = group.clone();
            change(group);
            if *group != before {
                group.version = version;
            }
        }
    }

    /// Whether the answer shows what is there now.
    fn shows(&mut self, call: &Call, answer: &Answer) -> bool {
        match (call, answer) {
            (
                Call::CreateUser { user, .. }
                | Call::RenameUser { user, .. }
                | Call::TitleUser { user, .. }
                | Call::ReadUser { user, .. },
                Answer::User { name, title, version, groups },
            ) => {
                let holders = self.groups.iter().filter(|(_, group)| group.members.contains(user));
                let held = holders.map(|(slot, _)| *slot).eq(groups.iter().copied());
                let Some(user) = self.users.get(user) else { return false };
                held && user.name == *name && user.title == *title && self.is_called(user.version, *version)
            }
            (
                Call::ReadUser { user, .. } | Call::RenameUser { user, .. } | Call::TitleUser { user, .. },
                Answer::Missing,
            ) => !self.users.contains_key(user),
            (
                Call::CreateGroup { group, .. } | Call::ReadGroup { group },
                Answer::Group { name, version, members },
            ) => {
                let Some(group) = self.groups.get(group) else { return false };
                group.name == *name && group.members == *members && self.is_called(group.version, *version)
            }
            (
                Call::RenameGroup { group, .. }
                | Call::AddMembers { group, .. }
                | Call::RemoveMembers { group, .. }
                | Call::SetMembers { group, .. }
                | Call::KeepMember { group, .. }
                | Call::RenameAndAdd { group, .. },
                Answer::Changed { version },
            ) => {
                let Some(group) = self.groups.get(group) else { return false };
                self.is_called(group.version, *version)
            }
            (
                Call::ReadGroup { group }
                | Call::RenameGroup { group, .. }
                | Call::AddMembers { group, .. }
                | Call::RemoveMembers { group, .. }
                | Call::SetMembers { group, .. }
                | Call::KeepMember { group, .. }
                | Call::RenameAndAdd { group, .. },
                Answer::Missing,
            ) => !self.groups.contains_key(group),
            _ => false,
        }
    }

    /// Whether a version may bear this name: one name for one version, and greater for later ones.
    fn is_called(&mut self, version: u64, name: u64) -> bool {
        if let Some(known) = self.names.get(&version) {
            return *known == name;
        }
        let before = self.names.range(..version).next_back().is_none_or(|(_, n)| *n < name);
        let after = self.names.range(version..).next().is_none_or(|(_, n)| *n > name);
        self.names.insert(version, name);
        before && after
    }
}

fn is_refusal(answer: &Answer) -> bool {
    matches!(answer, Answer::Missing | Answer::Taken | Answer::UnknownMember)
}
