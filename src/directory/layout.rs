//! How the directory's keys are made. Every key starts with a tenant, then a room, then what the room sorts by.

use std::fmt;

use jiff::Timestamp;
use store::Key;
use uuid::Uuid;

use crate::watch::Subject;

/// A tenant. A plain install has one, and sees no trace of the idea.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant(pub u16);

impl Tenant {
    /// The only tenant of a plain install.
    pub const DEFAULT: Self = Self(0);
}

/// The kinds of resource that are kept, as one byte in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A User, RFC 7643 section 4.1.
    User,
    /// A Group, RFC 7643 section 4.2.
    Group,
    /// A resource type from data, by the number it was given when it was defined; 128 or more. Its resources have
    /// neither groups nor members.
    Custom(u8),
}

/// The smallest number of a resource type from data.
pub(crate) const CUSTOM: u8 = 128;

impl Kind {
    /// The kinds that can be members of a group.
    pub const MEMBERS: [Self; 2] = [Self::User, Self::Group];

    /// The byte in keys and edges.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::User => b'u',
            Self::Group => b'g',
            Self::Custom(number) => number,
        }
    }

    /// The kind a byte stands for.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            b'u' => Some(Self::User),
            b'g' => Some(Self::Group),
            CUSTOM.. => Some(Self::Custom(byte)),
            _ => None,
        }
    }
}

/// For the log. Clients are told the name of the resource type, which [`crate::Kinds`] knows.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("User"),
            Self::Group => f.write_str("Group"),
            Self::Custom(number) => write!(f, "resource of type number {number}"),
        }
    }
}

const RESOURCE: u8 = b'r';
const UNIQUE: u8 = b'u';
const INDEX: u8 = b'i';
const MODIFIED: u8 = b'm';
const MEMBER: u8 = b'e';
const MEMBER_OF: u8 = b'b';
const COUNT: u8 = b'c';
const FEED: u8 = b'f';
const NESTING: u8 = b'n';
const MARK: u8 = b't';
const SHAPE: u8 = b's';
const SIZE: u8 = b'z';
const FORM: u8 = b'v';
const BIN: u8 = b'x';
const PROTECTED: u8 = b'p';
const WATCH: u8 = b'w';

/// The parts of the watch: its limits, what it held, what made use of leave, and what it counted.
const LIMITS: u8 = b'l';
const HELD: u8 = b'h';
const USED: u8 = b'u';
const COUNTS: u8 = b'c';

/// The parts of the bin: what was deleted, when, and what linked it to others.
const BINNED: u8 = b'r';
const BINNED_AT: u8 = b't';
const BIN_LINKS: u8 = b'l';

/// The length of tenant and room, with which every key starts.
const ROOM: usize = 3;

/// Ends the value part of an index row; smaller than any escaped byte that could follow.
const END: [u8; 2] = [0, 1];

/// Makes the keys of one tenant.
#[derive(Debug, Clone, Copy)]
pub struct Layout(pub Tenant);

impl Layout {
    fn room(self, room: u8, parts: &[&[u8]]) -> Key {
        let mut key = Vec::with_capacity(3 + parts.iter().map(|p| p.len()).sum::<usize>());
        key.extend_from_slice(&self.0.0.to_be_bytes());
        key.push(room);
        for part in parts {
            key.extend_from_slice(part);
        }
        key
    }

    /// All resources of a kind, in order of creation.
    #[must_use]
    pub fn resources(self, kind: Kind) -> Key {
        self.room(RESOURCE, &[&[kind.byte()]])
    }

    /// One resource.
    #[must_use]
    pub fn resource(self, kind: Kind, id: Uuid) -> Key {
        self.room(RESOURCE, &[&[kind.byte()], id.as_bytes()])
    }

    /// All rows of a unique index.
    #[must_use]
    pub fn unique_rows(self, index: u8) -> Key {
        self.room(UNIQUE, &[&[index]])
    }

    /// The row of a unique index for a value; what it holds is the id.
    #[must_use]
    pub fn unique_row(self, index: u8, value: &[u8]) -> Key {
        self.room(UNIQUE, &[&[index], &escaped(value), &END])
    }

    /// All rows of an index.
    #[must_use]
    pub fn index_rows(self, index: u8) -> Key {
        self.room(INDEX, &[&[index]])
    }

    /// The rows of an index for a value.
    #[must_use]
    pub fn index_value(self, index: u8, value: &[u8]) -> Key {
        self.room(INDEX, &[&[index], &escaped(value), &END])
    }

    /// The row of an index for a value and a resource.
    #[must_use]
    pub fn index_row(self, index: u8, value: &[u8], id: Uuid) -> Key {
        self.room(INDEX, &[&[index], &escaped(value), &END, id.as_bytes()])
    }

    /// Where a group's row in the index of modification times is named; see `store::Write::Repoint`.
    #[must_use]
    pub fn modified(self, id: Uuid) -> Key {
        self.room(MODIFIED, &[id.as_bytes()])
    }

