//! `GET /api/audit`: who changed what, newest first.

use super::Call;
use super::answer::{Answer, Problem, json};
use access::AuditRecord;
use http::StatusCode;
use serde::Serialize;

const USUAL: usize = 50;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    records: Vec<AuditRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let page = call.page(USUAL)?;
    let before = page.cursor.map(|cursor| cursor.parse::<u64>()).transpose().map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "badCursor", "the cursor is not one of this list")
    })?;
    // one more than asked for tells whether there is a next page
    let mut records = call.admin.access.audit(before, page.count + 1).await?;
    let more = records.len() > page.count;
    records.truncate(page.count);
    let next_cursor = records.last().filter(|_| more).map(|record| record.seq.to_string());
    Ok(json(StatusCode::OK, &Body { records, next_cursor }))
}
