//! Bringing a resource back from the bin: the same id, its attributes, and the memberships whose other end is there.

use std::collections::HashSet;

use scim::json::Object;
use scim::{ScimError, check};
use store::{Batch, Guard};
use uuid::Uuid;

use super::{Binned, Link};
use crate::change::{Change, Joining, Refusal};
use crate::chunks::breathe;
use crate::codec::Record;
use crate::ctx::Ctx;
use crate::directory::{Directory, MAX_ATTEMPTS};
use crate::error::{DirectoryError, refused};
use crate::feed::{self, FeedRecord};
use crate::index::Delta;
use crate::instant::millis;
use crate::layout::Kind;

/// What came of a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// It is back.
    Yes(Rejoined),
    /// The bin has no such resource.
    NotFound,
}

/// What became of the memberships of a restored resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rejoined {
    /// Groups it is a member of again.
    pub groups: u64,
    /// Members it has again.
    pub members: u64,
    /// Memberships whose other end is in the bin; they come back with it.
    pub waiting: u64,
    /// Memberships that do not come back: the other end was purged, or the groups would contain themselves.
    pub lost: u64,
}

/// The links of a resource that is being restored, by what becomes of each.
#[derive(Debug, Default)]
struct Ends {
    groups: Vec<Uuid>,
    members: Vec<Joining>,
    /// In the bin: the other end, and the link as it is to be kept there.
    waiting: Vec<(Kind, Uuid, Link)>,
    lost: u64,
}

/// The resource that comes back.
struct Was<'a> {
    kind: Kind,
    id: Uuid,
    attributes: &'a Object,
    display: &'a str,
}

