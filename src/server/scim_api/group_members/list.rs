//! `GET /GroupMembers`, and `POST /GroupMembers/.search`: most often with `filter=group.value eq "..."`, by `startIndex`
//! or by cursors (RFC 9865). A page by a cursor costs the same wherever it lies; there is no cursor back.

use bytes::Bytes;
use directory::{DirectoryError, From, Kind, Known, Membership, Of, Spot};
use http::{Response, StatusCode};
use scim::filter::Filter;
use scim::message::{ListHead, Part};
use scim::project::Projection;
use scim::search::SearchRequest;
use scim::{BoundFilter, ScimError, SortKey};
use serde_json::Value;
use uuid::Uuid;

use super::filter::{Narrowed, Where, narrowed};
use super::{REGISTRY, projection, resource_type, shown};
use crate::scim_api::query::Query;
use crate::scim_api::{Call, answer, search};
use access::Scope;

/// Memberships read in one go.
const STEP: usize = 512;

pub(super) async fn answer(call: &mut Call<'_>) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(Scope::TeamsRead)?;
    answered(call, call.query).await
}

/// The same asked in the body (RFC 7644 section 3.4.3).
pub(super) async fn by_post(call: &mut Call<'_>) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(Scope::TeamsRead)?;
    let sent = SearchRequest::parse(call.body.take()?, &mut call.lenience)?;
    answered(call, &Query::of(sent)?).await
}

async fn answered(call: &mut Call<'_>, query: &Query) -> Result<Response<Bytes>, DirectoryError> {
    if query.sort_by.as_deref().is_some_and(|by| !by.trim().is_empty()) {
        return Err(ScimError::invalid_value(
            "memberships come in the order of their groups and members; leave sortBy out, or sort the answer",
        )
        .into());
    }
    let projection = projection(call, query)?;
    let filter = match &query.filter {
        Some(text) => Some(Filter::parse(text)?.bind(&REGISTRY, resource_type(), &mut call.lenience)?),
        None => None,
    };
    let (start_index, from, count, known) = match search::page(call, NO_KINDS, query)? {
        directory::Page::Window { start_index, count } => (Some(start_index), From::Start, count, None),
        directory::Page::Cursor { from, count, known } => (None, from, count, known),
    };
    let skip = start_index.map_or(0, |start_index| start_index - 1);
    let mut page = Page { skip, count, total: 0, found: Vec::new() };
    let part = match (start_index, after(&from)) {
        (Some(start_index), _) => {
            page.fill(call, filter.as_ref()).await?;
            Part::From(start_index)
        }
        (None, None) => {
            page.fill(call, filter.as_ref()).await?;
            let position = page.found.len() as u64;
            next(call, query, &page, position)
        }
        (None, Some(place)) => {
            let before = known.map_or(0, |known| known.position);
            page.go_on(call, filter.as_ref(), place).await?;
            page.total = known.map_or(0, |known| known.total);
            next(call, query, &page, before + page.found.len() as u64)
        }
    };
    Ok(list(call, &page, part, &projection))
}

/// Memberships are of no kind; a query of none is what their cursors are bound to.
const NO_KINDS: &[Kind] = &[];

/// The place a cursor leads on from.
fn after(from: &From) -> Option<(Uuid, Uuid)> {
    match from {
        From::After(Spot { key: SortKey::Value { bytes, .. }, id, .. }) => {
            Some((Uuid::from_slice(bytes).ok()?, *id))
        }
        From::After(_) | From::Before(_) | From::Start => None,
    }
}

/// The part of a page by a cursor: where more can follow, the cursor of its last membership.
fn next(call: &Call<'_>, query: &Query, page: &Page, position: u64) -> Part {
    let last = page.found.last().filter(|_| page.found.len() == page.count && position < page.total);
    let cursor = last.map(|last| {
        let (group, member) = last.place();
        let key = SortKey::Value { rank: 0, bytes: group.as_bytes().to_vec() };
        let spot = Spot { key, kind: Kind::Group, id: member };
        let known = Known { position, total: page.total };
        search::sealed(call, NO_KINDS, query, page.count, known, From::After(spot))
    });
    Part::Between { previous: None, next: cursor }
}

