//! Checking the whole directory: indexes against resources, edges in both directions, counters.

use std::collections::HashMap;

use scim::json::Object;
use store::{Range, Row};
use uuid::Uuid;

use crate::chunks::Chunks;
use crate::directory::{Directory, current};
use crate::edge::Edge;
use crate::error::DirectoryError;
use crate::index::{Index, Rows, State};
use crate::layout::{Kind, id_at_end};
use crate::shape::{Declared, Stage};

/// How many faults are told in words; more are only counted.
const TOLD: usize = 50;

/// What a check of the whole directory found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Users and groups read.
    pub resources: u64,
    /// Index rows read.
    pub rows: u64,
    /// Memberships read.
    pub edges: u64,
    /// Entries of the recycle bin read.
    pub binned: u64,
    /// How many faults there are.
    pub faults: u64,
    /// The first of them, in words.
    pub told: Vec<String>,
}

impl Verification {
    pub(crate) fn fault(&mut self, what: String) {
        self.faults += 1;
        if self.told.len() < TOLD {
            self.told.push(what);
        }
    }
}

impl Directory {
    /// Reads everything and holds it against itself. Meant for a quiet directory: changes made meanwhile can show
    /// as faults.
    pub async fn verify(&self) -> Result<Verification, DirectoryError> {
        let mut found = Verification::default();
        let mut expected: HashMap<u8, u64> = HashMap::new();
        for kind in self.kinds.iter() {
            let mut count = 0;
            let mut chunks = Chunks::new(&self.kv, self.layout.resources(kind));
            while let Some(rows) = chunks.next().await? {
                count += rows.len() as u64;
                for row in rows {
                    self.verify_resource(kind, row, &mut expected, &mut found).await?;
                }
            }
            found.resources += count;
            let counter = self.count(kind).await?;
            if counter != count {
                found.fault(format!(
                    "the counter of {}s says {counter}, and there are {count}",
                    self.name(kind)
                ));
            }
        }
        for index in self.indexes.iter().filter(|index| index.state == State::Ready) {
            let prefix = match index.rows {
                Rows::Unique => self.layout.unique_rows(index.number),
                Rows::Plain | Rows::Pointed => self.layout.index_rows(index.number),
            };
            let rows = self.kv.count(Range::prefix(prefix)).await?;
            let wanted = expected.get(&index.number).copied().unwrap_or(0);
            found.rows += rows;
            if rows != wanted {
                let kind = self.name(index.kind);
                found.fault(format!(
                    "the index of {kind}s by {} has {rows} rows instead of {wanted}",
                    index.name
                ));
            }
        }
        self.verify_edges(&mut found).await?;
        self.verify_gone(&mut found).await?;
        self.verify_bin(&mut found).await?;
        Ok(found)
    }

    async fn verify_resource(
        &self,
        kind: Kind,
        row: Row,
        expected: &mut HashMap<u8, u64>,
        found: &mut Verification,
    ) -> Result<(), DirectoryError> {
        let id = id_at_end(&row.key).unwrap_or_default();
        let stored = store::Stored { revision: row.revision, value: row.value };
        let read =
            current(kind, id, &stored).ok().and_then(|c| Some((c.record.attributes()?, c.record.modified)));
        let Some((attributes, modified)) = read else {
            found.fault(format!("{} {id} cannot be read", self.name(kind)));
            return Ok(());
        };
        self.verify_rows(kind, id, &attributes, modified, expected, found).await
    }

    async fn verify_rows(
        &self,
        kind: Kind,
        id: Uuid,
        attributes: &Object,
        modified: jiff::Timestamp,
        expected: &mut HashMap<u8, u64>,
        found: &mut Verification,
    ) -> Result<(), DirectoryError> {
        let complete = |i: &&Index| i.kind == kind && i.state == State::Ready && i.rows != Rows::Pointed;
        let rows = self.indexes.iter().filter(complete).map(|i| i.rows_of(attributes, modified));
        for row in rows.flat_map(Result::unwrap_or_default) {
            *expected.entry(row.index).or_default() += 1;
            let stored = self.kv.get(&row.key(self.layout, id)).await?;
            let right = stored.is_some_and(|s| !row.unique || s.value.as_ref() == id.as_bytes());
            if !right {
                let name = self.indexes.number(row.index).map_or("?", |i| &*i.name);
                found.fault(format!("{} {id} has no right row in the index by {name}", self.name(kind)));
            }
        }
        if kind == Kind::Group {
            *expected.entry(self.modified_index()).or_default() += 1;
            let (size, members) =
                (self.member_count(id).await?, self.kv.count(Range::prefix(self.layout.members(id))).await?);
            if size != members {
                found.fault(format!("group {id} counts {size} members, and there are {members}"));
            }
            let pointer = self.kv.get(&self.layout.modified(id)).await?;
            let row = match pointer {
                Some(pointer) => self.kv.get(&pointer.value).await?,
                None => None,
            };
            if row.is_none() {
                found.fault(format!("group {id} has no row in the index by modification time"));
            }
        }
        Ok(())
    }

