//! Any file is schemas and resource types or an error; what is shown of them reads as the same, and a registry made of
//! them checks bodies.
#![no_main]

#[expect(dead_code, reason = "shared with targets that use all of it")]
mod sample;

use libfuzzer_sys::fuzz_target;
use scim::context::Context;
use scim::custom::{resource_type_faults, schema_faults};
use scim::dialect::Lenience;
use scim::document::{Document, documents};
use scim::registry::{Registry, ResourceType};
use scim::schema::Schema;

use self::sample::{STORED, TOLERANT, checked};

fuzz_target!(|text: &[u8]| {
    let Ok(documents) = documents(text) else { return };
    let (mut schemas, mut types) = Registry::builtin_parts();
    for document in documents {
        match document {
            Document::Schema(schema) if schema_faults(&schema).is_empty() => {
                check_shown(&schema);
                schemas.push(schema);
            }
            Document::ResourceType(one) if resource_type_faults(&one).is_empty() => add(&mut types, one),
            Document::Schema(_) | Document::ResourceType(_) | Document::Index(_) => {}
        }
    }
    let Ok(registry) = Registry::new(schemas, types) else { return };
    for (name, stored) in &*STORED {
        let body = serde_json::to_vec(stored).expect("JSON prints");
        let _ = checked(&registry, name, &body, Context::CreateRequest, &mut Lenience::new(&TOLERANT));
    }
    for resource_type in registry.resource_types() {
        let name = &resource_type.name;
        let _ = checked(&registry, name, text, Context::CreateRequest, &mut Lenience::new(&TOLERANT));
    }
});

/// A type of the name that is there takes its place, as when extensions are added to a built-in one.
fn add(types: &mut Vec<ResourceType>, one: ResourceType) {
    types.retain(|there| !there.name.eq_ignore_ascii_case(&one.name));
    types.push(one);
}

fn check_shown(schema: &Schema) {
    let text = serde_json::to_vec(schema).expect("schema data is JSON");
    let again = documents(&text).expect("what is shown of a schema is a schema");
    assert_eq!(again, [Document::Schema(schema.clone())], "shown as {}", String::from_utf8_lossy(&text));
}
