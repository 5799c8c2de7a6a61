//! What can be done at which path, with which parameters, and how it is answered.

use std::sync::Arc;

use scim::ResourceType;
use serde_json::{Map, Value, json};

use super::{schema, shapes};
use crate::scim_api::answer::MEDIA_TYPE;

/// The operations of one resource type.
pub(super) struct Operations<'t> {
    resource_type: &'t ResourceType,
    /// The schema of an answer.
    shown: Value,
    /// The schema of a body.
    sent: Value,
}

impl<'t> Operations<'t> {
    pub(super) fn of(resource_type: &'t ResourceType) -> Self {
        let (shown, sent) = (schema(&resource_type.name), schema(&shapes::sent_name(resource_type)));
        Self { resource_type, shown, sent }
    }

    pub(super) fn add_to(&self, paths: &mut Map<String, Value>) {
        let endpoint = &self.resource_type.endpoint;
        let id = json!({
            "name": "id", "in": "path", "required": true, "description": "The id the server gave it",
            "schema": { "type": "string", "minLength": 1 },
        });
        paths.insert(endpoint.clone(), json!({ "get": self.search(), "post": self.create() }));
        paths.insert(format!("{endpoint}/.search"), json!({ "post": self.search_by_post() }));
        paths.insert(
            format!("{endpoint}/{{id}}"),
            json!({
                "parameters": [id],
                "get": self.get(), "put": self.replace(), "patch": self.patch(), "delete": self.delete(),
            }),
        );
    }

    /// The same of the user that the account stands for (RFC 7644 section 3.11).
    pub(super) fn add_me_to(&self, paths: &mut Map<String, Value>) {
        let all = [
            ("get", self.get()),
            ("put", self.replace()),
            ("patch", self.patch()),
            ("delete", self.delete()),
        ];
        let me = all.into_iter().map(|(method, mut operation)| {
            operation["operationId"] = format!("{method}Me").into();
            operation["description"] = "Of the user that the service account stands for".into();
            operation["responses"]["501"] = json!({ "$ref": "#/components/responses/501" });
            (method.to_owned(), operation)
        });
        paths.insert("/Me".into(), Value::Object(me.collect()));
    }

    /// An operation with its name, such as `createUser`.
    fn named(&self, verb: &str, summary: &str, more: Value) -> Value {
        let name = &self.resource_type.name;
        let mut operation = json!({
            "operationId": format!("{verb}{name}"), "tags": [name], "summary": summary,
        });
        merge(&mut operation, more);
        operation
    }

    fn list(&self) -> Value {
        let list = json!({
            "type": "object",
            "properties": { "Resources": { "type": "array", "items": self.shown } },
        });
        json!({ "allOf": [schema("ListResponse"), list] })
    }

    fn search_by_post(&self) -> Value {
        self.named(
            "searchByPost",
            "Find resources by what the body asks for (RFC 7644 section 3.4.3)",
            json!({
                "requestBody": body(&schema("SearchRequest")),
                "responses": answers(&[(200, "A page of what matches", Some(self.list()))], SEARCH),
            }),
        )
    }

    fn search(&self) -> Value {
        self.named(
            "search",
            "Find resources (RFC 7644 section 3.4.2)",
            json!({
                "parameters": named_parameters(QUERY),
                "responses": answers(&[(200, "A page of what matches", Some(self.list()))], READ),
            }),
        )
    }

    fn create(&self) -> Value {
        let mut created = answers(&[(201, "Created", Some(self.shown.clone()))], WRITE);
        created["201"]["headers"] = json!({ "Location": text_header("The URI of the resource") });
        created["201"]["links"] = self.links();
        self.named(
            "create",
            "Create one (RFC 7644 section 3.3)",
            json!({
                "parameters": named_parameters(PROJECTION),
                "requestBody": body(&self.sent),
                "responses": created,
            }),
        )
    }

    fn get(&self) -> Value {
        self.named(
            "get",
            "Read one (RFC 7644 section 3.4.1)",
            json!({
                "parameters": named_parameters(PROJECTION),
                "responses": answers(&[(200, "The resource", Some(self.shown.clone()))], READ),
            }),
        )
    }

    fn replace(&self) -> Value {
        self.named(
            "replace",
            "Replace one; what is left out is cleared (RFC 7644 section 3.5.1)",
            json!({
                "parameters": named_parameters(PROJECTION),
                "requestBody": body(&self.sent),
                "responses": answers(&[(200, "As it is now", Some(self.shown.clone()))], WRITE),
            }),
        )
    }

    fn patch(&self) -> Value {
        let changed =
            [(200, "As it is now", Some(self.shown.clone())), (204, "Changed, and not shown", None)];
        self.named(
            "patch",
            "Change parts of one (RFC 7644 section 3.5.2)",
            json!({
                "parameters": named_parameters(PROJECTION),
                "requestBody": body(&schema("PatchOp")),
                "responses": answers(&changed, WRITE),
            }),
        )
    }

    fn delete(&self) -> Value {
        self.named(
            "delete",
            "Delete one (RFC 7644 section 3.6)",
            json!({ "responses": answers(&[(204, "Deleted", None)], READ) }),
        )
    }

    /// Where to go on from what was created.
    fn links(&self) -> Value {
        let name = &self.resource_type.name;
        let link = |verb: &str| json!({ "operationId": format!("{verb}{name}"), "parameters": { "id": "$response.body#/id" } });
        json!({ "get": link("get"), "replace": link("replace"), "patch": link("patch"), "delete": link("delete") })
    }
}

