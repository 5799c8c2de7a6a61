//! Applying a [`Patch`]: which attribute each operation is about.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::target::Target;
use super::{Applied, Change, EdgeChange, Operation, Patch, Verb, edges};
use crate::check;
use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::{self, Object};
use crate::path::{AttributePath, BoundPath, Extension, Named, Path, Selection, resolve};
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Mutability, Schema};

/// The most tests in the filters of all paths of one message: each is held against every value of its attribute.
pub const MAX_TESTS: usize = 2_000;

/// Applies the operations in their order, each to what the one before it left. On an error nothing has happened.
///
/// `stored` is canonical, as [`check::resource`] makes it: without `id`, `meta`, `groups` and `members`.
pub fn apply(
    registry: &Registry,
    resource_type: &ResourceType,
    stored: &Object,
    patch: &Patch,
    lenience: &mut Lenience<'_>,
) -> Result<Applied, ScimError> {
    let mut work =
        Work { registry, resource_type, attributes: stored.clone(), edges: Vec::new(), tests: 0, lenience };
    for (i, operation) in patch.operations.iter().enumerate() {
        work.operation(operation).map_err(|e| e.at(&format!("Operations[{i}]")))?;
    }
    let Work { mut attributes, edges, .. } = work;
    attributes.retain(|_, value| value.as_object().is_none_or(|object| !object.is_empty()));
    check::finish(registry, resource_type, &mut attributes);
    // What was wrong before is not this client's doing.
    if check::require(registry, resource_type, stored).is_ok() {
        check::require(registry, resource_type, &attributes)?;
    }
    let changed = attributes != *stored;
    Ok(Applied { attributes, edges, changed })
}

/// A resource being changed.
struct Work<'w, 'd> {
    registry: &'w Registry,
    resource_type: &'w ResourceType,
    attributes: Object,
    edges: Vec<EdgeChange>,
    /// How many tests the filters of the paths so far had.
    tests: usize,
    lenience: &'w mut Lenience<'d>,
}

impl Work<'_, '_> {
    fn operation(&mut self, operation: &Operation) -> Result<(), ScimError> {
        match operation {
            Operation::At { path, change } => {
                match path.bind(self.registry, self.resource_type, self.lenience)? {
                    None => Ok(()),
                    Some(BoundPath::Extension(Extension(schema))) => self.extension(&schema, change.clone()),
                    Some(BoundPath::Attribute { path, selection }) => {
                        self.attribute(&path, selection.as_ref(), change.clone())
                    }
                }
            }
            Operation::Whole { verb, value } => {
                once_each(value)?;
                value.iter().try_for_each(|(name, value)| self.member(*verb, name, value.clone()))
            }
        }
    }

    /// One member of a value without a path.
    fn member(&mut self, verb: Verb, name: &str, value: Value) -> Result<(), ScimError> {
        // Okta renames a group with its id beside the new name.
        if name.eq_ignore_ascii_case("id") {
            return Ok(());
        }
        let (named, needs) = resolve(self.registry, self.resource_type, name);
        match named {
            Named::Attribute(path) if needs.is_none() && path.sub().is_none() && !name.contains(':') => {
                self.attribute_of_value(&path, None, verb.change(value))
            }
            Named::Attribute(path)
                if needs == Some(Deviation::UnqualifiedExtension)
                    && path.sub().is_none()
                    && self.lenience.bends(Deviation::UnqualifiedExtension, || name.to_owned()) =>
            {
                self.attribute_of_value(&path, None, verb.change(value))
            }
            Named::Extension(schema) if needs.is_none_or(|d| self.lenience.bends(d, || name.to_owned())) => {
                self.extension(&schema, verb.change(value))
            }
            Named::Attribute(_) | Named::Extension(_) | Named::Base | Named::Nothing => {
                self.dotted(verb, name, name, value)
            }
        }
    }

    /// A member whose name is a path of its own: `name.givenName`, `urn:...:User:department`.
    fn dotted(&mut self, verb: Verb, name: &str, path: &str, value: Value) -> Result<(), ScimError> {
        if !name.contains(['.', ':', '[']) {
            return self.unknown(name);
        }
        if !self.lenience.bends(Deviation::DottedKeys, || format!("{name:?}")) {
            return Err(ScimError::invalid_syntax(format!(
                "{name:?} is a path and not the name of an attribute; give it as the \"path\" of an operation"
            )));
        }
        let Ok(path) = Path::parse(path) else { return self.unknown(name) };
        match path.bind(self.registry, self.resource_type, self.lenience)? {
            None => Ok(()),
            Some(BoundPath::Extension(Extension(schema))) => self.extension(&schema, verb.change(value)),
            Some(BoundPath::Attribute { path, selection }) => {
                self.attribute_of_value(&path, selection.as_ref(), verb.change(value))
            }
        }
    }

    fn unknown(&mut self, name: &str) -> Result<(), ScimError> {
        check::allow(self.lenience, Deviation::UnknownAttribute, || {
            format!("{} has no attribute {name:?}", self.resource_type.name)
        })
    }