fn list(call: &Call<'_>, page: &Page, part: Part, projection: &Projection) -> Response<Bytes> {
    let head = ListHead { total_results: page.total, items_per_page: page.found.len() as u64, part };
    let mut body = head.opening().into_bytes();
    for (i, membership) in page.found.iter().enumerate() {
        if i > 0 {
            body.push(b',');
        }
        let mut object = shown(&call.tenant.base_url, membership);
        projection.apply(&mut object);
        body.extend_from_slice(Value::Object(object).to_string().as_bytes());
    }
    body.extend_from_slice(b"]}");
    answer::json(StatusCode::OK, body)
}

/// The part of the matches that is wanted, while it is read.
struct Page {
    /// Matches still to be left out.
    skip: u64,
    count: usize,
    total: u64,
    found: Vec<Membership>,
}

impl Page {
    async fn fill(&mut self, call: &Call<'_>, filter: Option<&BoundFilter>) -> Result<(), DirectoryError> {
        let Narrowed { place, exact } = narrowed(filter);
        match place {
            Where::Nowhere => Ok(()),
            Where::One(group, member) => {
                if let Some(one) = call.directory.membership(group, member).await? {
                    self.take(call, one, filter);
                }
                Ok(())
            }
            Where::Among(of) if exact => self.count_and_read(call, of).await,
            Where::Among(of) => self.read_all(call, of, filter).await,
        }
    }

    /// Every membership of a place matches: the number is known, and nothing is read past the page.
    async fn count_and_read(&mut self, call: &Call<'_>, of: Of) -> Result<(), DirectoryError> {
        let total = call.directory.membership_count(of).await?;
        let mut last = None;
        while self.found.len() < self.count && self.skip < total {
            let left = usize::try_from(self.skip).unwrap_or(usize::MAX);
            let step = left.saturating_add(self.count - self.found.len()).min(STEP);
            let read = call.directory.memberships(of, last, step).await?;
            let Some(end) = read.last() else { break };
            last = Some(end.place());
            for membership in read {
                self.take(call, membership, None);
            }
            tokio::task::yield_now().await;
        }
        self.total = total;
        Ok(())
    }

    /// The page after a place: nothing before it is read, and nothing behind the page.
    async fn go_on(
        &mut self,
        call: &Call<'_>,
        filter: Option<&BoundFilter>,
        place: (Uuid, Uuid),
    ) -> Result<(), DirectoryError> {
        let Narrowed { place: Where::Among(of), exact } = narrowed(filter) else { return Ok(()) };
        let rest = if exact { None } else { filter };
        let mut last = Some(place);
        while self.found.len() < self.count {
            let step = if exact { self.count - self.found.len() } else { STEP };
            let read = call.directory.memberships(of, last, step).await?;
            let Some(end) = read.last() else { break };
            last = Some(end.place());
            for membership in read {
                self.take(call, membership, rest);
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Each membership of a place is held against the filter.
    async fn read_all(
        &mut self,
        call: &Call<'_>,
        of: Of,
        filter: Option<&BoundFilter>,
    ) -> Result<(), DirectoryError> {
        let mut last = None;
        loop {
            let read = call.directory.memberships(of, last, STEP).await?;
            let Some(end) = read.last() else { return Ok(()) };
            last = Some(end.place());
            for membership in read {
                self.take(call, membership, filter);
            }
            tokio::task::yield_now().await;
        }
    }

    fn take(&mut self, call: &Call<'_>, membership: Membership, filter: Option<&BoundFilter>) {
        let matches = filter.is_none_or(|filter| filter.matches(&shown(&call.tenant.base_url, &membership)));
        if !matches {
            return;
        }
        self.total += 1;
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.found.len() < self.count {
            self.found.push(membership);
        }
    }
}
