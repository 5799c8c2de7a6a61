//! The recycle bin: deleted resources as they were, with what linked them to others, until they are restored or
//! purged.
//!
//! To SCIM the bin does not exist: a resource in it has no record, no rows and no edges. A membership lies in the bin
//! with the end that was deleted first, and comes back when both ends are there again, in whichever order.

mod list;
mod purge;
mod restore;
mod verify;

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::codec::Record;
use crate::layout::Kind;

pub use list::BinEntry;
pub use restore::{Rejoined, Restored};

/// What becomes of a deleted resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleting {
    /// It goes into the recycle bin.
    IntoBin,
    /// Nothing of it is kept.
    ForGood,
}

/// How many links one row of the bin holds: about 70 KB.
pub(crate) const LINKS_IN_ROW: usize = 4_096;

/// The version of the form, first byte of every value.
const FORM: u8 = 1;
const FIXED: usize = 1 + 8 + 2;

/// A resource in the bin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binned {
    /// When it was deleted.
    pub(crate) deleted: Timestamp,
    /// Who deleted it.
    pub(crate) actor: String,
    /// What it was.
    pub(crate) record: Record,
}

impl Binned {
    /// The bytes that are stored.
    pub(crate) fn encode(&self) -> Bytes {
        let record = self.record.encode();
        let actor = self.actor.as_bytes();
        let actor = &actor[..actor.len().min(usize::from(u16::MAX))];
        let mut out = Vec::with_capacity(FIXED + actor.len() + record.len());
        out.push(FORM);
        out.extend_from_slice(&self.deleted.as_millisecond().to_be_bytes());
        out.extend_from_slice(&u16::try_from(actor.len()).expect("cut above").to_be_bytes());
        out.extend_from_slice(actor);
        out.extend_from_slice(&record);
        out.into()
    }

    /// Reads stored bytes; `None` where they are not of this form.
    pub(crate) fn decode(bytes: &Bytes) -> Option<Self> {
        let head: &[u8; FIXED] = bytes.get(..FIXED)?.try_into().ok()?;
        if head[0] != FORM {
            return None;
        }
        let millis = i64::from_be_bytes(head[1..9].try_into().expect("eight bytes"));
        let end = FIXED + usize::from(u16::from_be_bytes(head[9..11].try_into().expect("two bytes")));
        Some(Self {
            deleted: Timestamp::from_millisecond(millis).ok()?,
            actor: String::from_utf8_lossy(bytes.get(FIXED..end)?).into_owned(),
            record: Record::decode(&bytes.slice(end..))?,
        })
    }
}

/// What linked a deleted resource to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    /// It was a member of this group.
    MemberOf(Uuid),
    /// This was a member of it.
    Member(Kind, Uuid),
}

/// The byte of [`Link::MemberOf`]; no kind has it.
const MEMBER_OF: u8 = b'^';
const LINK_BYTES: usize = 17;

impl Link {
    /// The value of a row of links.
    pub(crate) fn encode(links: &[Self]) -> Bytes {
        let mut out = Vec::with_capacity(links.len() * LINK_BYTES);
        for link in links {
            let (tag, id) = match link {
                Self::MemberOf(group) => (MEMBER_OF, group),
                Self::Member(kind, member) => (kind.byte(), member),
            };
            out.push(tag);
            out.extend_from_slice(id.as_bytes());
        }
        out.into()
    }

    /// The links of a row; `None` where it is none.
    pub(crate) fn decode(value: &[u8]) -> Option<Vec<Self>> {
        let (links, rest) = value.as_chunks::<LINK_BYTES>();
        let link = |bytes: &[u8; LINK_BYTES]| {
            let id = Uuid::from_slice(&bytes[1..]).ok()?;
            match bytes[0] {
                MEMBER_OF => Some(Self::MemberOf(id)),
                kind => Some(Self::Member(Kind::from_byte(kind)?, id)),
            }
        };
        rest.is_empty().then(|| links.iter().map(link).collect())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_put_in_the_bin_reads_back() {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        let attributes = json!({"schemas": ["urn:a"], "userName": "\u{e5}"});
        let record = Record::new(Kind::User, attributes.as_object().unwrap(), at, at);
        for actor in ["", "an account"] {
            let binned = Binned { deleted: at, actor: actor.to_owned(), record: record.clone() };
            assert_eq!(Binned::decode(&binned.encode()), Some(binned));
        }
        assert_eq!(Binned::decode(&Bytes::from_static(b"\x01short")), None);
    }

    #[test]
    fn links_read_back_and_half_a_link_is_none() {
        let links = [
            Link::MemberOf(Uuid::from_u128(1)),
            Link::Member(Kind::User, Uuid::from_u128(2)),
            Link::Member(Kind::Group, Uuid::from_u128(3)),
        ];
        let bytes = Link::encode(&links);
        assert_eq!(Link::decode(&bytes).unwrap(), links);
        assert_eq!(Link::decode(&bytes[1..]), None);
        assert_eq!(Link::decode(&[b'?'; LINK_BYTES]), None);
    }
}