    /// What was defined once and is gone has left nothing behind.
    async fn verify_gone(&self, found: &mut Verification) -> Result<(), DirectoryError> {
        let shape = match self.shape().await {
            Ok(shape) => shape,
            Err(error) => {
                found.fault(format!("what the administrator defined cannot be read: {error}"));
                return Ok(());
            }
        };
        for index in &shape.indexes {
            if !matches!(index.stage, Stage::Retired | Stage::Failed(_)) {
                continue;
            }
            for prefix in [self.layout.unique_rows(index.number), self.layout.index_rows(index.number)] {
                let rows = self.kv.count(Range::prefix(prefix)).await?;
                if rows > 0 {
                    let Declared { resource_type, attribute, .. } = index;
                    found.fault(format!(
                        "the former index of {resource_type}s by {attribute} has {rows} rows"
                    ));
                }
            }
        }
        for (name, kind) in shape.gone_kinds(&self.kinds) {
            let left = self.kv.count(Range::prefix(self.layout.resources(kind))).await?;
            if left > 0 {
                found.fault(format!("there are {left} resources of the former type {name}"));
            }
        }
        Ok(())
    }

    async fn verify_edges(&self, found: &mut Verification) -> Result<(), DirectoryError> {
        let mut edges = 0;
        let mut chunks = Chunks::new(&self.kv, self.layout.all_members());
        while let Some(rows) = chunks.next().await? {
            edges += rows.len() as u64;
            for row in &rows {
                self.verify_edge(row, found).await?;
            }
        }
        found.edges = edges;
        let back = self.kv.count(Range::prefix(self.layout.all_groups_of())).await?;
        if back != edges {
            found.fault(format!("there are {edges} memberships one way and {back} the other"));
        }
        let sizes = self.kv.count(Range::prefix(self.layout.all_sizes())).await?;
        if sizes > self.count(Kind::Group).await? {
            found.fault(format!("{sizes} groups have a number of members, which is more than there are"));
        }
        let pointers = self.kv.count(Range::prefix(self.layout.all_modified())).await?;
        let groups = self.count(Kind::Group).await?;
        if pointers != groups {
            found.fault(format!("{pointers} groups have a modification time, and there are {groups}"));
        }
        Ok(())
    }

    async fn verify_edge(&self, row: &Row, found: &mut Verification) -> Result<(), DirectoryError> {
        let group = id_at_end(&row.key[..row.key.len().saturating_sub(16)]).unwrap_or_default();
        let Some(Edge { member, kind, known }) = Edge::of(row) else {
            found.fault(format!("a membership of group {group} cannot be read"));
            return Ok(());
        };
        let back = self.kv.get(&self.layout.member_of(member, group)).await?;
        if back.is_none_or(|b| b.value.as_ref() != [kind.byte()]) {
            found.fault(format!("the membership of {member} in group {group} has no way back"));
        }
        if self.kv.get(&self.layout.resource(Kind::Group, group)).await?.is_none() {
            found.fault(format!("{member} is a member of group {group}, which is not there"));
        }
        let there = self.kv.get(&self.layout.resource(kind, member)).await?;
        let Some(there) = there else {
            found.fault(format!("group {group} has the member {member}, who is not there"));
            return Ok(());
        };
        let named =
            current(kind, member, &there).is_ok_and(|c| known.is_none_or(|k| k.1 == c.record.display));
        if !named {
            found.fault(format!("group {group} knows the member {member} by another name"));
        }
        Ok(())
    }
}
