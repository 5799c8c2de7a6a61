//! `GET /api/bin`: the last deleted first; `search` keeps those whose name contains the text.

use super::{cursor_of, place_of, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use directory::BinEntry;
use http::StatusCode;
use serde_json::{Value, json};

const USUAL: usize = 50;
/// Entries looked at for one page of a search; the page after it goes on from there.
const LOOKED_AT: usize = 5_000;
const STEP: usize = 200;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let page = call.page(USUAL)?;
    let after = match &page.cursor {
        Some(cursor) => Some(place_of(cursor).ok_or_else(|| {
            Problem::new(StatusCode::BAD_REQUEST, "badCursor", "the cursor is not one of this list")
        })?),
        None => None,
    };
    let wanted = page.search.as_deref().map(str::to_lowercase);
    let is_wanted = |entry: &BinEntry| {
        let user_name = entry.attributes.get("userName").and_then(Value::as_str);
        let mut names = [Some(entry.display.as_str()), user_name].into_iter().flatten();
        wanted.as_ref().is_none_or(|wanted| names.any(|name| name.to_lowercase().contains(wanted.as_str())))
    };
    let (mut found, mut last, mut looked_at) = (Vec::new(), after, 0);
    let next_cursor = loop {
        let entries = call.admin.directory.bin(last, STEP).await?;
        let is_end = entries.len() < STEP;
        let mut next = None;
        for entry in entries {
            (last, looked_at) = (Some(entry.place()), looked_at + 1);
            if found.len() == page.count {
                // there is one more, so there is a page after this one
                next = found.last().map(cursor_of);
                break;
            }
            if is_wanted(&entry) {
                found.push(entry);
            } else if looked_at >= LOOKED_AT {
                next = Some(cursor_of(&entry));
                break;
            }
        }
        if next.is_some() || is_end {
            break next;
        }
    };
    let mut rows = Vec::with_capacity(found.len());
    for entry in &found {
        rows.push(shown(call, entry).await?);
    }
    let mut body = json!({ "entries": rows, "keepDays": call.admin.facts.bin_days });
    if wanted.is_none() {
        body["total"] = call.admin.directory.bin_size().await?.into();
    }
    if let Some(cursor) = next_cursor {
        body["nextCursor"] = cursor.into();
    }
    Ok(json(StatusCode::OK, &body))
}
