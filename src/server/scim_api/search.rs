//! `GET /Users`, `GET` at the base, and `POST` to a `/.search` (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865): filter
//! first, then the order, then the page; no match is 200 with an empty list.
//!
//! A query over all types answers with those the account may read.

use bytes::Bytes;
use directory::{Ask, DirectoryError, From, Kind, Known, Page, Wanted};
use http::{Response, StatusCode};
use scim::filter::Filter;
use scim::message::{ListHead, Part};
use scim::{BoundFilter, Projection, ResourceType, ScimError, ScimType, SearchRequest, Sort};

use super::cursor::{Holder, State};
use super::query::{DEFAULT_COUNT, Query};
use super::{Call, answer, links, read_scope};

/// A query in the URI.
pub(super) async fn search(
    call: &mut Call<'_>,
    kind: Option<Kind>,
) -> Result<Response<Bytes>, DirectoryError> {
    let kinds = readable(call, kind)?;
    answered(call, &kinds, call.query).await
}

/// A query in the body, which is where values go that no log of URIs may hold (RFC 7644 section 7.5.2).
pub(super) async fn by_post(
    call: &mut Call<'_>,
    kind: Option<Kind>,
) -> Result<Response<Bytes>, DirectoryError> {
    let kinds = readable(call, kind)?;
    let sent = SearchRequest::parse(call.body.take()?, &mut call.lenience)?;
    answered(call, &kinds, &Query::of(sent)?).await
}

/// The kinds a query is about: the one it names, or all that the account may read.
fn readable(call: &Call<'_>, kind: Option<Kind>) -> Result<Vec<Kind>, ScimError> {
    if let Some(kind) = kind {
        call.authorize(read_scope(kind))?;
        return Ok(vec![kind]);
    }
    let all: Vec<Kind> = call.directory.kinds().iter().collect();
    let kinds: Vec<Kind> = all.iter().copied().filter(|kind| call.grant.allows(read_scope(*kind))).collect();
    match (kinds.is_empty(), all.first()) {
        (true, Some(first)) => call.authorize(read_scope(*first)).map(|()| kinds),
        _ => Ok(kinds),
    }
}

/// What is asked of the kinds, in their order.
struct Question {
    filters: Vec<Option<BoundFilter>>,
    sorts: Vec<Sort>,
    projections: Vec<Projection>,
}

impl Question {
    fn read(call: &mut Call<'_>, kinds: &[Kind], query: &Query) -> Result<Self, ScimError> {
        let registry = call.directory.registry();
        let types: Vec<&ResourceType> =
            kinds.iter().map(|kind| call.directory.resource_type(*kind).as_ref()).collect();
        let filters = match query.filter.as_deref().map(Filter::parse).transpose()? {
            None => types.iter().map(|_| None).collect(),
            Some(filter) => {
                let bound = match types.as_slice() {
                    [one] => vec![filter.bind(registry, one, &mut call.lenience)?],
                    several => filter.bind_each(registry, several, &mut call.lenience)?,
                };
                bound.into_iter().zip(&types).map(|(filter, t)| Some(filter.for_type(&t.name))).collect()
            }
        };
        let (by, order) = (query.sort_by.as_deref(), query.sort_order.as_deref());
        let sorts = Sort::parse(by, order, registry, &types, &mut call.lenience)?;
        let (attributes, excluded) = (query.attributes.as_deref(), query.excluded_attributes.as_deref());
        let projection =
            |t: &&ResourceType| Projection::parse(attributes, excluded, registry, t, &mut call.lenience);
        let projections = types.iter().map(projection).collect::<Result<_, _>>()?;
        Ok(Self { filters, sorts, projections })
    }
}