impl Directory {
    /// Restores a resource. A name that is taken by now is refused as when it is created: 409, naming the holder.
    ///
    /// To clients it is created: a new version and a record in the feed that says so, with the time it was first
    /// created. Mentions of it as a manager were taken out when it was deleted, and do not come back.
    pub async fn restore(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        also: &Batch,
    ) -> Result<Restored, DirectoryError> {
        let mut turn = self.turns.shared(id).await;
        for _ in 0..MAX_ATTEMPTS {
            let since = self.kv.revision();
            let Some((binned, revision)) = self.binned(kind, id).await? else {
                return Ok(Restored::NotFound);
            };
            if self.kinds.resource_type(kind).is_none() {
                let detail = "its resource type is not defined any more; define it again, or purge it";
                return Err(ScimError::http(409, detail).into());
            }
            let mut change = Change::new(self.layout);
            change.require(Guard::At(self.layout.binned(kind, id), revision));
            let (links, keys) = self.bin_links(kind, id).await?;
            let ends = self.ends(kind, id, links).await?;
            let attributes = self.revive(ctx, kind, id, &binned, &mut change).await?;
            self.take_from_bin(kind, id, binned.deleted, since, keys, &mut change);
            let was = Was { kind, id, attributes: &attributes, display: &binned.record.display };
            let rejoined = self.rejoin(ctx, &was, ends, &mut change).await?;
            let (batch, meaning) = change.finish();
            match self.kv.commit(batch.and(also.clone())).await {
                Ok(_) => return Ok(Restored::Yes(rejoined)),
                Err(error) => match meaning(refused(error)?) {
                    Refusal::Taken(row) => return Err(self.taken(&row).await?),
                    Refusal::Protected(kind, id) => return Err(self.protected_refusal(kind, id)),
                    Refusal::Stale => turn = self.turns.alone(id, turn).await,
                },
            }
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }

    /// Writes the record and its rows.
    async fn revive(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        binned: &Binned,
        change: &mut Change,
    ) -> Result<Object, DirectoryError> {
        let unreadable = || DirectoryError::Unreadable(format!("{kind} {id} in the recycle bin"));
        let mut attributes = binned.record.attributes().ok_or_else(unreadable)?;
        // Extensions that were taken away since are taken out, as they were of all others.
        let resource_type = self.resource_type(kind);
        attributes.retain(|name, _| {
            !name.contains(':') || self.registry.extensions(resource_type).any(|schema| schema.id == *name)
        });
        check::finish(&self.registry, resource_type, &mut attributes);
        let now = millis(ctx.now).max(binned.record.modified);
        let record = Record::new(kind, &attributes, binned.record.created, now);
        change.require(Guard::Absent(self.layout.resource(kind, id)));
        change.record(kind, id, &record);
        let new = self.indexes.rows(kind, &attributes, now)?;
        self.rows(id, Delta { gone: vec![], new }, change).await?;
        change.count(kind, 1);
        if kind == Kind::Group {
            change.touch(self.modified_index(), id, now);
        }
        Ok(attributes)
    }

    /// Finds the other end of each link.
    async fn ends(&self, kind: Kind, id: Uuid, links: Vec<Link>) -> Result<Ends, DirectoryError> {
        let mut ends = Ends::default();
        let mut seen = HashSet::new();
        for (i, link) in links.into_iter().enumerate() {
            breathe(i).await;
            if !seen.insert(link) {
                continue;
            }
            match link {
                Link::MemberOf(group) if self.current(Kind::Group, group).await?.is_some() => {
                    ends.groups.push(group);
                }
                Link::MemberOf(group) if self.is_binned(Kind::Group, group).await? => {
                    ends.waiting.push((Kind::Group, group, Link::Member(kind, id)));
                }
                Link::Member(of, member) => match self.joining(member).await? {
                    Some(joining) => ends.members.push(joining),
                    None if self.is_binned(of, member).await? => {
                        ends.waiting.push((of, member, Link::MemberOf(id)));
                    }
                    None => ends.lost += 1,
                },
                Link::MemberOf(_) => ends.lost += 1,
            }
        }
        Ok(ends)
    }

    async fn is_binned(&self, kind: Kind, id: Uuid) -> Result<bool, DirectoryError> {
        Ok(self.kv.get(&self.layout.binned(kind, id)).await?.is_some())
    }

    /// Writes the edges whose other end is there, and leaves the others with their other end.
    async fn rejoin(
        &self,
        ctx: &Ctx,
        &Was { kind, id, attributes, display }: &Was<'_>,
        mut ends: Ends,
        change: &mut Change,
    ) -> Result<Rejoined, DirectoryError> {
        let now = millis(ctx.now);
        let nested = ends.members.iter().any(|member| member.kind == Kind::Group);
        if kind == Kind::Group && (nested || !ends.groups.is_empty()) {
            let unmoved = self.as_it_is(self.layout.nesting()).await?;
            self.leave_out_cycles(&mut ends).await?;
            change.require(unmoved);
            change.put(self.layout.nesting());
        }
        let rejoined = ends.told();
        let told = FeedRecord::new(feed::Change::Create, self.name(kind), id, ctx)
            .digests(None, Some(&Record::new(kind, attributes, now, now)))
            .attributes(None, Some(attributes), ctx.keep)
            .members(&ends.members, &[], ctx.keep);
        change.feed(&told);
        change.mark(ctx, id);
        change.resize(id, i64::try_from(ends.members.len()).expect("members fit in memory"));
        for member in &ends.members {
            change.add_edge(id, member, now);
        }
        for group in ends.groups {
            // The pointer is moved by this very commit, so a group deleted meanwhile is seen by its record alone.
            change.require(Guard::Present(self.layout.resource(Kind::Group, group)));
            change.name_edge(group, id, kind, now, display);
            change.back_edge(group, id, kind);
            change.resize(group, 1);
            change.touch(self.modified_index(), group, now);
            let joined =
                Joining { id, kind, display: display.to_owned(), revision: store::Revision::default() };
            let record = FeedRecord::new(feed::Change::Members, self.name(Kind::Group), group, ctx);
            change.feed(&record.members(&[joined], &[], ctx.keep));
        }
        for (other, end, link) in ends.waiting {
            change.require(Guard::Present(self.layout.binned(other, end)));
            change.append(self.layout.bin_links(other, end), Link::encode(&[link]));
        }
        Ok(rejoined)
    }

    /// Groups may have been nested otherwise meanwhile: a group that is now below a restored one is not joined
    /// above it.
    async fn leave_out_cycles(&self, ends: &mut Ends) -> Result<(), DirectoryError> {
        let below: HashSet<Uuid> =
            ends.members.iter().filter(|m| m.kind == Kind::Group).map(|m| m.id).collect();
        if below.is_empty() {
            return Ok(());
        }
        let mut kept = Vec::new();
        for group in std::mem::take(&mut ends.groups) {
            if self.ancestors(group).await?.is_disjoint(&below) {
                kept.push(group);
            } else {
                ends.lost += 1;
            }
        }
        ends.groups = kept;
        Ok(())
    }

    /// A group and all that contain it.
    async fn ancestors(&self, group: Uuid) -> Result<HashSet<Uuid>, DirectoryError> {
        let (mut seen, mut open) = (HashSet::from([group]), vec![group]);
        while let Some(next) = open.pop() {
            for parent in self.parents(next).await? {
                if seen.insert(parent) {
                    open.push(parent);
                }
            }
        }
        Ok(seen)
    }
}

impl Ends {
    fn told(&self) -> Rejoined {
        let number = |items: usize| u64::try_from(items).expect("what fits in memory fits in 64 bits");
        Rejoined {
            groups: number(self.groups.len()),
            members: number(self.members.len()),
            waiting: number(self.waiting.len()),
            lost: self.lost,
        }
    }
}
