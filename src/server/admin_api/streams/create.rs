//! `POST /api/streams`: it tells of changes from the answer on, or from where the request says.

use super::{From, enact, target, told};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use crate::events::bound;
use ::access::Deed;
use ::directory::{Kind, Links};
use ::events::{Draft, DraftDelivery, Form, Scope};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    delivery: DraftDelivery,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    audience: Vec<String>,
    from: Option<From>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let Asked { name, delivery, form, scope, audience, from } = body(call.request)?;
    let draft = Draft { name, delivery, form, scope, audience };
    let (moment, outbox) = (&call.moment, call.admin.outbox);
    let (record, secret) = draft.check(moment.id, &outbox.policy, &outbox.vault, moment.seed, moment.now)?;
    check(call, &record.scope).await?;
    let directory = call.admin.directory;
    let from = match from {
        Some(from) => Some(from.position(directory).await?),
        None => None,
    };
    let events = &call.admin.tenant.events;
    let stream = enact(call, Deed::StreamCreated, target(&record), async |also| {
        events.create(record, directory, from, also).await.map(Some)
    });
    Ok(json(StatusCode::CREATED, &told(call, &stream.await?, secret).await?))
}

/// Whether what a scope names is there.
async fn check(call: &Call<'_>, scope: &Scope) -> Result<(), Problem> {
    let directory = call.admin.directory;
    let wrong = |message: String| Problem::field("scope", "badField", message);
    match scope {
        Scope::All => Ok(()),
        Scope::ResourceTypes { resource_types } => {
            match resource_types.iter().find(|name| directory.kinds().named(name).is_none()) {
                Some(name) => Err(wrong(format!("there is no resource type {name:?}"))),
                None => Ok(()),
            }
        }
        Scope::Group { group } => {
            let found = directory.get(Kind::Group, *group, Links::Without).await;
            match found.map_err(crate::events::EventsError::from)? {
                Some(_) => Ok(()),
                None => Err(wrong(format!("there is no group with the id {group}"))),
            }
        }
        Scope::Filter { .. } => {
            bound(scope, directory).map(|_| ()).map_err(|error| wrong(error.detail().to_owned()))
        }
    }
}
