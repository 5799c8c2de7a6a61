//! The interface as an `OpenAPI` 3.1 document, made from the schemas and resource types that are there: custom ones
//! appear in it as soon as they are served.
//!
//! It is for people and tools that do not speak SCIM; SCIM's own discovery says more. Pure: `discovery` serves it.

mod components;
mod messages;
mod operations;
mod shapes;

use directory::Kind;
use scim::{Registry, ResourceType};
use serde_json::{Map, Value, json};

use self::operations::Operations;
use super::group_members;
use crate::tenant::Tenant;

/// The media type of an `OpenAPI` document (the `OpenAPI` Initiative registers it with a version).
pub(super) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

/// The document of a tenant.
pub(super) fn document(tenant: &Tenant) -> Value {
    let directory = tenant.directory();
    let registry = directory.registry();
    let types = || directory.kinds().iter().map(|kind| directory.resource_type(kind));
    let mut schemas = messages::schemas();
    let mut paths = Map::new();
    let mut describe = |registry: &Registry, resource_type: &ResourceType| {
        schemas.insert(resource_type.name.clone(), shapes::shown(registry, resource_type));
        schemas.insert(shapes::sent_name(resource_type), shapes::sent(registry, resource_type));
    };
    for resource_type in types() {
        describe(registry, resource_type);
        Operations::of(resource_type).add_to(&mut paths);
    }
    if tenant.group_members {
        let resource_type = group_members::resource_type();
        describe(group_members::registry(), resource_type);
        Operations::of(resource_type).add_unchanging_to(&mut paths);
    }
    Operations::of(directory.resource_type(Kind::User)).add_me_to(&mut paths);
    operations::over_all_types(&mut paths);
    operations::bulk(&mut paths);
    operations::later_requests(&mut paths);
    operations::of_the_root(types(), &mut paths);
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Rollcall: SCIM 2.0",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Users and groups by SCIM 2.0 (RFC 7643, RFC 7644). Attribute names have no case; \
                            the schemas of this document are those of the answers.",
        },
        "servers": [{ "url": tenant.base_url }],
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
            "parameters": components::parameters(),
            "responses": components::refusals(),
        },
    })
}

/// A reference to a schema of the document.
fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
