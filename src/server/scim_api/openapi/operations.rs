//! What can be done at which path, with which parameters, and how it is answered.

use std::sync::Arc;

use scim::ResourceType;
use serde_json::{Map, Value, json};

use super::components::{
    CHANGE, CHANGES, CREATES, DISCOVERY, DISCOVERY_OF_ONE, MANY, QUERY, READ, READ_ONE, READS, REMOVE,
    REMOVES, SEARCH, WRITE, named_parameters, text_header,
};
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
        paths.insert(endpoint.clone(), json!({ "get": self.search(), "post": self.create() }));
        paths.insert(format!("{endpoint}/.search"), json!({ "post": self.search_by_post() }));
        paths.insert(
            format!("{endpoint}/{{id}}"),
            json!({
                "parameters": [in_path("id", "The id the server gave it")],
                "get": self.get(), "put": self.replace(), "patch": self.patch(), "delete": self.delete(),
            }),
        );
    }

    /// Those of a type whose resources come and go and do not change.
    pub(super) fn add_unchanging_to(&self, paths: &mut Map<String, Value>) {
        let endpoint = &self.resource_type.endpoint;
        let mut create = self.create();
        let mut delete = self.delete();
        for operation in ["replace", "patch"] {
            create["responses"]["201"]["links"].as_object_mut().map(|links| links.remove(operation));
        }
        // they are made and unmade at once, whatever is preferred
        for operation in [&mut create, &mut delete] {
            without_parameter(operation, "/prefer");
            operation["responses"].as_object_mut().map(|responses| responses.remove("202"));
        }
        let mut search = self.search();
        without_parameter(&mut search, "/sort");
        paths.insert(endpoint.clone(), json!({ "get": search, "post": create }));
        paths.insert(format!("{endpoint}/.search"), json!({ "post": self.search_by_post() }));
        paths.insert(
            format!("{endpoint}/{{id}}"),
            json!({
                "parameters": [in_path("id", "The id the server gave it")],
                "get": self.get(), "delete": delete,
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
        let created = [(201, "Created", Some(self.shown.clone()))];
        let mut created = later(versioned(answers(&created, WRITE)));
        created["201"]["headers"]["Location"] = text_header("The URI of the resource");
        created["201"]["links"] = self.links();
        self.named(
            "create",
            "Create one (RFC 7644 section 3.3)",
            json!({
                "parameters": named_parameters(CREATES),
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
                "parameters": named_parameters(READS),
                "responses": versioned(answers(&[(200, "The resource", Some(self.shown.clone()))], READ_ONE)),
            }),
        )
    }

    fn replace(&self) -> Value {
        self.named(
            "replace",
            "Replace one; what is left out is cleared (RFC 7644 section 3.5.1)",
            json!({
                "parameters": named_parameters(CHANGES),
                "requestBody": body(&self.sent),
                "responses": later(versioned(answers(&self.changed(), CHANGE))),
            }),
        )
    }

    fn patch(&self) -> Value {
        self.named(
            "patch",
            "Change parts of one (RFC 7644 section 3.5.2)",
            json!({
                "parameters": named_parameters(CHANGES),
                "requestBody": body(&schema("PatchOp")),
                "responses": later(versioned(answers(&self.changed(), CHANGE))),
            }),
        )
    }

    fn delete(&self) -> Value {
        self.named(
            "delete",
            "Delete one (RFC 7644 section 3.6)",
            json!({
                "parameters": named_parameters(REMOVES),
                "responses": later(answers(&[(204, "Deleted", None)], REMOVE)),
            }),
        )
    }

    /// How a change is answered: without the resource where the client prefers that, and where no member is asked for.
    fn changed(&self) -> [(u16, &'static str, Option<Value>); 2] {
        [(200, "As it is now", Some(self.shown.clone())), (204, "Changed, and not shown", None)]
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
        "parameters": named_parameters(MANY),
        "requestBody": body(&schema("BulkRequest")),
        "responses": later(answers(&[(200, "What became of each operation", Some(schema("BulkResponse")))], WRITE)),
    });
    paths.insert("/Bulk".into(), json!({ "post": post }));
}

/// How a request ended that was answered before the work was done (RFC 9967 section 2.5.1).
pub(super) fn later_requests(paths: &mut Map<String, Value>) {
    let get = json!({
        "operationId": "getRequest", "tags": ["All types"], "summary": "How an asynchronous request ended",
        "parameters": [in_path("txn", "The transaction that Set-Txn named")],
        "responses": later(answers(&[(200, "What became of each operation", Some(schema("BulkResponse")))], READ)),
    });
    paths.insert("/.requests/{txn}".into(), json!({ "get": get }));
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
    one["parameters"] = json!([in_path("uri", "The URI of the schema")]);
    paths.insert("/Schemas/{uri}".into(), one);
    let mut one = public("getResourceType", "One resource type", schema("ResourceType"), DISCOVERY_OF_ONE);
    let mut name = in_path("name", "The name of the resource type");
    name["schema"]["examples"] = types.map(|t| t.name.as_str()).collect();
    one["parameters"] = json!([name]);
    paths.insert("/ResourceTypes/{name}".into(), one);
}

/// Takes out the parameters whose reference holds a piece of text.
fn without_parameter(operation: &mut Value, piece: &str) {
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.retain(|one| !one["$ref"].as_str().is_some_and(|to| to.contains(piece)));
    }
}

fn in_path(name: &str, what: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": what,
        "schema": { "type": "string", "minLength": 1 },
    })
}

fn body(schema: &Value) -> Value {
    json!({ "required": true, "content": { MEDIA_TYPE: { "schema": schema } } })
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

/// The answers of an operation, which tell the version of the resource they are about.
fn versioned(mut answers: Value) -> Value {
    for status in ["200", "201", "204"] {
        if let Some(answer) = answers.get_mut(status) {
            answer["headers"] = json!({ "ETag": text_header("The version (RFC 7644 section 3.14)") });
        }
    }
    answers
}

/// The answers of an operation, which may come before the work is done (RFC 9967 section 2.5.1).
fn later(mut answers: Value) -> Value {
    answers["202"] = json!({
        "description": "Accepted, and done later, as Prefer: respond-async asks for",
        "headers": {
            "Location": text_header("Where to ask how it ended"),
            "Set-Txn": text_header("The transaction, which events name too"),
            "Preference-Applied": text_header("The preference that was followed"),
        },
        "links": {
            "end": { "operationId": "getRequest", "parameters": { "txn": "$response.header.Set-Txn" } },
        },
    });
    answers
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}
