//! The messages of the protocol and the documents of discovery as JSON Schema.

use scim::{ScimType, urn};
use serde_json::{Map, Value, json};

use super::schema;

/// Their schemas by name.
pub(super) fn schemas() -> Map<String, Value> {
    let all = [
        ("Error", error()),
        ("ListResponse", list_response()),
        ("SearchRequest", search_request()),
        ("BulkRequest", bulk_request()),
        ("BulkResponse", bulk_response()),
        ("PatchOp", patch_op()),
        ("ServiceProviderConfig", service_provider_config()),
        ("Schema", schema_document()),
        ("Attribute", attribute()),
        ("ResourceType", resource_type()),
    ];
    all.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect()
}

/// A message or document with its URI.
fn message(uri: &str, required: &[&str], properties: Value) -> Value {
    let mut shape = json!({
        "type": "object",
        "properties": { "schemas": { "type": "array", "items": { "const": uri }, "minItems": 1, "maxItems": 1 } },
    });
    if let (Some(all), Value::Object(properties)) = (shape["properties"].as_object_mut(), properties) {
        all.extend(properties);
    }
    shape["required"] = std::iter::once("schemas").chain(required.iter().copied()).collect();
    shape
}

fn error() -> Value {
    message(
        urn::ERROR,
        &["status", "detail"],
        json!({
            "status": { "type": "string", "pattern": "^[45][0-9][0-9]$", "description": "The HTTP status" },
            "scimType": { "enum": ScimType::ALL.map(ScimType::as_str) },
            "detail": { "type": "string", "minLength": 1 },
        }),
    )
}

fn list_response() -> Value {
    let number = || json!({ "type": "integer", "minimum": 0 });
    message(
        urn::LIST_RESPONSE,
        &["totalResults"],
        json!({
            "totalResults": number(),
            "startIndex": { "type": "integer", "minimum": 1 },
            "itemsPerPage": number(),
            "nextCursor": cursor(),
            "previousCursor": cursor(),
            "Resources": { "type": "array" },
        }),
    )
}

/// A cursor as the server gives it (RFC 9865 section 2).
fn cursor() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9._~-]+$" })
}

fn search_request() -> Value {
    let names = || json!({ "type": "array", "items": { "type": "string" } });
    message(
        urn::SEARCH_REQUEST,
        &[],
        json!({
            "attributes": names(),
            "excludedAttributes": names(),
            "filter": { "type": "string", "examples": ["meta.created gt \"2020-01-01T00:00:00Z\""] },
            "sortBy": { "type": "string", "examples": ["id", "meta.lastModified"] },
            "sortOrder": { "enum": ["ascending", "descending"] },
            "startIndex": { "type": "integer" },
            "count": { "type": "integer" },
            "cursor": { "type": "string", "description": "Empty for the first page" },
        }),
    )
}

fn patch_op() -> Value {
    message(
        urn::PATCH_OP,
        &["Operations"],
        json!({
            "Operations": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["op"],
                    "properties": {
                        "op": { "enum": ["add", "remove", "replace"] },
                        "path": {
                            "type": "string",
                            "examples": ["displayName", "emails[type eq \"work\"].value", "members"],
                        },
                        "value": {},
                    },
                },
            },
        }),
    )
}

fn bulk_request() -> Value {
    let operation = json!({
        "type": "object",
        "required": ["method", "path"],
        "properties": {
            "method": { "enum": ["POST", "PUT", "PATCH", "DELETE"] },
            "path": { "type": "string", "pattern": "^/", "examples": ["/Users"] },
            "bulkId": { "type": "string", "minLength": 1 },
            "version": { "type": "string" },
            "data": { "type": "object" },
        },
    });
    message(
        urn::BULK_REQUEST,
        &["Operations"],
        json!({
            "failOnErrors": { "type": "integer", "minimum": 1 },
            "Operations": { "type": "array", "minItems": 1, "items": operation },
        }),
    )
}

fn bulk_response() -> Value {
    let operation = json!({
        "type": "object",
        // an operation without a method that is known here has none in its answer
        "required": ["status"],
        "properties": {
            "method": { "type": "string" },
            "bulkId": { "type": "string" },
            "version": { "type": "string" },
            "location": { "type": "string", "format": "uri" },
            "status": { "type": "string", "pattern": "^[2-5][0-9][0-9]$" },
            "response": { "type": "object" },
        },
    });
    message(
        urn::BULK_RESPONSE,
        &["Operations"],
        json!({ "Operations": { "type": "array", "items": operation } }),
    )
}

