//! `GET /api/changes`: the audit trail of the directory, newest first: who changed which resource when, by which
//! request, which attributes, and digests of the resource before and after. Never values: those are in the resource.
//!
//! It is the change feed, so it has every write in its order, and goes back as far as the feed does.

use super::Call;
use super::answer::{Answer, Problem, json};
use ::directory::{Change, Digest, Feed, Position};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

const USUAL: usize = 50;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    changes: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    at: Option<Timestamp>,
    change: Change,
    resource_type: String,
    id: Uuid,
    /// The id of a service account.
    actor: String,
    request_id: Option<String>,
    attributes: Vec<String>,
    before: Option<Digest>,
    after: Option<Digest>,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let page = call.page(USUAL)?;
    let before = page.cursor.as_deref().map(position).transpose()?;
    // one more than asked for tells whether there is a next page
    let mut found = call.admin.directory.recent(before, page.count + 1).await?;
    let more = found.len() > page.count;
    found.truncate(page.count);
    let next_cursor = found.last().filter(|_| more).map(|last| cursor(last.position));
    let changes = found.into_iter().map(row).collect();
    Ok(json(StatusCode::OK, &Body { changes, next_cursor }))
}

fn row(Feed { record, .. }: Feed) -> Row {
    Row {
        at: Timestamp::from_millisecond(record.at_ms).ok(),
        change: record.change,
        resource_type: record.resource_type,
        id: record.id,
        actor: record.actor,
        request_id: record.request,
        attributes: record.attributes,
        before: record.before,
        after: record.after,
    }
}

fn cursor(position: Position) -> String {
    format!("{}.{}", position.revision, position.index)
}

fn position(cursor: &str) -> Result<Position, Problem> {
    let read = || {
        let (revision, index) = cursor.split_once('.')?;
        Some(Position { revision: revision.parse().ok()?, index: index.parse().ok()? })
    };
    let wrong = || Problem::new(StatusCode::BAD_REQUEST, "badCursor", "the cursor is not one of this list");
    read().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let place = Position { revision: 12, index: 3 };
        assert_eq!(position(&cursor(place)).unwrap(), place);
        for wrong in ["", "1", "1.", ".1", "1.x", "1.2.3"] {
            assert_eq!(position(wrong).unwrap_err().code, "badCursor", "{wrong:?}");
        }
    }
}