    /// All such pointers.
    #[must_use]
    pub fn all_modified(self) -> Key {
        self.room(MODIFIED, &[])
    }

    /// The members of a group.
    #[must_use]
    pub fn members(self, group: Uuid) -> Key {
        self.room(MEMBER, &[group.as_bytes()])
    }

    /// All edges from groups to members.
    #[must_use]
    pub fn all_members(self) -> Key {
        self.room(MEMBER, &[])
    }

    /// The edge from a group to a member; what it holds is in `edge`.
    #[must_use]
    pub fn member(self, group: Uuid, member: Uuid) -> Key {
        self.room(MEMBER, &[group.as_bytes(), member.as_bytes()])
    }

    /// The groups a resource is a member of.
    #[must_use]
    pub fn groups_of(self, member: Uuid) -> Key {
        self.room(MEMBER_OF, &[member.as_bytes()])
    }

    /// All edges from members to groups.
    #[must_use]
    pub fn all_groups_of(self) -> Key {
        self.room(MEMBER_OF, &[])
    }

    /// The edge from a member back to a group.
    #[must_use]
    pub fn member_of(self, member: Uuid, group: Uuid) -> Key {
        self.room(MEMBER_OF, &[member.as_bytes(), group.as_bytes()])
    }

    /// What the administrator has defined: schemas, resource types and indexes.
    #[must_use]
    pub fn shape(self) -> Key {
        self.room(SHAPE, &[])
    }

    /// The number of members of a group; nothing where it never had any.
    #[must_use]
    pub fn size(self, group: Uuid) -> Key {
        self.room(SIZE, &[group.as_bytes()])
    }

    /// All such numbers.
    #[must_use]
    pub fn all_sizes(self) -> Key {
        self.room(SIZE, &[])
    }

    /// Everything in the bin, by kind and id.
    #[must_use]
    pub fn all_binned(self) -> Key {
        self.room(BIN, &[&[BINNED]])
    }

    /// A resource in the bin.
    #[must_use]
    pub fn binned(self, kind: Kind, id: Uuid) -> Key {
        self.room(BIN, &[&[BINNED, kind.byte()], id.as_bytes()])
    }

    /// Everything in the bin, by the time of its deletion.
    #[must_use]
    pub fn all_binned_at(self) -> Key {
        self.room(BIN, &[&[BINNED_AT]])
    }

    /// Where a resource in the bin is found by its time.
    #[must_use]
    pub fn binned_at(self, deleted: Timestamp, kind: Kind, id: Uuid) -> Key {
        [self.binned_before(deleted), vec![kind.byte()], id.as_bytes().to_vec()].concat()
    }

    /// The key before which everything is found that was deleted before a moment.
    #[must_use]
    pub fn binned_before(self, moment: Timestamp) -> Key {
        self.room(BIN, &[&[BINNED_AT], &moment.as_millisecond().to_be_bytes()])
    }

    /// All links of resources in the bin.
    #[must_use]
    pub fn all_bin_links(self) -> Key {
        self.room(BIN, &[&[BIN_LINKS]])
    }

    /// What linked a resource in the bin to others, some in each row.
    #[must_use]
    pub fn bin_links(self, kind: Kind, id: Uuid) -> Key {
        self.room(BIN, &[&[BIN_LINKS, kind.byte()], id.as_bytes()])
    }

    /// Says in which form the rows of this tenant are; see `upgrade`.
    #[must_use]
    pub fn form(self) -> Key {
        self.room(FORM, &[])
    }

    /// The number of resources of a kind.
    #[must_use]
    pub fn count(self, kind: Kind) -> Key {
        self.room(COUNT, &[&[kind.byte()]])
    }

    /// The change feed, in order of commits.
    #[must_use]
    pub fn feed(self) -> Key {
        self.room(FEED, &[])
    }

    /// What the commit of a named transaction leaves behind; what it holds is the id of the resource.
    #[must_use]
    pub fn mark(self, txn: &str) -> Key {
        self.room(MARK, &[txn.as_bytes()])
    }

    /// Written whenever a group becomes a member of a group, so that two such changes never miss each other.
    #[must_use]
    pub fn nesting(self) -> Key {
        self.room(NESTING, &[])
    }
}

/// What a key of [`Layout::binned`] names.
#[must_use]
pub(crate) fn binned(key: &[u8]) -> Option<(Kind, Uuid)> {
    let (kind, id) = key.get(ROOM + 1..)?.split_first()?;
    Some((Kind::from_byte(*kind)?, Uuid::from_slice(id).ok()?))
}

/// What a key of [`Layout::binned_at`] names.
#[must_use]
pub(crate) fn binned_at(key: &[u8]) -> Option<(Timestamp, Kind, Uuid)> {
    let (millis, rest) = key.get(ROOM + 1..)?.split_first_chunk::<8>()?;
    let (kind, id) = rest.split_first()?;
    let deleted = Timestamp::from_millisecond(i64::from_be_bytes(*millis)).ok()?;
    Some((deleted, Kind::from_byte(*kind)?, Uuid::from_slice(id).ok()?))
}

