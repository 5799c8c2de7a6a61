//! `DELETE /api/schemas/{urn}` and `DELETE /api/resource-types/{name}`.

use super::changed;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use ::directory::Edit;

pub(in crate::admin_api) async fn schema(call: &Call<'_>, id: String) -> Result<Answer, Problem> {
    let what = format!("delete schema {id}");
    changed(call, Edit::RemoveSchema(id), what).await.map(|_| nothing())
}

pub(in crate::admin_api) async fn resource_type(call: &Call<'_>, name: String) -> Result<Answer, Problem> {
    let what = format!("delete resource type {name}");
    changed(call, Edit::RemoveResourceType(name), what).await.map(|_| nothing())
}
