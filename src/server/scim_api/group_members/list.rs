//! `GET /GroupMembers`: most often with `filter=group.value eq "..."`.

use bytes::Bytes;
use directory::{DirectoryError, Membership, Of};
use http::{Response, StatusCode};
use scim::BoundFilter;
use scim::filter::Filter;
use scim::message::{ListHead, Part};
use scim::project::Projection;
use serde_json::Value;

use super::filter::{Narrowed, Where, narrowed};
use super::{REGISTRY, projection, resource_type, shown};
use crate::scim_api::query::DEFAULT_COUNT;
use crate::scim_api::{Call, answer};
use access::Scope;

/// Memberships read in one go.
const STEP: usize = 512;

pub(super) async fn answer(call: &mut Call<'_>) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(Scope::TeamsRead)?;
    let projection = projection(call)?;
    let filter = match &call.query.filter {
        Some(text) => Some(Filter::parse(text)?.bind(&REGISTRY, resource_type(), &mut call.lenience)?),
        None => None,
    };
    let start_index = call.query.start_index.unwrap_or(1);
    let count = call.query.count.unwrap_or(DEFAULT_COUNT);
    let mut page = Page { skip: start_index - 1, count, total: 0, found: Vec::new() };
    page.fill(call, filter.as_ref()).await?;
    Ok(list(call, &page, Part::From(start_index), &projection))
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
