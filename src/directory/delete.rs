//! Deleting (RFC 7644 section 3.6): the resource, its rows and every edge from and to it, in one commit.

use store::Guard;
use uuid::Uuid;

use crate::change::Change;
use crate::ctx::Ctx;
use crate::directory::{Directory, MAX_ATTEMPTS, millis};
use crate::error::{DirectoryError, refused};
use crate::feed::{self, FeedRecord};
use crate::index::Delta;
use crate::layout::{Kind, id_at_end};

/// Whether there was something to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone now.
    Yes,
    /// There was no such resource.
    NotFound,
}

impl Directory {
    /// Deletes a resource and its memberships; names it held are free again.
    ///
    /// A manager who is deleted stays named in reports, as a reference to nobody: clients keep that attribute,
    /// and set it anew themselves.
    pub async fn delete(&self, ctx: &Ctx, kind: Kind, id: Uuid) -> Result<Deleted, DirectoryError> {
        let now = millis(ctx.now);
        let mut turn = self.turns.shared(id).await;
        for _ in 0..MAX_ATTEMPTS {
            // Edges written after this moment refuse the commit, so that none is left behind.
            let since = self.kv.revision();
            let Some(current) = self.current(kind, id).await? else { return Ok(Deleted::NotFound) };
            let attributes = current
                .record
                .attributes()
                .ok_or_else(|| DirectoryError::Unreadable(format!("{kind} {id}")))?;
            let mut change = Change::new(self.layout);
            change.require(Guard::At(self.layout.resource(kind, id), current.revision));
            change.delete_record(kind, id);
            let gone = self.indexes.rows(kind, &attributes, current.record.modified)?;
            self.rows(id, Delta { gone, new: vec![] }, &mut change).await?;

            change.require(Guard::Quiet { prefix: self.layout.groups_of(id), since });
            for group in self.parents(id).await? {
                change.require(Guard::Present(self.layout.resource(Kind::Group, group)));
                change.remove_edge(group, id);
                change.touch(self.modified_index(), group, now);
                let record = FeedRecord::new(feed::Change::Members, self.name(Kind::Group), group, ctx);
                change.feed(&record.members(&[], &[id], ctx.keep));
            }
            let mut members = vec![];
            if kind == Kind::Group {
                change.require(Guard::Quiet { prefix: self.layout.members(id), since });
                for row in self.all_rows(self.layout.members(id)).await? {
                    let member = id_at_end(&row.key).unwrap_or_default();
                    change.remove_edge(id, member);
                    members.push(member);
                }
                if let Some(pointer) = self.kv.get(&self.layout.modified(id)).await? {
                    change.require(Guard::At(self.layout.modified(id), pointer.revision));
                    change.untouch(id, pointer.value.to_vec());
                }
            }
            change.count(kind, -1);
            let record = FeedRecord::new(feed::Change::Delete, self.name(kind), id, ctx)
                .attributes(Some(&attributes), None, ctx.keep)
                .members(&[], &members, ctx.keep);
            change.feed(&record);
            change.mark(ctx, id);
            let (batch, _) = change.finish();
            match self.kv.commit(batch).await {
                Ok(_) => return Ok(Deleted::Yes),
                Err(error) => {
                    refused(error)?;
                    turn = self.turns.alone(id, turn).await;
                }
            }
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }
}
