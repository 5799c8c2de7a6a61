//! `GET /api/event-keys` and `POST /api/event-keys`: the keys events are signed with, never their secret halves.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use ::access::Deed;
use ::events::{KeyRecord, KeyState};
use http::StatusCode;
use serde_json::Value;

pub(in crate::admin_api) async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let events = &call.admin.tenant.events;
    // so that there is one to show
    events.signer(&call.admin.outbox.vault, call.moment.seed, call.now()).await?;
    let keys: Vec<Value> = events.keys().await?.iter().map(shown).collect();
    let jwks_url = format!("{}/.events/jwks", call.admin.tenant.base_url);
    Ok(json(StatusCode::OK, &serde_json::json!({ "jwksUrl": jwks_url, "keys": keys })))
}

pub(in crate::admin_api) async fn rotate(call: &Call<'_>) -> Result<Answer, Problem> {
    let (events, now) = (&call.admin.tenant.events, call.now());
    let key = KeyRecord::new(call.moment.seed, &call.admin.outbox.vault, now);
    call.enact(Deed::EventKeyRotated, key.kid.clone(), async |also| {
        Ok(Some(events.rotate(&key, now, also).await?))
    })
    .await?;
    Ok(json(StatusCode::CREATED, &shown(&key)))
}

fn shown(key: &KeyRecord) -> Value {
    let (state, retired_at) = match key.state {
        KeyState::Active => ("active", None),
        KeyState::Retired { at } => ("retired", Some(at)),
    };
    serde_json::json!({ "kid": key.kid, "state": state, "createdAt": key.created_at, "retiredAt": retired_at })
}
