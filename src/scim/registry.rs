//! All schemas and resource types of a tenant: immutable, and checked when built.
//!
//! A bad schema fails at start and never at request time.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::schema::{Attribute, Schema, Type};
use crate::urn;

/// A resource type (RFC 7643 section 6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceType {
    /// The name, which is also its id: `User`.
    pub name: String,
    /// The path below the base URI, with its slash: `/Users`.
    pub endpoint: String,
    /// The description for people.
    #[serde(default)]
    pub description: String,
    /// The URI of the base schema.
    pub schema: String,
    /// The extensions it may carry.
    #[serde(default)]
    pub schema_extensions: Vec<Extension>,
}

/// A schema that extends a resource type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extension {
    /// The URI of the extension.
    pub schema: String,
    /// Whether a resource must carry it.
    #[serde(default)]
    pub required: bool,
}

/// Why a set of schemas and resource types cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The text is not a schema or resource type.
    #[error("{file} is not readable as SCIM schema data")]
    Unreadable {
        /// Which text.
        file: String,
        /// What the JSON reader says.
        #[source]
        source: serde_json::Error,
    },
    /// A resource type names a schema that is not there.
    #[error("resource type {resource_type} names the schema {schema}, which is not defined")]
    MissingSchema {
        /// The resource type.
        resource_type: String,
        /// The schema it names.
        schema: String,
    },
    /// Two schemas, attributes or resource types have one name.
    #[error("{name} is defined twice in {place}")]
    Twice {
        /// The name.
        name: String,
        /// Where.
        place: String,
    },
    /// A schema's URI continues that of another, so that no path could tell its attributes from the other's.
    #[error("the URI of {schema} continues that of {above}; paths could not tell them apart")]
    Nested {
        /// The schema with the longer URI.
        schema: String,
        /// The one it continues.
        above: String,
    },
    /// A schema is base and extension of one type, or extends it twice.
    #[error("resource type {resource_type} has the schema {schema} twice")]
    SchemaTwice {
        /// The resource type.
        resource_type: String,
        /// The schema.
        schema: String,
    },
    /// An extension's attribute has the name of one the resource has already.
    #[error(
        "{attribute} of {schema} clashes with the attribute of that name which a {resource_type} has already; \
         rename it"
    )]
    Clash {
        /// The extension.
        schema: String,
        /// The attribute.
        attribute: String,
        /// The resource type.
        resource_type: String,
    },
    /// An attribute breaks a rule of RFC 7643.
    #[error("attribute {attribute} of {schema}: {reason}")]
    BadAttribute {
        /// The schema.
        schema: String,
        /// The attribute.
        attribute: String,
        /// The rule it breaks.
        reason: &'static str,
    },
}

/// All schemas and resource types.
#[derive(Debug, Clone)]
pub struct Registry {
    schemas: Vec<Arc<Schema>>,
    resource_types: Vec<Arc<ResourceType>>,
}

/// The attributes every resource has (RFC 7643 section 3.1) and `schemas`.
static COMMON: LazyLock<Vec<Arc<Attribute>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("data/common.json"))
        .expect("the built-in common attributes are well formed")
});

impl Registry {
    /// Users, groups and the enterprise extension.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the data is part of the program, and a test reads it")]
    pub fn builtin() -> Self {
        let (schemas, types) = Self::builtin_parts();
        Self::new(schemas, types).expect("the built-in schemas fit together")
    }

    /// What [`Self::builtin`] is made of, for a registry that holds more.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the data is part of the program, and a test reads it")]
    pub fn builtin_parts() -> (Vec<Schema>, Vec<ResourceType>) {
        let schemas = [
            include_str!("data/user.json"),
            include_str!("data/group.json"),
            include_str!("data/enterprise_user.json"),
        ]
        .map(|text| serde_json::from_str(text).expect("the built-in schemas are well formed"));
        let types = serde_json::from_str(include_str!("data/resource_types.json"))
            .expect("the built-in resource types are well formed");
        (schemas.into(), types)
    }

