//! Everything that is defined, as the administrator sees it.

use crate::admin_api::answer::Problem;
use crate::tenant::Tenant;
use ::directory::{Declared, Defined, Directory, Preset, Shape, Source, Stage, Then};
use serde_json::{Value, json};

/// What is defined:
///
/// - `schemas`: each a schema as `/Schemas` shows it, with `source` (`{"kind": "builtIn" | "admin" | "file" | "preset",
///   "name"}`) and `resourceTypes`, who uses it.
/// - `resourceTypes`: each as `/ResourceTypes` shows it, with `source` and `resources`, how many there are.
/// - `indexes`: `number`, `resourceType`, `attribute`, `unique`, `state` (`ready`, `building`, `clearing`, `failed`),
///   `source`; while it is worked on `done` and `total`; of a failed one `problemCount` and `problems`.
/// - `removing`: what is being taken away, in words.
/// - `presets`: `name` and `enabled`.
pub(super) async fn shown(tenant: &Tenant, directory: &Directory) -> Result<Value, Problem> {
    let shape = directory.shape().await?;
    let mut types = vec![];
    for kind in directory.kinds().iter() {
        let resource_type = directory.resource_type(kind);
        let mut shown = json!(resource_type);
        shown["source"] = source(&shape.resource_types, |t| t.name == resource_type.name);
        shown["resources"] = json!(directory.count(kind).await?);
        types.push(shown);
    }
    let schemas: Vec<Value> =
        directory.registry().schemas().iter().map(|s| schema(directory, &shape, s)).collect();
    let builtin = directory.indexes().iter().filter(|index| shape.index(index.number).is_none());
    let builtin = builtin.map(|index| {
        json!({
            "number": index.number,
            "resourceType": directory.name(index.kind),
            "attribute": &*index.name,
            "unique": index.is_unique(),
            "state": "ready",
            "source": { "kind": "builtIn" },
        })
    });
    let at_work = shape.next_task();
    let declared = shape.indexes.iter().filter(|index| index.stage != Stage::Retired);
    let declared = declared.map(|index| {
        let mut shown = self::index(&shape, index);
        if at_work.as_ref().is_some_and(|task| task.is_on(index.number)) {
            let (done, total) = tenant.progress();
            shown["done"] = json!(done);
            shown["total"] = json!(total);
        }
        shown
    });
    let is_on = |preset: Preset| {
        let source = Source::Preset { name: preset };
        shape.resource_types.iter().any(|t| t.source == source)
    };
    let presets: Vec<Value> =
        Preset::ALL.iter().map(|p| json!({ "name": p.name(), "enabled": is_on(*p) })).collect();
    Ok(json!({
        "schemas": schemas,
        "resourceTypes": types,
        "indexes": builtin.chain(declared).collect::<Vec<_>>(),
        "removing": shape.chores.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "presets": presets,
    }))
}

fn schema(directory: &Directory, shape: &Shape, schema: &scim::Schema) -> Value {
    let mut shown = json!(schema);
    shown["source"] = source(&shape.schemas, |s| s.id == schema.id);
    let registry = directory.registry();
    let uses = |t: &&std::sync::Arc<scim::ResourceType>| {
        registry.base(t).id == schema.id || registry.extension(t, &schema.id).is_some()
    };
    shown["resourceTypes"] = registry.resource_types().iter().filter(uses).map(|t| t.name.as_str()).collect();
    shown
}

fn index(shape: &Shape, index: &Declared) -> Value {
    let (state, failure) = match &index.stage {
        Stage::Building => ("building", None),
        Stage::Ready => ("ready", None),
        Stage::Failed(failure) => ("failed", Some(failure)),
        Stage::Clearing { then: Then::Fail(failure) } => ("clearing", Some(failure)),
        Stage::Clearing { then: Then::Build | Then::Retire } | Stage::Retired => ("clearing", None),
    };
    let mut shown = json!({
        "number": index.number,
        "resourceType": index.resource_type,
        "attribute": index.attribute,
        "unique": index.unique,
        "state": state,
        "source": source(&shape.wishes, |w| {
            w.resource_type == index.resource_type && w.attribute == index.attribute
        }),
    });
    if index.unique {
        let of_index = |s: &scim::Schema| {
            index.attribute.starts_with(&format!("{}:", s.id))
                || shape
                    .resource_types
                    .iter()
                    .any(|t| t.what.name == index.resource_type && t.what.schema == s.id)
        };
        shown["source"] = source(&shape.schemas, of_index);
    }
    if let Some(failure) = failure {
        shown["problemCount"] = json!(failure.count);
        shown["problems"] = json!(failure.problems);
    }
    shown
}

fn source<T>(all: &[Defined<T>], is_it: impl Fn(&T) -> bool) -> Value {
    let found = all.iter().find(|defined| is_it(&defined.what));
    found.map_or_else(|| json!({ "kind": "builtIn" }), |defined| json!(defined.source))
}
