//! A client that is known: what it aims at, and how one operation of its is answered, alone or in a bulk job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::Grant;
use bytes::Bytes;
use directory::{Directory, DirectoryError, Strangers};
use http::Response;
use scim::{Deviation, Lenience, ScimError};
use store::StoreError;
use uuid::Uuid;

use super::ask::Ask;
use super::authenticate::Asker;
use super::call::Call;
use super::query::Query;
use super::route::{self, Operation};
use super::{answer, bulk, create, delete, get, group_members, me, patch, replace, search};
use crate::app::App;
use crate::http::Body;
use crate::tenant::Tenant;

/// What a request with a token asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aim {
    /// One operation.
    One(Operation),
    /// Many, as a bulk job.
    Bulk,
    /// Nothing that can be done for this account.
    Nothing(ScimError),
}

/// What a path names before it is known who asks.
pub(super) enum Goal {
    /// The same for everybody.
    Aim(Aim),
    /// Something of the user that the account stands for.
    Me(route::Me),
}

impl Goal {
    /// What it is for this account; and the user, where that is known by an alias.
    pub(super) fn of(self, grant: &Grant) -> (Aim, Option<Uuid>) {
        match self {
            Self::Aim(aim) => (aim, None),
            Self::Me(me) => match me::aimed(me, grant) {
                Ok((user, operation)) => (Aim::One(operation), Some(user)),
                Err(error) => (Aim::Nothing(error), None),
            },
        }
    }
}

/// An answer, and what the administrator is to know of it.
pub(super) struct Answered {
    pub(super) response: Response<Body>,
    pub(super) tolerated: Vec<Used>,
    pub(super) detail: String,
}

/// A deviation made use of, and the piece of the request it is about.
pub(super) type Used = (Deviation, String);

/// Who asks, and of which directory.
pub(super) struct Client<'a> {
    pub(super) app: &'a App,
    pub(super) tenant: &'a Tenant,
    pub(super) directory: &'a Directory,
    pub(super) asker: &'a Asker,
    /// The transaction, where the request has one before it is done.
    pub(super) txn: Option<&'a str>,
}

impl Client<'_> {
    pub(super) async fn aimed(&self, aim: &Aim, ask: Ask<'_>) -> Answered {
        match aim {
            Aim::One(operation) => self.answered(operation, ask).await,
            Aim::Bulk => bulk::bulk(self, ask).await,
            Aim::Nothing(error) => refused(&error.clone().into(), vec![]),
        }
    }

    /// Answers one operation: that of a request, or one of a bulk job.
    pub(super) async fn answered(&self, operation: &Operation, ask: Ask<'_>) -> Answered {
        let (query, expected) = match Query::parse(ask.query).and_then(|q| Ok((q, ask.preconditions()?))) {
            Ok(both) => both,
            Err(error) => return refused(&error.into(), vec![]),
        };
        let skipped = Arc::new(AtomicU64::new(0));
        let lenient = self
            .asker
            .dialect
            .grants(Deviation::SkipUnknownMembers)
            .then(|| self.directory.clone().with_strangers(Strangers::LeftOut(Arc::clone(&skipped))));
        let mut call = Call {
            app: self.app,
            tenant: self.tenant,
            directory: lenient.as_ref().unwrap_or(self.directory),
            grant: &self.asker.grant,
            query: &query,
            body: ask.body,
            expected,
            prefer: ask.prefer,
            lenience: Lenience::new(&self.asker.dialect),
            txn: self.txn,
            remark: None,
        };
        for (deviation, piece) in &self.asker.used {
            let _noted = call.lenience.bends(*deviation, || piece.clone());
        }
        let result = match operation {
            Operation::Search(kind) => search::search(&mut call, Some(*kind)).await.map(whole),
            Operation::SearchAll => search::search(&mut call, None).await.map(whole),
            Operation::SearchByPost(kind) => search::by_post(&mut call, *kind).await.map(whole),
            Operation::Create(kind) => create::create(&mut call, *kind).await.map(whole),
            Operation::Get(kind, id) => get::get(&mut call, *kind, id).await,
            Operation::Replace(kind, id) => replace::replace(&mut call, *kind, id).await.map(whole),
            Operation::Patch(kind, id) => patch::patch(&mut call, *kind, id).await.map(whole),
            Operation::Delete(kind, id) => delete::delete(&mut call, *kind, id).await.map(whole),
            Operation::Members(what) => group_members::answer(&mut call, what).await.map(whole),
        };
        let skipped = skipped.load(Ordering::Relaxed);
        if skipped > 0 {
            let piece = || format!("members: {skipped} of the ids name nobody");
            let _noted = call.lenience.bends(Deviation::SkipUnknownMembers, piece);
        }
        let tolerated = call.lenience.used().clone().into_iter().collect();
        match result {
            Ok(response) => Answered { response, tolerated, detail: call.remark.unwrap_or_default() },
            Err(error) => {
                let mut answered = refused(&error, tolerated);
                if let (DirectoryError::Scim(error), Some(kind)) = (&error, operation.kind()) {
                    call.name_existing(error, kind, &mut answered.response);
                }
                answered
            }
        }
    }
}

/// An answer whose body is there.
pub(super) fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(Body::from)
}

/// Turns an error into its answer. What the client cannot mend is logged here, once, and told without internals.
pub(super) fn refused(error: &DirectoryError, tolerated: Vec<Used>) -> Answered {
    let (response, detail) = match error {
        DirectoryError::Scim(error) => (answer::error(error), error.detail().to_owned()),
        DirectoryError::Contention(_) => {
            let detail = "the resource is being changed by many requests at once; try again";
            (answer::busy(detail, 1), detail.to_owned())
        }
        DirectoryError::Store(source) => {
            tracing::error!(error = %source, "the store failed, and a request was refused for it");
            let detail = match source {
                StoreError::Failed { .. } => {
                    "the server could not write to its disk and writes no more; whether this change was kept shows \
                     after a restart. The server's log says why"
                }
                _ => "the server could not reach its data; nothing was changed. The server's log says why",
            };
            (answer::busy(detail, 30), detail.to_owned())
        }
        DirectoryError::ReadBack(source) => {
            tracing::error!(error = %source, "a change was made and could not be read back");
            let detail = "the change was made, but what it made could not be read; read it again";
            (answer::error(&ScimError::http(500, detail)), detail.to_owned())
        }
        DirectoryError::Unreadable(what) => {
            tracing::error!(what, "a stored value cannot be read; run `rollcall doctor --verify`");
            let detail = "a stored resource cannot be read; the server's log names it";
            (answer::error(&ScimError::http(500, detail)), detail.to_owned())
        }
    };
    Answered { response: whole(response), tolerated, detail }
}