/// Whose links a row below [`Layout::bin_links`] holds.
#[must_use]
pub(crate) fn bin_links_of(key: &[u8]) -> Option<(Kind, Uuid)> {
    let (kind, rest) = key.get(ROOM + 1..)?.split_first()?;
    Some((Kind::from_byte(*kind)?, Uuid::from_slice(rest.get(..16)?).ok()?))
}

impl Layout {
    /// All marks of protected resources of a kind.
    #[must_use]
    pub fn all_protected(self, kind: Kind) -> Key {
        self.room(PROTECTED, &[&[kind.byte()]])
    }

    /// The mark of a protected resource.
    #[must_use]
    pub fn protected(self, kind: Kind, id: Uuid) -> Key {
        self.room(PROTECTED, &[&[kind.byte()], id.as_bytes()])
    }

    /// The limits of the watch.
    #[must_use]
    pub fn watch_limits(self) -> Key {
        self.room(WATCH, &[&[LIMITS]])
    }

    /// What the watch holds, by id.
    #[must_use]
    pub fn watch_held(self) -> Key {
        self.room(WATCH, &[&[HELD]])
    }

    /// How many changes made use of the leave given until a time for what is held under an id.
    #[must_use]
    pub fn watch_used(self, held: Uuid, until: Timestamp) -> Key {
        self.room(WATCH, &[&[USED], held.as_bytes(), &until.as_millisecond().to_be_bytes()])
    }

    /// All that the watch counted.
    #[must_use]
    pub fn watch_counts(self) -> Key {
        self.room(WATCH, &[&[COUNTS]])
    }

    /// What the watch counted of one client in a minute. Members are not counted by the minute.
    #[must_use]
    pub fn watch_count(self, subject: Subject, minute: i64, actor: &str) -> Key {
        let subject = match subject {
            Subject::Users => Kind::User,
            Subject::Groups | Subject::Members(_) => Kind::Group,
        };
        self.room(WATCH, &[&[COUNTS, subject.byte()], &minute.to_be_bytes(), actor.as_bytes()])
    }

    /// What a key of [`Layout::watch_count`] says.
    #[must_use]
    pub(crate) fn watch_count_of(self, key: &[u8]) -> Option<(Subject, i64, String)> {
        let rest = key.strip_prefix(self.watch_counts().as_slice())?;
        let (kind, rest) = rest.split_first()?;
        let (minute, actor) = rest.split_first_chunk::<8>()?;
        let subject = match Kind::from_byte(*kind)? {
            Kind::User => Subject::Users,
            Kind::Group => Subject::Groups,
            Kind::Custom(_) => return None,
        };
        Some((subject, i64::from_be_bytes(*minute), String::from_utf8(actor.to_vec()).ok()?))
    }
}

/// The id at the end of a key.
#[must_use]
pub(crate) fn id_at_end(key: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(key.get(key.len().checked_sub(16)?..)?).ok()
}

/// The value part of an index row's key, given the length of what [`Layout::index_rows`] makes.
#[must_use]
pub(crate) fn row_value(key: &[u8], rows_len: usize) -> Option<Vec<u8>> {
    Some(unescaped(key.get(rows_len..key.len().checked_sub(16 + END.len())?)?))
}

/// The value of a unique index's key, given the length of what [`Layout::unique_rows`] makes.
#[must_use]
pub(crate) fn unique_value(key: &[u8], rows_len: usize) -> Option<Vec<u8>> {
    Some(unescaped(key.get(rows_len..key.len().checked_sub(END.len())?)?))
}

/// The opposite of [`escaped`].
fn unescaped(escaped: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter();
    while let Some(byte) = bytes.next() {
        value.push(*byte);
        if *byte == 0 {
            bytes.next();
        }
    }
    value
}

/// Value bytes in which every 0 is followed by 255, so that [`END`] sorts before any longer value.
#[must_use]
pub(crate) fn escaped(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for byte in value {
        out.push(*byte);
        if *byte == 0 {
            out.push(255);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn index_rows_sort_as_their_values(a in proptest::collection::vec(0u8..3, 0..6), b in proptest::collection::vec(0u8..3, 0..6)) {
            let layout = Layout(Tenant::DEFAULT);
            let row = |value: &[u8]| layout.index_row(1, value, Uuid::nil());
            prop_assert_eq!(row(&a).cmp(&row(&b)), a.cmp(&b));
        }

        #[test]
        fn the_value_of_a_row_reads_back(value in proptest::collection::vec(any::<u8>(), 0..40)) {
            let layout = Layout(Tenant::DEFAULT);
            let row = layout.index_row(1, &value, Uuid::from_u128(7));
            prop_assert_eq!(row_value(&row, layout.index_rows(1).len()), Some(value));
            prop_assert_eq!(id_at_end(&row), Some(Uuid::from_u128(7)));
        }
    }
}
