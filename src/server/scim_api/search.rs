//! `GET /Users` (RFC 7644 section 3.4.2): filter first, then the page; no match is 200 with an empty list.

use bytes::Bytes;
use directory::{DirectoryError, Kind, Page};
use http::{Response, StatusCode};
use scim::filter::Filter;
use scim::message::{ListHead, Part};

use super::query::DEFAULT_COUNT;
use super::{Call, answer, links, read_scope};

pub(super) async fn search(call: &mut Call<'_>, kind: Kind) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(read_scope(kind))?;
    let directory = call.directory;
    let projection = call.projection(kind)?;
    let filter = match &call.query.filter {
        Some(text) => {
            let filter = Filter::parse(text)?;
            Some(filter.bind(directory.registry(), directory.resource_type(kind), &mut call.lenience)?)
        }
        None => None,
    };
    let start_index = call.query.start_index.unwrap_or(1);
    let count = call.query.count.unwrap_or(DEFAULT_COUNT);
    let page = Page::Window { start_index, count };
    let found = directory.search(kind, filter.as_ref(), page, links(kind, &projection)).await?;
    if filter.is_some() {
        call.remark = Some(format!("{} found by: {}", found.known.total, found.planned[0]));
    }
    let head = ListHead {
        total_results: found.known.total,
        items_per_page: found.entries.len() as u64,
        part: Part::From(start_index),
    };
    let mut body = head.opening().into_bytes();
    for (i, entry) in found.entries.iter().enumerate() {
        if i > 0 {
            body.push(b',');
        }
        call.show(entry, &projection, &mut body);
    }
    body.extend_from_slice(b"]}");
    Ok(answer::json(StatusCode::OK, body))
}
