//! Protected resources: no client changes or deletes them. The mark is a row beside the resource, so that reading
//! one costs no more, and every change by a client is guarded by its absence.

use scim::ScimError;
use store::{Batch, CommitError, Guard, Range};
use uuid::Uuid;

use crate::change::Change;
use crate::ctx::{By, Ctx};
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// Requires that a resource a client is about to change is not protected.
pub(crate) fn spare(ctx: &Ctx, kind: Kind, id: Uuid, change: &mut Change) {
    match ctx.by {
        By::Client => change.require_unprotected(kind, id),
        By::Administrator => {}
    }
}

impl Directory {
    /// Protects a resource from clients; `false` where there is none. `also` is committed with it.
    pub async fn protect(&self, kind: Kind, id: Uuid, also: Batch) -> Result<bool, DirectoryError> {
        let batch = Batch::new()
            .guard(Guard::Present(self.layout.resource(kind, id)))
            .put(self.layout.protected(kind, id), "");
        self.marked(batch.and(also)).await
    }

    /// Lifts the protection; `false` where there is no such resource. `also` is committed with it.
    pub async fn unprotect(&self, kind: Kind, id: Uuid, also: Batch) -> Result<bool, DirectoryError> {
        let batch = Batch::new()
            .guard(Guard::Present(self.layout.resource(kind, id)))
            .delete(self.layout.protected(kind, id));
        self.marked(batch.and(also)).await
    }

    async fn marked(&self, batch: Batch) -> Result<bool, DirectoryError> {
        match self.kv.commit(batch).await {
            Ok(_) => Ok(true),
            Err(CommitError::Refused { .. }) => Ok(false),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Whether a resource is protected.
    pub async fn is_protected(&self, kind: Kind, id: Uuid) -> Result<bool, DirectoryError> {
        Ok(self.kv.get(&self.layout.protected(kind, id)).await?.is_some())
    }

    /// The protected resources of a kind.
    pub async fn protected(&self, kind: Kind) -> Result<Vec<Uuid>, DirectoryError> {
        let rows = self.kv.scan(Range::prefix(self.layout.all_protected(kind)), usize::MAX).await?;
        Ok(rows.iter().filter_map(|row| id_at_end(&row.key)).collect())
    }

    /// The 403 of a change that would touch a protected resource.
    pub(crate) fn protected_refusal(&self, kind: Kind, id: Uuid) -> DirectoryError {
        let name = self.name(kind);
        let with = match kind {
            Kind::Group => ", its members included",
            Kind::User | Kind::Custom(_) => "",
        };
        ScimError::http(
            403,
            format!(
                "{name} {id} is protected{with}: no client changes or deletes it. Nothing was changed. An \
                 administrator of this server can lift that in the console or on the command line"
            ),
        )
        .into()
    }
}
