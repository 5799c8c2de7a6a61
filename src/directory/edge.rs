//! What an edge from a group to a member holds, so that members can be listed without reading each of them. Pure.
//!
//! The member's name stands in the edge because a large group's members lie all over the store: reading them would
//! pull every user through memory. Who renames a member writes its edges too. The edge back, from member to group,
//! holds the kind alone.

use bytes::Bytes;
use jiff::Timestamp;
use store::Row;
use uuid::Uuid;

use crate::layout::{Kind, id_at_end};

/// An edge from a group to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The member.
    pub(crate) member: Uuid,
    /// What it is.
    pub(crate) kind: Kind,
    /// Since when it is one, and what other resources show as its name. Edges written before these were kept have
    /// neither.
    pub(crate) known: Option<(Timestamp, String)>,
}

impl Edge {
    /// The edge of a row.
    pub(crate) fn of(row: &Row) -> Option<Self> {
        let member = id_at_end(&row.key)?;
        let (kind, rest) = row.value.split_first()?;
        let known = match rest.split_first_chunk::<8>() {
            Some((millis, display)) => Some((
                Timestamp::from_millisecond(i64::from_be_bytes(*millis)).ok()?,
                std::str::from_utf8(display).ok()?.to_owned(),
            )),
            None => None,
        };
        Some(Self { member, kind: Kind::from_byte(*kind)?, known })
    }
}

/// The value of an edge from a group to a member.
pub(crate) fn value(kind: Kind, since: Timestamp, display: &str) -> Bytes {
    let mut value = Vec::with_capacity(9 + display.len());
    value.push(kind.byte());
    value.extend_from_slice(&since.as_millisecond().to_be_bytes());
    value.extend_from_slice(display.as_bytes());
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Layout, Tenant};

    fn row(value: Bytes) -> Row {
        let key = Layout(Tenant::DEFAULT).member(Uuid::from_u128(1), Uuid::from_u128(2));
        Row { key, revision: store::Revision::new(7), value }
    }

    #[test]
    fn what_an_edge_holds_reads_back() {
        let since = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        for display in ["", "Bj\u{f6}rn \"B\""] {
            let edge = Edge::of(&row(value(Kind::User, since, display))).unwrap();
            assert_eq!((edge.member, edge.kind), (Uuid::from_u128(2), Kind::User));
            assert_eq!(edge.known, Some((since, display.to_owned())));
        }
    }

    #[test]
    fn an_edge_of_the_first_form_knows_its_kind() {
        let edge = Edge::of(&row(Bytes::from_static(b"g"))).unwrap();
        assert_eq!((edge.kind, edge.known), (Kind::Group, None));
        assert_eq!(Edge::of(&row(Bytes::new())), None);
    }
}