async fn answered(
    call: &mut Call<'_>,
    kinds: &[Kind],
    query: &Query,
) -> Result<Response<Bytes>, DirectoryError> {
    let page = page(call, kinds, query)?;
    let Question { filters, sorts, projections } = Question::read(call, kinds, query)?;
    let wanted = kinds
        .iter()
        .zip(filters.iter().zip(&sorts).zip(&projections))
        .map(|(kind, ((filter, sort), projection))| {
            let links = links(*kind, projection);
            Wanted { kind: *kind, filter: filter.as_ref(), sort, links }
        })
        .collect();
    let count = match &page {
        Page::Window { count, .. } | Page::Cursor { count, .. } => *count,
    };
    let found = call.directory.query(Ask { wanted, page, base: &call.tenant.base_url }).await?;
    if query.filter.is_some() {
        let plans: Vec<String> = found.planned.iter().map(ToString::to_string).collect();
        call.remark = Some(format!("{} found by: {}", found.known.total, plans.join("; ")));
    }
    let part = if query.cursor.is_none() {
        Part::From(query.start_index.unwrap_or(1))
    } else {
        let cursor = |from| sealed(call, kinds, query, count, found.known, from);
        Part::Between {
            previous: found.previous.clone().map(From::Before).map(cursor),
            next: found.next.clone().map(From::After).map(cursor),
        }
    };
    let head =
        ListHead { total_results: found.known.total, items_per_page: found.entries.len() as u64, part };
    let mut body = head.opening().into_bytes();
    for (i, entry) in found.entries.iter().enumerate() {
        if i > 0 {
            body.push(b',');
        }
        let place = kinds.iter().position(|kind| *kind == entry.kind);
        call.show(entry, &projections[place.expect("an entry is of a kind that was asked for")], &mut body);
    }
    body.extend_from_slice(b"]}");
    Ok(answer::json(StatusCode::OK, body))
}

/// Which part of the matches is wanted. Memberships, which are of no kind, are asked for with no kinds.
pub(super) fn page(call: &Call<'_>, kinds: &[Kind], query: &Query) -> Result<Page, ScimError> {
    let Some(text) = &query.cursor else {
        let (start_index, count) = (query.start_index.unwrap_or(1), query.count.unwrap_or(DEFAULT_COUNT));
        return Ok(Page::Window { start_index, count });
    };
    if text.is_empty() {
        return Ok(Page::Cursor {
            from: From::Start,
            count: query.count.unwrap_or(DEFAULT_COUNT),
            known: None,
        });
    }
    let invalid = |detail: &str| ScimError::new(ScimType::InvalidCursor, detail);
    let account = call.grant.account.to_string();
    let Some(state) = call.app.cursors.open(text, holder(call, &account)) else {
        return Err(invalid(
            "the cursor is none that this server gave to this service account; begin again with an empty cursor",
        ));
    };
    if state.is_expired(call.app.world.now()) {
        return Err(ScimError::new(
            ScimType::ExpiredCursor,
            "the cursor has expired; begin again with an empty cursor. /ServiceProviderConfig tells how long one \
             leads on",
        ));
    }
    if state.permissions != permissions(call) {
        return Err(invalid(
            "the permissions of the service account were changed since the cursor was given; begin again with an \
             empty cursor",
        ));
    }
    if state.query != digest(kinds, query) {
        return Err(invalid(
            "the cursor belongs to another query; repeat filter, sortBy and sortOrder as in the first request, and \
             the place it was sent to",
        ));
    }
    if query.count.is_some_and(|count| count != state.count) {
        return Err(ScimError::new(
            ScimType::InvalidCount,
            format!("count must stay what it was in the first request, {}", state.count),
        ));
    }
    Ok(Page::Cursor { from: state.from, count: state.count, known: Some(state.known) })
}

/// The cursor of a spot.
pub(super) fn sealed(
    call: &Call<'_>,
    kinds: &[Kind],
    query: &Query,
    count: usize,
    known: Known,
    from: From,
) -> String {
    let state = State {
        issued_s: call.app.world.now().as_second(),
        query: digest(kinds, query),
        permissions: permissions(call),
        count,
        from,
        known,
    };
    let account = call.grant.account.to_string();
    call.app.cursors.seal(call.app.world.random(), holder(call, &account), &state)
}

fn holder<'h>(call: &'h Call<'_>, account: &'h str) -> Holder<'h> {
    Holder { tenant: call.tenant.slug.as_ref().map_or("", |slug| slug.as_str()), account }
}

/// What makes a query the same one. Which attributes are shown may differ from page to page.
fn digest(kinds: &[Kind], query: &Query) -> [u8; 16] {
    let kinds: Vec<u8> = kinds.iter().map(|kind| kind.byte()).collect();
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().as_bytes().to_vec();
    short(&[kinds, text(&query.filter), text(&query.sort_by), text(&query.sort_order)])
}

fn permissions(call: &Call<'_>) -> [u8; 16] {
    short(&[serde_json::to_vec(&call.grant.permissions).expect("permissions are JSON")])
}

fn short(parts: &[Vec<u8>]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    *digest.as_bytes().first_chunk().expect("a digest has 32 bytes")
}
