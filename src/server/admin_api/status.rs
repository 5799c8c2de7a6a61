//! `GET /api/status` and `GET /api/ca.pem`: what the administrator needs to connect a provider.

use super::Call;
use super::answer::{Answer, Problem, json, with_type};
use super::directory::count;
use ::directory::Kind;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use serde_json::json;

pub(super) async fn read(call: &Call<'_>) -> Result<Answer, Problem> {
    let facts = call.admin.facts;
    let tenant = call.admin.tenant;
    let mut body = json!({
        "version": facts.version,
        "tenantUrl": tenant.base_url,
        "users": count(call, Kind::User).await?,
        "groups": count(call, Kind::Group).await?,
        "caFingerprint": facts.authority.as_ref().map(|authority| &authority.fingerprint),
        "dev": facts.dev,
    });
    // said only where there is more than one
    if !call.admin.tenants.is_plain() {
        body["tenant"] = json!(tenant.slug);
    }
    Ok(json(StatusCode::OK, &body))
}

pub(super) fn authority(call: &Call<'_>) -> Result<Answer, Problem> {
    let Some(authority) = &call.admin.facts.authority else {
        return Err(Problem::not_found("authority: the certificate was brought by the administrator"));
    };
    let media_type = HeaderValue::from_static("application/x-pem-file");
    let mut answer = with_type(StatusCode::OK, media_type, authority.pem.clone().into());
    let name = HeaderValue::from_static("attachment; filename=\"rollcall-ca.pem\"");
    answer.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(answer)
}