    /// All of an extension, or the members of an object of its attributes.
    fn extension(&mut self, schema: &Arc<Schema>, change: Change) -> Result<(), ScimError> {
        let (verb, value) = match change {
            Change::Remove(_) | Change::Replace(Value::Null) => return self.drop_extension(schema),
            Change::Add(Value::Null) => return Ok(()),
            Change::Add(value) => (Verb::Add, value),
            Change::Replace(value) => (Verb::Replace, value),
        };
        let Value::Object(object) = value else {
            return Err(check::wrong_type(&schema.id, "an object", &value));
        };
        once_each(&object)?;
        for (name, value) in object {
            match schema.attribute(&name) {
                Some(attribute) => {
                    let path = AttributePath::new(Some(Arc::clone(schema)), Arc::clone(attribute), None);
                    self.attribute_of_value(&path, None, verb.change(value))?;
                }
                None => self.dotted(verb, &name, &format!("{}:{name}", schema.id), value)?,
            }
        }
        Ok(())
    }

    fn drop_extension(&mut self, schema: &Schema) -> Result<(), ScimError> {
        let required = |e: &crate::registry::Extension| e.required && e.schema == schema.id;
        if self.resource_type.schema_extensions.iter().any(required) {
            return Err(ScimError::mutability(format!(
                "{} must carry the extension {}",
                self.resource_type.name, schema.id
            )));
        }
        let stored = self.attributes.get(&schema.id).and_then(Value::as_object);
        let is_fixed = |a: &Attribute| matches!(a.mutability, Mutability::Immutable | Mutability::ReadOnly);
        let fixed =
            schema.attributes.iter().find(|a| is_fixed(a) && stored.is_some_and(|s| s.contains_key(&a.name)));
        if let Some(fixed) = fixed {
            return Err(ScimError::mutability(format!(
                "{}:{} cannot be taken away once it is set, so the extension stays",
                schema.id, fixed.name
            )));
        }
        self.attributes.shift_remove(&schema.id);
        Ok(())
    }

    /// An attribute named inside a value: a read-only one may be left out there (Okta sends `id`, others `meta`).
    fn attribute_of_value(
        &mut self,
        path: &AttributePath,
        selection: Option<&Selection>,
        change: Change,
    ) -> Result<(), ScimError> {
        if is_read_only(path) && self.lenience.bends(Deviation::ReadOnlyIgnored, || path.name()) {
            return Ok(());
        }
        self.attribute(path, selection, change)
    }

    fn attribute(
        &mut self,
        path: &AttributePath,
        selection: Option<&Selection>,
        change: Change,
    ) -> Result<(), ScimError> {
        let attribute = path.attribute();
        self.tests += selection.map_or(0, |selection| selection.filter.tests());
        if self.tests > MAX_TESTS {
            return Err(ScimError::invalid_path(format!(
                "the filters of all paths up to here have {} tests; at most {MAX_TESTS} are taken in one message",
                self.tests
            )));
        }
        if is_read_only(path) {
            return Err(ScimError::mutability(format!("{path} is read-only: the server keeps it")));
        }
        if path.extension().is_none() && attribute.name == "schemas" {
            return match change {
                Change::Remove(_) => Err(ScimError::mutability("schemas is required and kept by the server")),
                // The server lists the schemas that carry data; there is nothing to do for a list of URIs.
                Change::Add(Value::Array(uris)) | Change::Replace(Value::Array(uris))
                    if uris.iter().all(Value::is_string) =>
                {
                    Ok(())
                }
                Change::Add(other) | Change::Replace(other) => Err(ScimError::invalid_value(format!(
                    "schemas must be a list of URIs; {} was given",
                    json::kind_of(&other)
                ))),
            };
        }
        check::refuse_password(self.resource_type, attribute, self.lenience)?;
        if attribute.mutability == Mutability::WriteOnly {
            return match change {
                Change::Remove(_) => Ok(()),
                Change::Add(value) | Change::Replace(value) => {
                    check::value(path.last(), value, &path.name(), self.lenience).map(|_| ())
                }
            };
        }
        if check::is_edge(self.resource_type, attribute) {
            self.edges.extend(edges::changes(path, selection, change, self.lenience)?);
            return Ok(());
        }
        let object = match path.extension() {
            None => &mut self.attributes,
            Some(schema) => self
                .attributes
                .entry(schema.id.clone())
                .or_insert_with(|| Value::Object(Object::new()))
                .as_object_mut()
                .expect("a stored resource keeps extensions as objects"),
        };
        Target { path, selection }.change(object, change, self.lenience)
    }
}

fn is_read_only(path: &AttributePath) -> bool {
    path.attribute().mutability == Mutability::ReadOnly || path.last().mutability == Mutability::ReadOnly
}

/// Refuses an object that names an attribute twice, in different case: which of both is meant, nobody knows.
fn once_each(object: &Object) -> Result<(), ScimError> {
    let mut seen = HashSet::with_capacity(object.len());
    match object.keys().find(|name| !seen.insert(name.to_ascii_lowercase())) {
        Some(name) => Err(ScimError::invalid_syntax(format!("{name} is given twice, in different case"))),
        None => Ok(()),
    }
}
