//! One authenticated request on its way through its operation: what it may do, and how it is answered.
//!
//! It knows no operation; each of them asks here for its scope, its circumstances and the form of its answer.

use access::{Grant, Scope};
use bytes::Bytes;
use directory::{Directory, Entry, Kind};
use http::{Response, StatusCode};
use scim::project::Projection;
use scim::{Lenience, Preconditions, Rule, ScimError};
use uuid::Uuid;

use super::answer;
use super::ask::Payload;
use super::prefer::{Prefer, Shows};
use super::query::Query;
use crate::app::App;
use crate::http::Body;
use crate::request_id::RequestId;
use crate::tenant::Tenant;

/// One authenticated request: who asks, what was asked, and what was tolerated on the way.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) tenant: &'a Tenant,
    /// The directory of the tenant as it was when the request came: one request sees one set of schemas.
    pub(super) directory: &'a Directory,
    pub(super) grant: &'a Grant,
    pub(super) query: &'a Query,
    pub(super) body: Payload<'a>,
    /// The version the resource must be at, or not.
    pub(super) expected: Preconditions,
    pub(super) prefer: Prefer,
    pub(super) lenience: Lenience<'a>,
    /// The transaction, where the request has one before it is done.
    pub(super) txn: Option<&'a str>,
    /// What the administrator is told about the answer, where the status alone does not say it.
    pub(super) remark: Option<String>,
}

impl Call<'_> {
    /// Asks for a scope: without it 403, naming what is missing in the console's words.
    pub(super) fn authorize(&self, scope: Scope) -> Result<(), ScimError> {
        if self.grant.allows(scope) {
            return Ok(());
        }
        Err(ScimError::http(
            403,
            format!(
                "the service account {:?} lacks the permission \"{}\"",
                self.grant.account_name,
                scope.label()
            ),
        ))
    }

    /// What the client wants to see of a resource (RFC 7644 section 3.9).
    pub(super) fn projection(&mut self, kind: Kind) -> Result<Projection, ScimError> {
        Projection::parse(
            self.query.attributes.as_deref(),
            self.query.excluded_attributes.as_deref(),
            self.directory.registry(),
            self.directory.resource_type(kind),
            &mut self.lenience,
        )
    }

    pub(super) fn not_found(&self, kind: Kind, id: &str) -> ScimError {
        ScimError::http(404, format!("there is no {} with the id {id:?}", self.directory.name(kind)))
    }

    /// The id in a path, or 404: what is no id of ours names nothing.
    pub(super) fn id_of(&self, kind: Kind, text: &str) -> Result<Uuid, ScimError> {
        // Ids are written in one way only (RFC 7643 section 3.1: caseExact).
        let id = Uuid::try_parse(text).ok().filter(|id| id.to_string() == text);
        id.ok_or_else(|| self.not_found(kind, text))
    }

    /// The circumstances of a change.
    pub(super) fn ctx(&self) -> directory::Ctx {
        directory::Ctx {
            now: self.app.world.now(),
            new_id: self.app.world.new_id(),
            actor: self.grant.account.to_string(),
            request: RequestId::current().map(|id| id.to_string()),
            by: directory::By::Client,
            txn: self.txn.map(str::to_owned),
            keep: self.tenant.events.keep(),
            expected: self.expected.clone(),
        }
    }

    /// Asks for `If-Match` where the account is held to that: a change of what nobody has looked at is 428 (RFC 6585
    /// section 3).
    pub(super) fn require_if_match(&self) -> Result<(), ScimError> {
        if self.expected.if_match.is_some() || !self.lenience.demands(Rule::RequireIfMatch) {
            return Ok(());
        }
        Err(ScimError::http(
            428,
            "this service account changes nothing without If-Match: read the resource, and send its meta.version in \
             If-Match",
        ))
    }

    /// Names the resource that is in the way, so that a client which lost the answer to its POST can adopt it.
    pub(super) fn name_existing(&self, error: &ScimError, kind: Kind, response: &mut Response<Body>) {
        let Some(id) = error.existing() else { return };
        let endpoint = &self.directory.resource_type(kind).endpoint;
        answer::name_existing(response, &format!("{}{endpoint}/{id}", self.tenant.base_url));
    }

    /// Appends a resource as the client wants to see it.
    pub(super) fn show(&self, entry: &Entry, projection: &Projection, out: &mut Vec<u8>) {
        if is_spliced(entry, projection) {
            return entry.write_json(&self.tenant.base_url, out);
        }
        let mut object = entry.to_object(&self.tenant.base_url);
        projection.apply(&mut object);
        serde_json::to_writer(out, &object).expect("writing JSON to memory does not fail");
    }

    /// Whether the answer to a change goes without the resource: the client prefers it (RFC 7240 section 4.2), and
    /// does not name what it wants to see, which counts for more (RFC 7644 section 3.9).
    pub(super) fn is_minimal(&self) -> bool {
        self.prefer.shows == Some(Shows::Minimal) && self.query.attributes.is_none()
    }

    /// Which links a change has to read for its answer.
    pub(super) fn links(&self, kind: Kind, projection: &Projection) -> directory::Links {
        if self.is_minimal() { directory::Links::Without } else { links(kind, projection) }
    }

    /// The answer to a change: the resource, or only where and at which version it is.
    pub(super) fn changed(
        &self,
        status: StatusCode,
        entry: &Entry,
        projection: &Projection,
    ) -> Response<Bytes> {
        if !self.is_minimal() {
            let answer = self.shown(status, entry, projection);
            return match self.prefer.shows {
                Some(Shows::Representation) => answer::with_applied(answer, Shows::Representation.applied()),
                Some(Shows::Minimal) | None => answer,
            };
        }
        let answer = match status {
            StatusCode::CREATED => answer::with_location(
                answer::created(),
                &entry.meta.location(&self.tenant.base_url, entry.id),
            ),
            _ => answer::empty(),
        };
        answer::with_applied(answer::with_etag(answer, &entry.meta.etag()), Shows::Minimal.applied())
    }

    /// The answer that shows one resource.
    pub(super) fn shown(
        &self,
        status: StatusCode,
        entry: &Entry,
        projection: &Projection,
    ) -> Response<Bytes> {
        let mut body = Vec::new();
        self.show(entry, projection, &mut body);
        let answer = answer::with_etag(answer::json(status, body), &entry.meta.etag());
        answer::with_location(answer, &entry.meta.location(&self.tenant.base_url, entry.id))
    }
}

/// Whether the stored text can be answered as it is: what is excluded are links, and none were read.
fn is_spliced(entry: &Entry, projection: &Projection) -> bool {
    let linkless = entry.groups.is_empty() && entry.members.is_empty();
    projection.is_plain() || linkless && projection.excludes_only(&["members", "groups"])
}

/// Which links have to be read for a projection.
pub(super) fn links(kind: Kind, projection: &Projection) -> directory::Links {
    let name = match kind {
        Kind::User => "groups",
        Kind::Group => "members",
        Kind::Custom(_) => return directory::Links::Without,
    };
    if projection.wants(name) { directory::Links::With } else { directory::Links::Without }
}

pub(super) fn read_scope(kind: Kind) -> Scope {
    match kind {
        Kind::User | Kind::Custom(_) => Scope::UsersRead,
        Kind::Group => Scope::TeamsRead,
    }
}

pub(super) fn write_scope(kind: Kind) -> Scope {
    match kind {
        Kind::User | Kind::Custom(_) => Scope::UsersWrite,
        Kind::Group => Scope::TeamsWrite,
    }
}
