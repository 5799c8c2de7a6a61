//! The interface as an `OpenAPI` 3.1 document, made from the schemas and resource types that are there: custom ones
//! appear in it as soon as they are served.
//!
//! It is for people and tools that do not speak SCIM; SCIM's own discovery says more. Pure: `discovery` serves it.

mod messages;
mod operations;
mod shapes;

use directory::{Directory, Kind};
use serde_json::{Map, Value, json};

use self::operations::Operations;

/// The media type of an `OpenAPI` document (the `OpenAPI` Initiative registers it with a version).
pub(super) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

/// The document for a directory that is served below this base.
pub(super) fn document(directory: &Directory, base_url: &str) -> Value {
    let registry = directory.registry();
    let types = || directory.kinds().iter().map(|kind| directory.resource_type(kind));
    let mut schemas = messages::schemas();
    let mut paths = Map::new();
    for resource_type in types() {
        schemas.insert(resource_type.name.clone(), shapes::shown(registry, resource_type));
        schemas.insert(shapes::sent_name(resource_type), shapes::sent(registry, resource_type));
        Operations::of(resource_type).add_to(&mut paths);
    }
    Operations::of(directory.resource_type(Kind::User)).add_me_to(&mut paths);
    operations::over_all_types(&mut paths);
    operations::bulk(&mut paths);
    operations::of_the_root(types(), &mut paths);
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Rollcall: SCIM 2.0",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Users and groups by SCIM 2.0 (RFC 7643, RFC 7644). Attribute names have no case; \
                            the schemas of this document are those of the answers.",
        },
        "servers": [{ "url": base_url }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The Secret Token of a service account",
                },
            },
            "schemas": schemas,
            "parameters": operations::parameters(),
            "responses": operations::refusals(),
        },
    })
}

/// A reference to a schema of the document.
fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
