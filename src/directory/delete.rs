//! Deleting (RFC 7644 section 3.6): the resource, its rows, every edge from and to it, and every mention of it as a
//! manager, in one commit. What is needed to bring it back goes into the recycle bin in the same commit.

use store::Guard;
use uuid::Uuid;

use crate::bin::{Deleting, Link};
use crate::change::{Change, Refusal};
use crate::chunks::Chunks;
use crate::ctx::Ctx;
use crate::directory::{Current, Directory, MAX_ATTEMPTS};
use crate::error::{DirectoryError, refused};
use crate::feed::{self, FeedRecord};
use crate::index::Delta;
use crate::instant::millis;
use crate::layout::{Kind, id_at_end};
use crate::protect;
use crate::watch::{Loss, Pass, Subject};

/// Whether there was something to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone now.
    Yes,
    /// There was no such resource.
    NotFound,
}

impl Directory {
    /// Deletes a resource, its memberships and the mentions of it as a manager; names it held are free again.
    ///
    /// No mention of a deleted manager is left that was written before the deletion, also not by a change that
    /// runs at the same time. One that is written afterwards stays: a client may name a manager who is not there,
    /// and Entra's validator does.
    pub async fn delete(&self, ctx: &Ctx, kind: Kind, id: Uuid) -> Result<Deleted, DirectoryError> {
        let mut turn = self.turns.shared(id).await;
        for _ in 0..MAX_ATTEMPTS {
            let Some((change, passes)) = self.deletion(ctx, kind, id).await? else {
                return Ok(Deleted::NotFound);
            };
            let (batch, meaning) = change.finish();
            match self.kv.commit(batch).await {
                Ok(_) => return Ok(Deleted::Yes),
                Err(error) => {
                    self.give_back(&passes).await?;
                    match meaning(refused(error)?) {
                        Refusal::Protected(kind, id) => return Err(self.protected_refusal(kind, id)),
                        Refusal::Taken(_) | Refusal::Stale => turn = self.turns.alone(id, turn).await,
                    }
                }
            }
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }

    /// The deletion of a resource as it is now; `None` where there is none.
    async fn deletion(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
    ) -> Result<Option<(Change, Vec<Pass>)>, DirectoryError> {
        // What is written after this moment refuses the commit, so that nothing is left behind.
        let since = self.kv.revision();
        let Some(current) = self.current(kind, id).await? else { return Ok(None) };
        let expected = self.as_expected(ctx, kind, id, &current).await?;
        let unreadable = || DirectoryError::Unreadable(format!("{kind} {id}"));
        let attributes = current.record.attributes().ok_or_else(unreadable)?;
        let mut change = Change::new(self.layout);
        change.require(Guard::At(self.layout.resource(kind, id), current.revision));
        protect::spare(ctx, kind, id, &mut change);
        if let Some(guard) = expected {
            change.require(guard);
        }
        change.delete_record(kind, id);
        let gone = self.indexes.rows(kind, &attributes, current.record.modified)?;
        self.rows(id, Delta { gone, new: vec![] }, &mut change).await?;
        change.count(kind, -1);

        let mut links = Vec::new();
        change.require(Guard::Quiet { prefix: self.layout.groups_of(id), since });
        for group in self.parents(id).await? {
            self.leave(ctx, group, id, &mut change);
            links.push(Link::MemberOf(group));
        }
        let mut members = vec![];
        match kind {
            Kind::User => self.forget_manager(ctx, id, since, &mut change).await?,
            Kind::Group => {
                change.require(self.unmoved(id).await?);
                members = self.disband(id, &mut links, &mut change).await?;
            }
            Kind::Custom(_) => {}
        }
        let told = FeedRecord::new(feed::Change::Delete, self.name(kind), id, ctx)
            .digests(Some(&current.record), None)
            .attributes(Some(&attributes), None, ctx.keep)
            .members(&[], &members, ctx.keep);
        change.feed(&told);
        change.mark(ctx, id);
        match self.deleting {
            Deleting::IntoBin => self.put_in_bin(ctx, kind, id, &current, &links, &mut change),
            Deleting::ForGood => {}
        }
        let created = current.record.created;
        let loss = |subject| Loss { subject, resource: id, created };
        let losses = match kind {
            Kind::User => vec![loss(Subject::Users)],
            // A large group is not deleted with all its members unasked either.
            Kind::Group => vec![loss(Subject::Members(id)), loss(Subject::Groups)],
            Kind::Custom(_) => vec![],
        };
        let passes = self.admit(ctx, &losses, &mut change).await?;
        Ok(Some((change, passes)))
    }

    /// Takes a member that is being deleted out of a group.
    fn leave(&self, ctx: &Ctx, group: Uuid, member: Uuid, change: &mut Change) {
        // The group may lose it at the same time, or be deleted itself: then it is counted once.
        change.require(Guard::Present(self.layout.member(group, member)));
        protect::spare(ctx, Kind::Group, group, change);
        change.remove_edge(group, member);
        change.resize(group, -1);
        change.touch(self.modified_index(), group, millis(ctx.now));
        let record = FeedRecord::new(feed::Change::Members, self.name(Kind::Group), group, ctx);
        change.feed(&record.members(&[], &[member], ctx.keep));
    }

    /// Takes all members out of a group that is being deleted, and what is kept beside it. The caller requires that
    /// the group has not moved.
    async fn disband(
        &self,
        group: Uuid,
        links: &mut Vec<Link>,
        change: &mut Change,
    ) -> Result<Vec<Uuid>, DirectoryError> {
        let mut members = Vec::new();
        let mut chunks = Chunks::new(&self.kv, self.layout.members(group));
        while let Some(rows) = chunks.next().await? {
            for row in rows {
                let member = id_at_end(&row.key).unwrap_or_default();
                change.remove_edge(group, member);
                members.push(member);
                let kind = row.value.first().and_then(|byte| Kind::from_byte(*byte));
                links.extend(kind.map(|kind| Link::Member(kind, member)));
            }
        }
        change.delete(self.layout.size(group));
        if let Some(pointer) = self.kv.get(&self.layout.modified(group)).await? {
            change.untouch(group, pointer.value.to_vec());
        }
        Ok(members)
    }

    fn put_in_bin(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        current: &Current,
        links: &[Link],
        change: &mut Change,
    ) {
        let binned = crate::bin::Binned {
            deleted: millis(ctx.now),
            actor: ctx.actor.clone(),
            record: current.record.clone(),
        };
        change.put_value(self.layout.binned(kind, id), binned.encode());
        change.put(self.layout.binned_at(binned.deleted, kind, id));
        for chunk in links.chunks(crate::bin::LINKS_IN_ROW) {
            change.append(self.layout.bin_links(kind, id), Link::encode(chunk));
        }
    }
}
