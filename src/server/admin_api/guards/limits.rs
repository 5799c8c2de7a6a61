//! `GET /api/guards` and `PUT /api/guards`: how much a client may take away before an administrator has to agree.
//!
//! `{"usersPerHour":{"least":50,"percent":10}|null,"groupsPerHour":{..}|null,"membersAtOnce":50|null,
//! "spareMinutes":60}`; null is no limit. What is younger than `spareMinutes` does not count.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use ::directory::Limits;
use access::Deed;
use http::StatusCode;

pub(in crate::admin_api) async fn read(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(json(StatusCode::OK, &call.admin.directory.limits().await?))
}

pub(in crate::admin_api) async fn replace(call: &Call<'_>) -> Result<Answer, Problem> {
    let limits: Limits = body(call.request)?;
    for (field, threshold) in
        [("usersPerHour", limits.users_per_hour), ("groupsPerHour", limits.groups_per_hour)]
    {
        if threshold.is_some_and(|threshold| threshold.percent > 100) {
            return Err(Problem::field(field, "badField", format!("{field}.percent must be 0 to 100")));
        }
    }
    let directory = call.admin.directory;
    let target = serde_json::to_string(&limits).expect("limits have text keys");
    call.enact(Deed::GuardsChanged, target, async |also| Ok(Some(directory.set_limits(limits, also).await?)))
        .await?;
    Ok(json(StatusCode::OK, &limits))
}
