//! `GET /.requests/{txn}`: how a request ended that was answered before it was done (RFC 9967 section 2.5.1). Only the
//! service account that sent it may ask.

use std::net::SocketAddr;

use ::events::JobState;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Request, Response, StatusCode};
use scim::urn;
use serde_json::json;

use super::not_found;
use crate::app::App;
use crate::events::EventsError;
use crate::scim_api::{answer, authenticate};
use crate::tenant::Tenant;

pub(super) async fn status(
    app: &App,
    tenant: &Tenant,
    txn: &str,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Result<Response<Bytes>, EventsError> {
    let grant = match authenticate::grant(app, tenant, request, peer).await {
        Ok(asker) => asker.grant,
        Err(refusal) => return Ok(refusal),
    };
    let job = tenant.events.job(txn).await?.filter(|job| job.account == grant.account.uuid());
    let Some(job) = job else { return Ok(not_found("request, or its end is too long ago")) };
    match job.state {
        JobState::Pending => {
            let mut pending = super::later::accepted(tenant, txn, None);
            pending.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            Ok(pending)
        }
        JobState::Done { operations, .. } => {
            // these are the operations of a bulk response
            let body = json!({ "schemas": [urn::BULK_RESPONSE], "Operations": operations });
            Ok(answer::json(StatusCode::OK, body.to_string()))
        }
    }
}