    /// Builds a registry and checks that its parts fit together.
    pub fn new(schemas: Vec<Schema>, resource_types: Vec<ResourceType>) -> Result<Self, RegistryError> {
        for (i, schema) in schemas.iter().enumerate() {
            if schemas[..i].iter().any(|s| urn::same(&s.id, &schema.id)) {
                return Err(RegistryError::Twice { name: schema.id.clone(), place: "the schemas".into() });
            }
            if let Some(other) = schemas.iter().find(|s| is_below(&s.id, &schema.id)) {
                return Err(RegistryError::Nested { schema: other.id.clone(), above: schema.id.clone() });
            }
            check_attributes(&schema.id, &schema.attributes, Depth::Top)?;
        }
        for (i, resource_type) in resource_types.iter().enumerate() {
            let twice = |t: &ResourceType| {
                t.name.eq_ignore_ascii_case(&resource_type.name)
                    || t.endpoint.eq_ignore_ascii_case(&resource_type.endpoint)
            };
            if resource_types[..i].iter().any(twice) {
                return Err(RegistryError::Twice {
                    name: resource_type.name.clone(),
                    place: "the resource types".into(),
                });
            }
            let named = std::iter::once(&resource_type.schema)
                .chain(resource_type.schema_extensions.iter().map(|e| &e.schema));
            for id in named {
                if !schemas.iter().any(|s| urn::same(&s.id, id)) {
                    return Err(RegistryError::MissingSchema {
                        resource_type: resource_type.name.clone(),
                        schema: id.clone(),
                    });
                }
            }
            check_extensions(resource_type, &schemas)?;
        }
        Ok(Self {
            schemas: schemas.into_iter().map(Arc::new).collect(),
            resource_types: resource_types.into_iter().map(Arc::new).collect(),
        })
    }

    /// Every schema, in the order they are shown.
    #[must_use]
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// Every resource type, in the order they are shown.
    #[must_use]
    pub fn resource_types(&self) -> &[Arc<ResourceType>] {
        &self.resource_types
    }

    /// The schema with that URI.
    #[must_use]
    pub fn schema(&self, id: &str) -> Option<&Arc<Schema>> {
        self.schemas.iter().find(|s| urn::same(&s.id, id))
    }

    /// The resource type with that name.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.resource_types.iter().find(|t| t.name.eq_ignore_ascii_case(name))
    }

    /// The attributes every resource has: `schemas`, `id`, `externalId`, `meta`.
    #[must_use]
    pub fn common(&self) -> &[Arc<Attribute>] {
        &COMMON
    }

    /// The base schema of a resource type.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the registry was checked when it was built")]
    pub fn base(&self, resource_type: &ResourceType) -> &Arc<Schema> {
        self.schema(&resource_type.schema).expect("checked when the registry was built")
    }

    /// The extension of a resource type with that URI.
    #[must_use]
    pub fn extension(&self, resource_type: &ResourceType, id: &str) -> Option<&Arc<Schema>> {
        let extension = resource_type.schema_extensions.iter().find(|e| urn::same(&e.schema, id))?;
        self.schema(&extension.schema)
    }

    /// The extensions a resource of that type may carry, in the order they are shown.
    pub fn extensions<'r>(
        &'r self,
        resource_type: &'r ResourceType,
    ) -> impl Iterator<Item = &'r Arc<Schema>> {
        resource_type.schema_extensions.iter().filter_map(|extension| self.schema(&extension.schema))
    }

    /// A common attribute or one of the base schema, by its unqualified name.
    #[must_use]
    pub fn core_attribute(&self, resource_type: &ResourceType, name: &str) -> Option<&Arc<Attribute>> {
        self.base(resource_type)
            .attribute(name)
            .or_else(|| self.common().iter().find(|a| a.name.eq_ignore_ascii_case(name)))
    }
}

/// Whether a URI is another one and more behind a colon or dot, which is how paths name attributes.
fn is_below(uri: &str, above: &str) -> bool {
    uri.split_at_checked(above.len())
        .is_some_and(|(head, rest)| urn::same(head, above) && rest.starts_with([':', '.']))
}