/// The queries over all types (RFC 7644 sections 3.4.2.1 and 3.4.3).
pub(super) fn over_all_types(paths: &mut Map<String, Value>) {
    let found = || Some(schema("ListResponse"));
    let get = json!({
        "operationId": "searchAll", "tags": ["All types"], "summary": "Find resources of all types",
        "parameters": named_parameters(QUERY),
        "responses": answers(&[(200, "A page of what matches", found())], READ),
    });
    paths.insert("/".into(), json!({ "get": get }));
    let post = json!({
        "operationId": "searchAllByPost", "tags": ["All types"],
        "summary": "Find resources of all types by what the body asks for",
        "requestBody": body(&schema("SearchRequest")),
        "responses": answers(&[(200, "A page of what matches", found())], SEARCH),
    });
    paths.insert("/.search".into(), json!({ "post": post }));
}

/// Many operations in one request (RFC 7644 section 3.7).
pub(super) fn bulk(paths: &mut Map<String, Value>) {
    let post = json!({
        "operationId": "bulk", "tags": ["All types"], "summary": "Do several things in one request",
        "requestBody": body(&schema("BulkRequest")),
        "responses": answers(&[(200, "What became of each operation", Some(schema("BulkResponse")))], WRITE),
    });
    paths.insert("/Bulk".into(), json!({ "post": post }));
}

/// What is there once: discovery.
pub(super) fn of_the_root<'t>(
    types: impl Iterator<Item = &'t Arc<ResourceType>>,
    paths: &mut Map<String, Value>,
) {
    let public = |id: &str, summary: &str, answer: Value, more: &[&str]| {
        let answers = answers(&[(200, "Found", Some(answer))], more);
        json!({ "get": {
            "operationId": id, "tags": ["Discovery"], "summary": summary, "security": [], "responses": answers,
        } })
    };
    let listed = |of: &str| {
        let list = json!({ "type": "object", "properties": { "Resources": { "type": "array", "items": schema(of) } } });
        json!({ "allOf": [schema("ListResponse"), list] })
    };
    let config = schema("ServiceProviderConfig");
    paths.insert(
        "/ServiceProviderConfig".into(),
        public("getServiceProviderConfig", "What this server can do (RFC 7643 section 5)", config, DISCOVERY),
    );
    paths.insert(
        "/Schemas".into(),
        public("listSchemas", "All schemas (RFC 7643 section 7)", listed("Schema"), DISCOVERY),
    );
    paths.insert(
        "/ResourceTypes".into(),
        public(
            "listResourceTypes",
            "All resource types (RFC 7643 section 6)",
            listed("ResourceType"),
            DISCOVERY,
        ),
    );
    let mut one = public("getSchema", "One schema", schema("Schema"), DISCOVERY_OF_ONE);
    one["parameters"] = json!([{
        "name": "uri", "in": "path", "required": true, "description": "The URI of the schema",
        "schema": { "type": "string", "minLength": 1 },
    }]);
    paths.insert("/Schemas/{uri}".into(), one);
    let mut one = public("getResourceType", "One resource type", schema("ResourceType"), DISCOVERY_OF_ONE);
    one["parameters"] = json!([{
        "name": "name", "in": "path", "required": true, "description": "The name of the resource type",
        "schema": { "type": "string", "minLength": 1, "examples": types.map(|t| &t.name).collect::<Vec<_>>() },
    }]);
    paths.insert("/ResourceTypes/{name}".into(), one);
}

const QUERY: &[&str] =
    &["filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor"];
const PROJECTION: &[&str] = &["attributes", "excludedAttributes"];

/// The refusals that a read may meet, and a write.
const READ: &[&str] = &["400", "401", "403", "404", "429", "500", "503"];
const SEARCH: &[&str] = &["400", "401", "403", "413", "415", "429", "500", "503"];
const WRITE: &[&str] = &["400", "401", "403", "404", "409", "413", "415", "429", "500", "503"];
const DISCOVERY: &[&str] = &["400", "403", "500", "503"];
const DISCOVERY_OF_ONE: &[&str] = &["400", "403", "404", "500", "503"];

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
        "400": plain("The request cannot be understood, or holds what is not allowed"),
        "401": refusal("No token, or none that is valid", json!({ "WWW-Authenticate": text_header("The scheme") })),
        "403": plain("The service account lacks the permission"),
        "404": plain("Nothing is there"),
        "409": plain("A value that must be unique is taken"),
        "413": plain("The body is too large"),
        "415": plain("The body is not JSON"),
        "429": later("Too many requests"),
        "500": plain("The server failed"),
        "501": plain("The service account stands for no user"),
        "503": later("The server is busy or stopping"),
    })
}

/// The parameters that several operations know.
pub(super) fn parameters() -> Value {
    let parameter = |name: &str, what: &str, schema: Value| json!({ "name": name, "in": "query", "required": false, "description": what, "schema": schema });
    let text = |example: &str| json!({ "type": "string", "examples": [example] });
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
        "count": parameter("count", "The most resources to show", json!({ "type": "integer" })),
    })
}

fn named_parameters(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

fn body(schema: &Value) -> Value {
    json!({ "required": true, "content": { MEDIA_TYPE: { "schema": schema } } })
}

fn text_header(what: &str) -> Value {
    json!({ "description": what, "schema": { "type": "string" } })
}

/// The answers of an operation: those of a success, and the refusals it may meet.
fn answers(successes: &[(u16, &str, Option<Value>)], refusals: &[&str]) -> Value {
    let mut answers = Map::new();
    for (status, what, shown) in successes {
        let mut answer = json!({ "description": what });
        if let Some(shown) = shown {
            answer["content"] = json!({ MEDIA_TYPE: { "schema": shown } });
        }
        answers.insert(status.to_string(), answer);
    }
    for status in refusals {
        answers.insert((*status).to_owned(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    Value::Object(answers)
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}
