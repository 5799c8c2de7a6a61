//! A change as one batch: document, index rows, edges, counter and feed record together. Pure.

use jiff::Timestamp;
use store::{Batch, Guard, Key, Revision, Write};
use uuid::Uuid;

use crate::codec::Record;
use crate::ctx::Ctx;
use crate::edge;
use crate::feed::FeedRecord;
use crate::index::{Delta, Row};
use crate::instant;
use crate::layout::{Kind, Layout};

/// A batch in the making, and what its guards mean.
pub(crate) struct Change {
    batch: Batch,
    unique: Vec<(usize, Row)>,
    unprotected: Vec<(usize, Kind, Uuid)>,
    layout: Layout,
}

/// A resource that is to become a member, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joining {
    pub(crate) id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) display: String,
    pub(crate) revision: Revision,
}

/// Why a guard failed.
pub(crate) enum Refusal {
    /// The value of a unique attribute is taken.
    Taken(Row),
    /// A resource the change would touch is protected.
    Protected(Kind, Uuid),
    /// Something that was read has changed; reading again helps.
    Stale,
}

impl Change {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { batch: Batch::new(), unique: vec![], unprotected: vec![], layout }
    }

    pub(crate) fn require(&mut self, guard: Guard) {
        self.batch.require(guard);
    }

    /// Requires that a resource is not protected.
    pub(crate) fn require_unprotected(&mut self, kind: Kind, id: Uuid) {
        let guard = self.batch.require(Guard::Absent(self.layout.protected(kind, id)));
        self.unprotected.push((guard, kind, id));
    }

    pub(crate) fn write(&mut self, write: Write) {
        self.batch.push(write);
    }

    pub(crate) fn record(&mut self, kind: Kind, id: Uuid, record: &Record) {
        self.batch.push(Write::Put(self.layout.resource(kind, id), record.encode()));
    }

    pub(crate) fn delete_record(&mut self, kind: Kind, id: Uuid) {
        self.batch.push(Write::Delete(self.layout.resource(kind, id)));
    }

    /// Writes the index rows that differ; a unique row must not be there yet.
    pub(crate) fn rows(&mut self, id: Uuid, delta: Delta) {
        for row in delta.gone {
            self.batch.push(Write::Delete(row.key(self.layout, id)));
        }
        for row in delta.new {
            let key = row.key(self.layout, id);
            if row.unique {
                let guard = self.batch.require(Guard::Absent(key.clone()));
                self.batch.push(Write::Put(key, id.as_bytes().to_vec().into()));
                self.unique.push((guard, row));
            } else {
                self.batch.push(Write::Put(key, bytes::Bytes::new()));
            }
        }
    }

    /// Moves a group's row in the index of modification times; its pointer's revision is the group's version.
    pub(crate) fn touch(&mut self, index: u8, group: Uuid, now: Timestamp) {
        let row = self.layout.index_row(index, &instant::to_bytes(now), group);
        self.batch.push(Write::Repoint { pointer: self.layout.modified(group), row });
    }

    /// Takes a group's pointer away, and the row it names.
    pub(crate) fn untouch(&mut self, group: Uuid, row: Key) {
        self.batch.push(Write::Delete(row));
        self.batch.push(Write::Delete(self.layout.modified(group)));
    }

    /// Joins a member to a group. The member is as it was read, or its name in the edge would be an old one.
    pub(crate) fn add_edge(&mut self, group: Uuid, member: &Joining, since: Timestamp) {
        self.batch.require(Guard::At(self.layout.resource(member.kind, member.id), member.revision));
        self.name_edge(group, member.id, member.kind, since, &member.display);
        self.back_edge(group, member.id, member.kind);
    }

    /// Writes the edge from a member back to a group.
    pub(crate) fn back_edge(&mut self, group: Uuid, member: Uuid, kind: Kind) {
        let kind = bytes::Bytes::copy_from_slice(&[kind.byte()]);
        self.batch.push(Write::Put(self.layout.member_of(member, group), kind));
    }

    /// Writes what the edge from a group to a member holds.
    pub(crate) fn name_edge(
        &mut self,
        group: Uuid,
        member: Uuid,
        kind: Kind,
        since: Timestamp,
        display: &str,
    ) {
        let value = edge::value(kind, since, display);
        self.batch.push(Write::Put(self.layout.member(group, member), value));
    }

    pub(crate) fn remove_edge(&mut self, group: Uuid, member: Uuid) {
        self.batch.push(Write::Delete(self.layout.member(group, member)));
        self.batch.push(Write::Delete(self.layout.member_of(member, group)));
    }

    /// Counts members that came or went. Without a guard, so that two that join at once do not meet here.
    pub(crate) fn resize(&mut self, group: Uuid, by: i64) {
        if by != 0 {
            self.batch.push(Write::Add(self.layout.size(group), by));
        }
    }

    pub(crate) fn delete(&mut self, key: Key) {
        self.batch.push(Write::Delete(key));
    }

    pub(crate) fn put_value(&mut self, key: Key, value: bytes::Bytes) {
        self.batch.push(Write::Put(key, value));
    }

    pub(crate) fn append(&mut self, prefix: Key, value: bytes::Bytes) {
        self.batch.push(Write::Append { prefix, value });
    }

    pub(crate) fn put(&mut self, key: Key) {
        self.batch.push(Write::Put(key, bytes::Bytes::new()));
    }

    pub(crate) fn count(&mut self, kind: Kind, by: i64) {
        self.batch.push(Write::Add(self.layout.count(kind), by));
    }

    /// Leaves the mark of a named transaction.
    pub(crate) fn mark(&mut self, ctx: &Ctx, id: Uuid) {
        if let Some(txn) = &ctx.txn {
            self.batch.push(Write::Put(self.layout.mark(txn), id.as_bytes().to_vec().into()));
        }
    }

    pub(crate) fn feed(&mut self, record: &FeedRecord) {
        self.batch.push(Write::Append { prefix: self.layout.feed(), value: record.encode() });
    }

    /// The batch, and what a failed guard means by its number.
    pub(crate) fn finish(self) -> (Batch, impl Fn(usize) -> Refusal) {
        let (unique, unprotected) = (self.unique, self.unprotected);
        let meaning = move |guard: usize| {
            if let Some((_, kind, id)) = unprotected.iter().find(|(number, ..)| *number == guard) {
                return Refusal::Protected(*kind, *id);
            }
            let taken = unique.iter().find(|(number, _)| *number == guard);
            taken.map_or(Refusal::Stale, |(_, row)| Refusal::Taken(row.clone()))
        };
        (self.batch, meaning)
    }
}
