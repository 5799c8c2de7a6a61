//! `POST /api/held/{id}/allow`: lets what was held pass, `{"forMinutes":60,"changes":null}`.
//!
//! `changes` is how many changes may pass; without it any number may, until the time is over. The client has to ask
//! again: identity providers do.

use super::{WHAT, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::Deed;
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;

const MOST_MINUTES: u32 = 7 * 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Asked {
    #[serde(default = "an_hour")]
    for_minutes: u32,
    #[serde(default)]
    changes: Option<u64>,
}

fn an_hour() -> u32 {
    60
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let Asked { for_minutes, changes } = body(call.request)?;
    if !(1..=MOST_MINUTES).contains(&for_minutes) {
        let message = format!("forMinutes must be 1 to {MOST_MINUTES}, a week");
        return Err(Problem::field("forMinutes", "badField", message));
    }
    if changes == Some(0) {
        return Err(Problem::field("changes", "badField", "changes must be at least 1, or left out"));
    }
    let until = call.now() + SignedDuration::from_mins(for_minutes.into());
    let directory = call.admin.directory;
    let held = directory.held().await?.into_iter().find(|held| held.id == id);
    let held = held.ok_or_else(|| Problem::not_found(WHAT))?;
    let target = format!("{id} of account {} until {until}", held.actor);
    let allowed = call
        .enact(Deed::HeldAllowed, target, async |also| Ok(directory.allow(id, until, changes, also).await?));
    let held = allowed.await?.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(call, &held).await?))
}
