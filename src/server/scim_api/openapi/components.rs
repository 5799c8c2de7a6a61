//! What several operations share: parameters, headers, and refusals by their status.

use serde_json::{Value, json};

use super::schema;
use crate::scim_api::answer::MEDIA_TYPE;

/// The parameters of each kind of operation.
pub(super) const QUERY: &[&str] =
    &["filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor"];
pub(super) const READS: &[&str] = &["attributes", "excludedAttributes", "ifMatch", "ifNoneMatch"];
pub(super) const CREATES: &[&str] = &["attributes", "excludedAttributes", "prefer"];
pub(super) const CHANGES: &[&str] = &["attributes", "excludedAttributes", "ifMatch", "ifNoneMatch", "prefer"];
pub(super) const REMOVES: &[&str] = &["ifMatch", "ifNoneMatch", "prefer"];
pub(super) const MANY: &[&str] = &["prefer"];

/// The refusals that each kind of operation may meet.
pub(super) const READ: &[&str] = &["400", "401", "403", "404", "429", "500", "503"];
pub(super) const READ_ONE: &[&str] = &["304", "400", "401", "403", "404", "412", "429", "500", "503"];
pub(super) const SEARCH: &[&str] = &["400", "401", "403", "413", "415", "429", "500", "503"];
pub(super) const WRITE: &[&str] = &["400", "401", "403", "404", "409", "413", "415", "429", "500", "503"];
pub(super) const CHANGE: &[&str] =
    &["400", "401", "403", "404", "409", "412", "413", "415", "428", "429", "500", "503"];
pub(super) const REMOVE: &[&str] = &["400", "401", "403", "404", "412", "428", "429", "500", "503"];
pub(super) const DISCOVERY: &[&str] = &["400", "403", "500", "503"];
pub(super) const DISCOVERY_OF_ONE: &[&str] = &["400", "403", "404", "500", "503"];

/// The refusals by their status.
pub(super) fn refusals() -> Value {
    let refusal = |what: &str, headers: Value| {
        json!({
            "description": what,
            "headers": headers,
            "content": { MEDIA_TYPE: { "schema": schema("Error") } },
        })
    };
    let plain = |what: &str| refusal(what, json!({}));
    let later = |what: &str| refusal(what, json!({ "Retry-After": text_header("Seconds to wait") }));
    json!({
        "304": {
            "description": "The version is the one of If-None-Match (RFC 7644 section 3.14)",
            "headers": { "ETag": text_header("The version") },
        },
        "400": plain("The request cannot be understood, or holds what is not allowed"),
        "401": refusal("No token, or none that is valid", json!({ "WWW-Authenticate": text_header("The scheme") })),
        "403": plain("The service account lacks the permission"),
        "404": plain("Nothing is there"),
        "409": plain("A value that must be unique is taken"),
        "412": plain("The version is not the one expected, and nothing was changed (RFC 7644 section 3.14)"),
        "413": plain("The body is too large"),
        "415": plain("The body is not JSON"),
        "428": plain("The service account changes nothing without If-Match (RFC 6585 section 3)"),
        "429": later("Too many requests"),
        "500": plain("The server failed"),
        "501": plain("The service account stands for no user"),
        "503": later("The server is busy or stopping"),
    })
}

/// The parameters that several operations know.
pub(super) fn parameters() -> Value {
    let parameter = |name: &str, what: &str, schema: Value| json!({ "name": name, "in": "query", "required": false, "description": what, "schema": schema });
    let header = |name: &str, what: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": what, "schema": schema });
    let text = |example: &str| json!({ "type": "string", "examples": [example] });
    // `*`, or versions as `ETag` and `meta.version` show them
    let versions = json!({
        "type": "string", "pattern": r#"^(\*|W/"[0-9]+"(, W/"[0-9]+")*)$"#, "examples": ["*"],
    });
    json!({
        "filter": parameter(
            "filter", "Which resources (RFC 7644 section 3.4.2.2)", text("meta.created gt \"2020-01-01T00:00:00Z\""),
        ),
        "attributes": parameter(
            "attributes", "Attributes to show, divided by commas (RFC 7644 section 3.9)", text("id,externalId"),
        ),
        "excludedAttributes": parameter(
            "excludedAttributes", "Attributes to leave out, divided by commas", text("externalId"),
        ),
        "startIndex": parameter("startIndex", "The place of the first one, from 1", json!({ "type": "integer" })),
        "sortBy": parameter("sortBy", "The attribute to sort by (RFC 7644 section 3.4.2.3)", text("meta.lastModified")),
        "sortOrder": parameter(
            "sortOrder", "Which end comes first", json!({ "enum": ["ascending", "descending"] }),
        ),
        "cursor": parameter(
            "cursor", "The cursor of another page, or empty for the first; not with startIndex (RFC 9865)",
            json!({ "type": "string", "examples": [""] }),
        ),
        "ifMatch": header(
            "If-Match", "Only where the resource is at one of these versions (RFC 7644 section 3.14)", versions,
        ),
        "ifNoneMatch": header(
            "If-None-Match", "Only where the resource is at none of these versions",
            json!({ "type": "string", "pattern": r#"^W/"[0-9]+"(, W/"[0-9]+")*$"#, "examples": ["W/\"1\""] }),
        ),
        "prefer": header(
            "Prefer",
            "return=minimal or return=representation (RFC 7240); respond-async, also with wait=SECONDS, for an answer \
             before the work is done (RFC 9967 section 2.5.1)",
            json!({ "enum": ["return=representation", "return=minimal", "respond-async", "respond-async, wait=5"] }),
        ),
        "count": parameter("count", "The most resources to show", json!({ "type": "integer" })),
    })
}

pub(super) fn named_parameters(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

pub(super) fn text_header(what: &str) -> Value {
    json!({ "description": what, "schema": { "type": "string" } })
}
