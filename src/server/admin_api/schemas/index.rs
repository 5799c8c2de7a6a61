//! `POST /api/indexes`, `DELETE /api/indexes/{number}` and `POST /api/indexes/{number}/rebuild`. The work is done
//! behind; `GET /api/schemas` tells how far it is.

use super::changed;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use crate::admin_api::ask::body;
use ::directory::Edit;
use scim::document::IndexWish;

pub(in crate::admin_api) async fn add(call: &Call<'_>) -> Result<Answer, Problem> {
    let wish: IndexWish = body(call.request)?;
    let what = format!("index {} of {}", wish.attribute, wish.resource_type);
    changed(call, Edit::AddIndex(wish), what).await
}

pub(in crate::admin_api) async fn remove(call: &Call<'_>, number: u8) -> Result<Answer, Problem> {
    changed(call, Edit::RemoveIndex(number), format!("delete index {number}")).await.map(|_| nothing())
}

pub(in crate::admin_api) async fn rebuild(call: &Call<'_>, number: u8) -> Result<Answer, Problem> {
    changed(call, Edit::Rebuild(number), format!("rebuild index {number}")).await
}