/// Checks that no extension hides an attribute, so that a short name always means one thing.
fn check_extensions(resource_type: &ResourceType, schemas: &[Schema]) -> Result<(), RegistryError> {
    let find = |id: &str| schemas.iter().find(|s| urn::same(&s.id, id));
    let Some(base) = find(&resource_type.schema) else { return Ok(()) };
    for (i, extension) in resource_type.schema_extensions.iter().enumerate() {
        let before = resource_type.schema_extensions[..i].iter().map(|e| &e.schema);
        if std::iter::once(&base.id).chain(before).any(|id| urn::same(id, &extension.schema)) {
            return Err(RegistryError::SchemaTwice {
                resource_type: resource_type.name.clone(),
                schema: extension.schema.clone(),
            });
        }
        let Some(schema) = find(&extension.schema) else { continue };
        let taken = |name: &str| {
            base.attribute(name).is_some() || COMMON.iter().any(|a| a.name.eq_ignore_ascii_case(name))
        };
        if let Some(attribute) = schema.attributes.iter().find(|a| taken(&a.name)) {
            return Err(RegistryError::Clash {
                schema: schema.id.clone(),
                attribute: attribute.name.clone(),
                resource_type: resource_type.name.clone(),
            });
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Depth {
    Top,
    Sub,
}

fn check_attributes(schema: &str, attributes: &[Arc<Attribute>], depth: Depth) -> Result<(), RegistryError> {
    for (i, attribute) in attributes.iter().enumerate() {
        let bad = |reason| RegistryError::BadAttribute {
            schema: schema.to_owned(),
            attribute: attribute.name.clone(),
            reason,
        };
        if attributes[..i].iter().any(|a| a.name.eq_ignore_ascii_case(&attribute.name)) {
            return Err(RegistryError::Twice { name: attribute.name.clone(), place: schema.to_owned() });
        }
        if !is_attribute_name(&attribute.name) {
            return Err(bad("a name is a letter, then letters, digits, '-' and '_' (RFC 7643 section 2.1)"));
        }
        match (attribute.kind, depth) {
            (Type::Complex, Depth::Sub) => {
                return Err(bad("a sub-attribute cannot be complex (RFC 7643 section 2.3.8)"));
            }
            (Type::Complex, Depth::Top) if attribute.sub_attributes.is_empty() => {
                return Err(bad("a complex attribute needs sub-attributes"));
            }
            (Type::Complex, Depth::Top) => check_attributes(schema, &attribute.sub_attributes, Depth::Sub)?,
            _ if !attribute.sub_attributes.is_empty() => {
                return Err(bad("only a complex attribute has sub-attributes"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// RFC 7643 section 2.1: `ATTRNAME = ALPHA *(nameChar)`; `$ref` is the one name the RFC itself makes an exception for.
#[must_use]
pub fn is_attribute_name(name: &str) -> bool {
    if name == "$ref" {
        return true;
    }
    let mut letters = name.bytes();
    letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(attributes: &str) -> Schema {
        serde_json::from_str(&format!(
            r#"{{"id":"urn:x","name":"X","description":"","attributes":{attributes}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn the_builtin_registry_has_users_groups_and_the_enterprise_extension() {
        let registry = Registry::builtin();
        let user = registry.resource_type("user").unwrap();
        assert_eq!(user.name, "User");
        assert!(
            registry
                .extension(user, urn::ENTERPRISE_USER)
                .unwrap()
                .attribute("MANAGER")
                .unwrap()
                .is_complex()
        );
        assert!(registry.core_attribute(user, "USERNAME").unwrap().required);
        assert_eq!(registry.core_attribute(user, "externalid").unwrap().name, "externalId");
    }

    #[test]
    fn a_complex_sub_attribute_is_refused() {
        let bad =
            schema(r#"[{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex"}]}]"#);
        assert!(Registry::new(vec![bad], vec![]).unwrap_err().to_string().contains("cannot be complex"));
    }

    #[test]
    fn a_bad_name_and_a_name_given_twice_are_refused() {
        assert!(Registry::new(vec![schema(r#"[{"name":"9a"}]"#)], vec![]).is_err());
        assert!(Registry::new(vec![schema(r#"[{"name":"a"},{"name":"A"}]"#)], vec![]).is_err());
    }

    fn extended(extension: &str) -> Result<Registry, RegistryError> {
        let (mut schemas, mut types) = Registry::builtin_parts();
        schemas.push(serde_json::from_str(extension).unwrap());
        let schema = schemas.last().unwrap().id.clone();
        types[0].schema_extensions.push(Extension { schema, required: false });
        Registry::new(schemas, types)
    }

    #[test]
    fn an_extension_may_not_hide_an_attribute_of_the_core() {
        assert!(extended(r#"{"id":"urn:x:y","attributes":[{"name":"badge"}]}"#).is_ok());
        for name in ["USERNAME", "externalID", "meta"] {
            let clash =
                extended(&format!(r#"{{"id":"urn:x:y","attributes":[{{"name":"{name}"}}]}}"#)).unwrap_err();
            assert!(matches!(clash, RegistryError::Clash { .. }), "{clash}");
        }
    }

    #[test]
    fn a_schema_whose_uri_continues_another_is_refused() {
        let below = format!(r#"{{"id":"{}:more","attributes":[{{"name":"badge"}}]}}"#, urn::USER);
        assert!(matches!(extended(&below), Err(RegistryError::Nested { .. })));
    }

    #[test]
    fn a_schema_cannot_extend_a_type_twice() {
        let (schemas, mut types) = Registry::builtin_parts();
        types[0].schema_extensions.push(Extension { schema: urn::ENTERPRISE_USER.into(), required: false });
        assert!(matches!(Registry::new(schemas, types), Err(RegistryError::SchemaTwice { .. })));
    }

    #[test]
    fn a_resource_type_without_its_schema_is_refused() {
        let stray = ResourceType {
            name: "Thing".into(),
            endpoint: "/Things".into(),
            description: String::new(),
            schema: "urn:none".into(),
            schema_extensions: vec![],
        };
        assert!(matches!(Registry::new(vec![], vec![stray]), Err(RegistryError::MissingSchema { .. })));
    }
}