fn service_provider_config() -> Value {
    let supported = || json!({ "type": "object", "required": ["supported"], "properties": { "supported": { "type": "boolean" } } });
    let limited = |limits: &[&str]| {
        let mut shape = supported();
        for limit in limits {
            shape["properties"][limit] = json!({ "type": "integer", "minimum": 0 });
        }
        shape["required"] = std::iter::once("supported").chain(limits.iter().copied()).collect();
        shape
    };
    let required = ["patch", "bulk", "filter", "changePassword", "sort", "etag", "authenticationSchemes"];
    message(
        urn::SERVICE_PROVIDER_CONFIG,
        &required,
        json!({
            "patch": supported(),
            "bulk": limited(&["maxOperations", "maxPayloadSize"]),
            "filter": limited(&["maxResults"]),
            "changePassword": supported(),
            "sort": supported(),
            "etag": supported(),
            "pagination": {
                "type": "object",
                "required": ["cursor", "index"],
                "properties": {
                    "cursor": { "type": "boolean" },
                    "index": { "type": "boolean" },
                    "defaultPaginationMethod": { "enum": ["cursor", "index"] },
                    "defaultPageSize": { "type": "integer", "minimum": 1 },
                    "maxPageSize": { "type": "integer", "minimum": 1 },
                    "cursorTimeout": { "type": "integer", "minimum": 1 },
                },
            },
            "securityEvents": {
                "type": "object",
                "properties": {
                    "asyncRequest": { "type": "string", "enum": ["none", "long", "request"] },
                    "eventUris": { "type": "array", "items": { "type": "string", "format": "uri" } },
                },
            },
            "authenticationSchemes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "name", "description"],
                    "properties": {
                        "type": { "type": "string" },
                        "name": { "type": "string" },
                        "description": { "type": "string" },
                        "specUri": { "type": "string", "format": "uri" },
                        "documentationUri": { "type": "string", "format": "uri" },
                        "primary": { "type": "boolean" },
                    },
                },
            },
        }),
    )
}

fn schema_document() -> Value {
    message(
        urn::SCHEMA,
        &["id", "attributes", "meta"],
        json!({
            "id": { "type": "string", "minLength": 1 },
            "name": { "type": "string" },
            "description": { "type": "string" },
            "attributes": { "type": "array", "items": schema("Attribute") },
            "meta": { "type": "object" },
        }),
    )
}

/// RFC 7643 section 7. Sub-attributes have none of their own.
fn attribute() -> Value {
    let mut parts = json!({
        "name": { "type": "string" },
        "type": { "enum": ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"] },
        "multiValued": { "type": "boolean" },
        "description": { "type": "string" },
        "required": { "type": "boolean" },
        "canonicalValues": { "type": "array", "items": { "type": "string" } },
        "caseExact": { "type": "boolean" },
        "mutability": { "enum": ["readOnly", "readWrite", "immutable", "writeOnly"] },
        "returned": { "enum": ["always", "never", "default", "request"] },
        "uniqueness": { "enum": ["none", "server", "global"] },
        "referenceTypes": { "type": "array", "items": { "type": "string" } },
    });
    let required = [
        "name",
        "type",
        "multiValued",
        "description",
        "required",
        "caseExact",
        "mutability",
        "returned",
        "uniqueness",
    ];
    let part = json!({ "type": "object", "required": required, "properties": parts });
    parts["subAttributes"] = json!({ "type": "array", "items": part });
    json!({ "type": "object", "required": required, "properties": parts, "additionalProperties": false })
}

fn resource_type() -> Value {
    message(
        urn::RESOURCE_TYPE,
        &["id", "name", "endpoint", "schema", "meta"],
        json!({
            "id": { "type": "string" },
            "name": { "type": "string" },
            "description": { "type": "string" },
            "endpoint": { "type": "string", "pattern": "^/" },
            "schema": { "type": "string" },
            "schemaExtensions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["schema", "required"],
                    "properties": { "schema": { "type": "string" }, "required": { "type": "boolean" } },
                },
            },
            "meta": { "type": "object" },
        }),
    )
}
