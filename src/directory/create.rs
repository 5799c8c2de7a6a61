//! Creating a resource (RFC 7644 section 3.3). No read is needed: the commit's guards find a taken name.

use scim::schema::Type;
use scim::{Checked, Resource, ScimError};
use store::Guard;
use uuid::Uuid;

use crate::change::{Change, Refusal};
use crate::codec::Record;
use crate::ctx::Ctx;
use crate::directory::{Directory, MAX_ATTEMPTS};
use crate::edges::Intent;
use crate::entry::{Entry, Links};
use crate::error::{DirectoryError, refused};
use crate::feed::{self, FeedRecord};
use crate::index::{Delta, Row};
use crate::instant::millis;
use crate::layout::Kind;

impl Directory {
    /// Creates a resource with the id of the context.
    pub async fn create(
        &self,
        ctx: &Ctx,
        kind: Kind,
        resource: &Resource<Checked>,
        links: Links,
    ) -> Result<Entry, DirectoryError> {
        let (id, now) = (ctx.new_id, millis(ctx.now));
        let stored = Record::new(kind, &resource.attributes, now, now);
        let rows = self.indexes.rows(kind, &resource.attributes, now)?;
        let mut intent = Intent::default();
        intent.add(self.member_ids(resource.state.members.as_deref().unwrap_or_default())?);
        for _ in 0..MAX_ATTEMPTS {
            let effect = self.effect(id, &intent).await?;
            let mut change = Change::new(self.layout);
            change.require(Guard::Absent(self.layout.resource(kind, id)));
            change.record(kind, id, &stored);
            change.rows(id, Delta { gone: vec![], new: rows.clone() });
            let record = FeedRecord::new(feed::Change::Create, self.name(kind), id, ctx)
                .digests(None, Some(&stored))
                .attributes(None, Some(&resource.attributes), ctx.keep)
                .members(effect.added(), &[], ctx.keep);
            effect.write(self, id, now, &mut change);
            if kind == Kind::Group {
                change.touch(self.modified_index(), id, now);
            }
            change.count(kind, 1);
            change.feed(&record);
            change.mark(ctx, id);
            let (batch, meaning) = change.finish();
            match self.kv.commit(batch).await {
                Ok(_) => {
                    // Whoever deletes it in this very moment has not seen it in an answer: its id is new.
                    let created = self.written(kind, id, links).await?;
                    let gone =
                        || DirectoryError::Unreadable(format!("{} {id}, deleted at once", self.name(kind)));
                    return created.ok_or_else(|| DirectoryError::ReadBack(Box::new(gone())));
                }
                Err(error) => match meaning(refused(error)?) {
                    Refusal::Taken(row) => return Err(self.taken(&row).await?),
                    Refusal::Protected(kind, id) => return Err(self.protected_refusal(kind, id)),
                    // A member was deleted meanwhile: looking again finds out which.
                    Refusal::Stale => tokio::task::yield_now().await,
                },
            }
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }

    /// The 409 for a value that is taken; it names the holder, so that a client can adopt it.
    pub(crate) async fn taken(&self, row: &Row) -> Result<DirectoryError, DirectoryError> {
        let index = self.indexes.number(row.index).expect("rows are made from the table");
        let holder = self.kv.get(&row.key(self.layout, Uuid::nil())).await?;
        let holder = holder.and_then(|stored| Uuid::from_slice(&stored.value).ok());
        let who =
            holder.map_or_else(String::new, |id| format!(" by the {} with id {id}", self.name(index.kind)));
        let name = &index.name;
        let case = match (index.leaf().kind, index.leaf().case_exact) {
            (Type::String, false) => "; upper and lower case count as the same",
            _ => "",
        };
        let detail = match index.text_of(&row.value) {
            Some(value) => format!("{name} {value:?} is taken{who}{case}"),
            None => format!("this value of {name} is taken{who}"),
        };
        Ok(ScimError::uniqueness(detail).about(holder).into())
    }
}
