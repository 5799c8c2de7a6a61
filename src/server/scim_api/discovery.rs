//! What the server can do and knows (RFC 7644 section 4), readable without a token, true to what it does today.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use scim::message::{ListHead, Part};
use scim::{ScimError, urn};
use serde::Serialize;
use serde_json::{Value, json};

use super::authenticate::Asker;
use super::cursor;
use super::group_members;
use super::openapi;
use super::query::{DEFAULT_COUNT, MAX_COUNT};
use super::route::Discovery;
use super::{answer, bulk};
use crate::tenant::Tenant;

/// Answers a question about the server itself. It is the same for everybody, but for one thing: whoever asks with the
/// token of an account held to the interop profile is told that the profile is kept. Parameters do not count, but a
/// filter is 403 (RFC 7644 section 4).
pub(super) fn tell(
    tenant: &Tenant,
    what: &Discovery,
    query: Option<&str>,
    asker: Option<&Asker>,
) -> Response<Bytes> {
    if is_filtered(query) {
        return answer::error(&ScimError::http(
            403,
            "what the server tells of itself is not filtered (RFC 7644 section 4); ask without filter",
        ));
    }
    match what {
        Discovery::ServiceProviderConfig => service_provider_config(tenant, asker),
        Discovery::Schemas => schemas(tenant),
        Discovery::Schema(uri) => schema(tenant, uri),
        Discovery::ResourceTypes => resource_types(tenant),
        Discovery::ResourceType(name) => resource_type(tenant, name),
        Discovery::OpenApi => openapi(tenant),
    }
}

fn is_filtered(query: Option<&str>) -> bool {
    let names = query.unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next());
    names.into_iter().any(|name| name.eq_ignore_ascii_case("filter"))
}

fn openapi(tenant: &Tenant) -> Response<Bytes> {
    let document = openapi::document(tenant);
    let mut answer = answer::json(StatusCode::OK, document.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(openapi::MEDIA_TYPE));
    answer
}

fn service_provider_config(tenant: &Tenant, asker: Option<&Asker>) -> Response<Bytes> {
    let mut body = json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": bulk::MAX_OPERATIONS,
            "maxPayloadSize": bulk::MAX_PAYLOAD,
        },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "securityEvents": {
            "asyncRequest": "request",
            "eventUris": ::events::EventKind::ALL.map(::events::EventKind::uri),
        },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
            "cursorTimeout": cursor::TIMEOUT_S,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Secret Token",
            "description": "The Secret Token of a service account, sent as a bearer token",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta(tenant, "ServiceProviderConfig", "/ServiceProviderConfig"),
    });
    // Left out where it does not hold: validators of the RFC's schema do not know it.
    if asker.is_some_and(|asker| asker.dialect.is_interop()) {
        body["interopProfileConformant"] = json!(true);
    }
    answer::json(StatusCode::OK, body.to_string())
}

fn schemas(tenant: &Tenant) -> Response<Bytes> {
    let directory = tenant.directory();
    let all = directory.registry().schemas().iter().chain(memberships(tenant, group_members::schema()));
    list(&all.map(|schema| shown_schema(tenant, schema)).collect::<Vec<_>>())
}

/// What is told only where memberships are served as resources.
fn memberships<T>(tenant: &Tenant, what: &'static T) -> Option<&'static T> {
    tenant.group_members.then_some(what)
}

fn schema(tenant: &Tenant, uri: &str) -> Response<Bytes> {
    let directory = tenant.directory();
    let own = memberships(tenant, group_members::schema()).filter(|schema| urn::same(&schema.id, uri));
    match directory.registry().schema(uri).or(own) {
        Some(schema) => answer::json(StatusCode::OK, shown_schema(tenant, schema).to_string()),
        None => {
            answer::error(&ScimError::http(404, format!("there is no schema {uri:?}; /Schemas lists them")))
        }
    }
}

fn resource_types(tenant: &Tenant) -> Response<Bytes> {
    let directory = tenant.directory();
    let own = memberships(tenant, group_members::resource_type());
    let all = directory.registry().resource_types().iter().chain(own);
    list(&all.map(|t| shown_type(tenant, t)).collect::<Vec<_>>())
}

fn resource_type(tenant: &Tenant, name: &str) -> Response<Bytes> {
    let directory = tenant.directory();
    let own =
        memberships(tenant, group_members::resource_type()).filter(|t| t.name.eq_ignore_ascii_case(name));
    match directory.registry().resource_type(name).or(own) {
        Some(found) => answer::json(StatusCode::OK, shown_type(tenant, found).to_string()),
        None => answer::error(&ScimError::http(
            404,
            format!("there is no resource type {name:?}; /ResourceTypes lists them"),
        )),
    }
}

fn shown_schema(tenant: &Tenant, schema: &scim::Schema) -> Value {
    shown(tenant, schema, urn::SCHEMA, "Schema", &format!("/Schemas/{}", schema.id))
}

fn shown_type(tenant: &Tenant, resource_type: &scim::ResourceType) -> Value {
    let place = format!("/ResourceTypes/{}", resource_type.name);
    let mut shown = shown(tenant, resource_type, urn::RESOURCE_TYPE, "ResourceType", &place);
    shown["id"] = json!(resource_type.name);
    shown
}

fn shown(tenant: &Tenant, what: &impl Serialize, schema: &str, kind: &str, place: &str) -> Value {
    let mut shown = json!({ "schemas": [schema] });
    let data = serde_json::to_value(what).expect("schema data is JSON");
    if let (Value::Object(shown), Value::Object(data)) = (&mut shown, data) {
        shown.extend(data);
    }
    shown["meta"] = meta(tenant, kind, place);
    shown
}

fn meta(tenant: &Tenant, kind: &str, place: &str) -> Value {
    json!({ "resourceType": kind, "location": format!("{}{place}", tenant.base_url) })
}

fn list(resources: &[Value]) -> Response<Bytes> {
    let count = resources.len() as u64;
    let head = ListHead { total_results: count, items_per_page: count, part: Part::From(1) };
    let body = resources.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
    answer::json(StatusCode::OK, format!("{}{body}]}}", head.opening()))
}
