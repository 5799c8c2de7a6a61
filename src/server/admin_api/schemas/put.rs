//! `POST /api/schemas`, `PUT /api/schemas/{urn}` and `PUT /api/resource-types/{name}`: defines, or replaces what is defined.

use super::changed;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem};
use crate::admin_api::ask::BODY_MOST_BYTES;
use ::directory::Edit;
use http::StatusCode;
use scim::document::{self, Document};
use scim::urn;
use serde_json::{Value, json};

pub(in crate::admin_api) async fn documents(call: &Call<'_>) -> Result<Answer, Problem> {
    let read = document::documents(capped(call)?).map_err(|e| bad(&e.to_string()))?;
    let names: Vec<&str> = read.iter().map(name).collect();
    let what = format!("put {}", names.join(", "));
    changed(call, Edit::Put(read), what).await
}

fn name(document: &Document) -> &str {
    match document {
        Document::Schema(schema) => &schema.id,
        Document::ResourceType(resource_type) => &resource_type.name,
        Document::Index(wish) => &wish.attribute,
    }
}

pub(in crate::admin_api) async fn schema(call: &Call<'_>, id: String) -> Result<Answer, Problem> {
    match named(call, "id", &id, urn::SCHEMA)? {
        Document::Schema(schema) => changed(call, Edit::PutSchema(schema), format!("put schema {id}")).await,
        Document::ResourceType(_) | Document::Index(_) => Err(bad("the body must be a schema")),
    }
}

pub(in crate::admin_api) async fn resource_type(call: &Call<'_>, name: String) -> Result<Answer, Problem> {
    match named(call, "name", &name, urn::RESOURCE_TYPE)? {
        Document::ResourceType(resource_type) => {
            changed(call, Edit::PutResourceType(resource_type), format!("put resource type {name}")).await
        }
        Document::Schema(_) | Document::Index(_) => Err(bad("the body must be a resource type")),
    }
}

/// The body as a document of a kind, under the name the path gives it.
fn named(call: &Call<'_>, field: &'static str, name: &str, schema: &str) -> Result<Document, Problem> {
    let mut object = scim::json::object(capped(call)?).map_err(|e| bad(e.detail()))?;
    match object.get(field) {
        None | Some(Value::Null) => {
            object.insert(field.to_owned(), json!(name));
        }
        Some(Value::String(given)) if given == name => {}
        Some(_) => {
            return Err(Problem::field(
                field,
                "badDefinition",
                format!("{field} must be {name}, as in the path"),
            ));
        }
    }
    object.entry("schemas").or_insert_with(|| json!([schema]));
    let read =
        document::documents(Value::Object(object).to_string().as_bytes()).map_err(|e| bad(&e.to_string()))?;
    read.into_iter().next().ok_or_else(|| bad("the body holds no definition"))
}

fn capped<'c>(call: &'c Call<'_>) -> Result<&'c [u8], Problem> {
    let body = call.request.body();
    if body.len() > BODY_MOST_BYTES {
        let message = format!("the body is larger than {BODY_MOST_BYTES} bytes");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge", message));
    }
    Ok(body)
}

fn bad(message: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "badDefinition", message)
}
