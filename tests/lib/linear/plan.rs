//! Random programs: what exists at first, and what each client then does.

use std::collections::BTreeSet;

use super::{Call, Look, Slot};

const USERS: usize = 3;
const GROUPS: usize = 2;
const USER_NAMES: [&str; 5] = ["ann", "bob", "cyd", "dan", "eve"];
const GROUP_NAMES: [&str; 4] = ["red", "blue", "green", "gold"];
const TITLES: [&str; 3] = ["one", "two", "three"];

/// The calls that make the first state, and those of each client.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) first: Vec<Call>,
    pub(crate) clients: Vec<Vec<Call>>,
}

/// The program of a number: 3 or 4 clients with 3 to 5 calls each.
pub(crate) fn program(number: u64) -> Program {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut first: Vec<Call> =
        (0..USERS).map(|user| Call::CreateUser { user, name: USER_NAMES[user] }).collect();
    first.extend((0..GROUPS).map(|group| Call::CreateGroup {
        group,
        name: GROUP_NAMES[group],
        members: dice.some(&(0..USERS).collect::<Vec<_>>()),
    }));
    let mut made = (USERS, GROUPS);
    let clients = (0..3 + dice.roll(2)).map(|_| client(&mut dice, &mut made)).collect();
    Program { first, clients }
}

/// What one client does: to what was there at first, and to what it made itself.
fn client(dice: &mut Dice, made: &mut (Slot, Slot)) -> Vec<Call> {
    // few resources, so that the clients meet
    let mut users: Vec<Slot> = (0..=1 + dice.roll(USERS - 1)).collect();
    let mut groups: Vec<Slot> = (0..=dice.roll(GROUPS)).collect();
    let mut calls = Vec::new();
    for _ in 0..3 + dice.roll(3) {
        let (user, group) = (dice.one(&users), dice.one(&groups));
        let (name, called) = (dice.one(&USER_NAMES), dice.one(&GROUP_NAMES));
        calls.push(match dice.roll(23) {
            0 | 1 => {
                users.push(made.0);
                made.0 += 1;
                Call::CreateUser { user: made.0 - 1, name }
            }
            2 => Call::RenameUser { user, name },
            3 => Call::TitleUser { user, title: dice.one(&TITLES) },
            4 | 5 => Call::DeleteUser { user },
            6 => Call::ReadUser { user, by: Look::Alone },
            7 => Call::ReadUser { user, by: Look::Listed },
            8 => Call::FindUser { name },
            9 => Call::CountUsers,
            10 => {
                groups.push(made.1);
                made.1 += 1;
                Call::CreateGroup { group: made.1 - 1, name: called, members: dice.some(&users) }
            }
            11 => Call::RenameGroup { group, name: called },
            12 | 13 => Call::AddMembers { group, users: dice.some(&users) },
            14 | 15 => Call::RemoveMembers { group, users: dice.some(&users) },
            16 => Call::SetMembers { group, users: dice.some(&users) },
            17 => Call::RenameAndAdd { group, name: called, user },
            18 => Call::DeleteGroup { group },
            19 => Call::CountGroups,
            20 => Call::KeepMember { group, user },
            _ => Call::ReadGroup { group },
        });
    }
    calls
}

/// Pseudo-random numbers that are the same for the same program (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits fit") % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn some(&mut self, of: &[Slot]) -> BTreeSet<Slot> {
        of.iter().copied().filter(|_| self.roll(2) == 0).collect()
    }
}
