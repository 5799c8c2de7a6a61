//! Paths (RFC 7644 section 3.5.2, figure 7): text to tree, and tree to schema attributes.
//!
//! What a PATCH operation does at a path is not decided here: see [`crate::patch`].

mod bind;
mod parse;

pub(crate) use bind::{Named, resolve};

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::dialect::Deviation;
use crate::filter::{BoundFilter, Filter};
use crate::json::Object;
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Returned, Schema};

/// A path as written: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each with or without a URN before it,
/// or the URN of an extension alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub(crate) name: String,
    pub(crate) filter: Option<Filter>,
    pub(crate) sub: Option<String>,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        self.sub.iter().try_for_each(|sub| write!(f, ".{sub}"))
    }
}

/// An attribute of a resource type, with the extension it belongs to and perhaps one sub-attribute.
#[derive(Debug, Clone)]
pub struct AttributePath {
    extension: Option<Arc<Schema>>,
    attribute: Arc<Attribute>,
    sub: Option<Arc<Attribute>>,
}

impl AttributePath {
    /// A path from its parts.
    #[must_use]
    pub fn new(
        extension: Option<Arc<Schema>>,
        attribute: Arc<Attribute>,
        sub: Option<Arc<Attribute>>,
    ) -> Self {
        Self { extension, attribute, sub }
    }

    /// A path relative to an element of a complex attribute.
    #[must_use]
    pub fn relative(sub: Arc<Attribute>) -> Self {
        Self { extension: None, attribute: sub, sub: None }
    }

    /// The attribute a name stands for, in any case; one of an extension also without its URN.
    #[must_use]
    pub fn find(registry: &Registry, resource_type: &ResourceType, name: &str) -> Option<Self> {
        match resolve(registry, resource_type, name) {
            (Named::Attribute(path), None | Some(Deviation::UnqualifiedExtension)) => Some(path),
            _ => None,
        }
    }

    /// The attribute with this canonical name, as [`Self::name`] prints it.
    #[must_use]
    pub fn named(registry: &Registry, resource_type: &ResourceType, name: &str) -> Option<Self> {
        match resolve(registry, resource_type, name) {
            (Named::Attribute(path), None) if path.name() == name => Some(path),
            _ => None,
        }
    }

    /// Whether what it names is never returned (RFC 7643 section 7), by itself or as part of what is not.
    #[must_use]
    pub fn is_never_returned(&self) -> bool {
        self.attribute().returned == Returned::Never || self.last().returned == Returned::Never
    }

    /// The extension the attribute belongs to; `None` for the base schema and the common attributes.
    #[must_use]
    pub fn extension(&self) -> Option<&Arc<Schema>> {
        self.extension.as_ref()
    }

    /// The attribute.
    #[must_use]
    pub fn attribute(&self) -> &Arc<Attribute> {
        &self.attribute
    }

    /// The sub-attribute.
    #[must_use]
    pub fn sub(&self) -> Option<&Arc<Attribute>> {
        self.sub.as_ref()
    }

    /// The attribute the path ends at.
    #[must_use]
    pub fn last(&self) -> &Arc<Attribute> {
        self.sub.as_ref().unwrap_or(&self.attribute)
    }

    /// The path in the schema's case: `emails.value`, `urn:...:User:manager.value`.
    #[must_use]
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// The value of the attribute itself, without the sub-attribute, in a resource as it is stored or shown.
    #[must_use]
    pub fn top_value<'o>(&self, resource: &'o Object) -> Option<&'o Value> {
        match &self.extension {
            None => resource.get(&self.attribute.name),
            Some(schema) => resource.get(&schema.id)?.get(&self.attribute.name),
        }
    }
}

impl PartialEq for AttributePath {
    /// Paths of one registry are equal when they name the same place.
    fn eq(&self, other: &Self) -> bool {
        let id = |schema: &Option<Arc<Schema>>| schema.as_ref().map(|s| s.id.clone());
        let name = |sub: &Option<Arc<Attribute>>| sub.as_ref().map(|s| s.name.clone());
        self.attribute.name == other.attribute.name
            && name(&self.sub) == name(&other.sub)
            && id(&self.extension) == id(&other.extension)
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.extension {
            write!(f, "{}:", schema.id)?;
        }
        f.write_str(&self.attribute.name)?;
        self.sub.iter().try_for_each(|sub| write!(f, ".{}", sub.name))
    }
}

/// A path bound to a resource type.
#[derive(Debug, Clone, PartialEq)]
pub enum BoundPath {
    /// All of an extension.
    Extension(Extension),
    /// An attribute, some of its elements, or a sub-attribute of either.
    Attribute {
        /// The attribute; a complex one stands for itself and not for its `value`.
        path: AttributePath,
        /// Which elements of it.
        selection: Option<Selection>,
    },
}

/// An extension of the resource type.
#[derive(Debug, Clone)]
pub struct Extension(pub Arc<Schema>);

impl PartialEq for Extension {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

/// Which elements of a multi-valued attribute a path speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// What an element must match; paths are relative to the element.
    pub filter: BoundFilter,
    /// The element the filter describes, where it is made of `eq` and `and` alone: `{"type": "work"}`.
    pub seed: Option<Object>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, Lenience, Registry, ScimError, ScimType, urn};

    fn bind(text: &str, dialect: &Dialect) -> Result<Option<BoundPath>, ScimError> {
        let registry = Registry::builtin();
        let user = registry.resource_type("User").unwrap();
        Path::parse(text)?.bind(&registry, user, &mut Lenience::new(dialect))
    }

    fn name(text: &str) -> String {
        match bind(text, &Dialect::tolerant()).unwrap().unwrap() {
            BoundPath::Extension(Extension(schema)) => schema.id.clone(),
            BoundPath::Attribute { path, selection: None } => path.name(),
            BoundPath::Attribute { path, selection: Some(_) } => format!("{}[]", path.name()),
        }
    }

    #[test]
    fn rfc7644_3_5_2_every_form_of_a_path_is_read_and_printed_as_it_stands() {
        for text in [
            "members",
            "name.familyName",
            r#"addresses[type eq "work"]"#,
            r#"members[value eq "2819c223-7f76-453a-919d-413861904646"]"#,
            r#"members[value eq "2819c223-7f76-453a-919d-413861904646"].displayName"#,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            urn::ENTERPRISE_USER,
        ] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn bound_names_are_those_of_the_schema_and_a_complex_attribute_stands_for_itself() {
        assert_eq!(name("EMAILS"), "emails");
        assert_eq!(name(r#"addresses[type eq "work"].Formatted"#), "addresses.formatted[]");
        assert_eq!(name("Name.FAMILYNAME"), "name.familyName");
        assert_eq!(name(&format!("{}:USERNAME", urn::USER)), "userName");
        assert_eq!(name(&urn::ENTERPRISE_USER.to_ascii_uppercase()), urn::ENTERPRISE_USER);
        assert_eq!(
            name(&format!("{}.Manager", urn::ENTERPRISE_USER)),
            format!("{}:manager", urn::ENTERPRISE_USER)
        );
    }

    #[test]
    fn e6_the_element_a_filter_describes_has_the_types_of_the_schema() {
        let seed = |text: &str| match bind(text, &Dialect::tolerant()).unwrap().unwrap() {
            BoundPath::Attribute { selection: Some(selection), .. } => selection.seed.map(Value::Object),
            other => panic!("{other:?}"),
        };
        let primary = serde_json::json!({"primary": true});
        assert_eq!(seed(r#"roles[primary eq "True"].display"#), Some(primary));
        let both = serde_json::json!({"type": "Work", "value": "x"});
        assert_eq!(seed(r#"emails[TYPE eq "Work" and value eq x]"#), Some(both));
        assert_eq!(seed(r#"emails[type eq "a" or type eq "b"]"#), None);
        assert_eq!(seed(r#"emails[type eq "a" and type eq "b"]"#), None);
        assert_eq!(seed("emails[type ne \"a\"]"), None);
    }

    #[test]
    fn a_path_that_names_nothing_is_passed_over_or_refused() {
        for text in
            ["shoe", "name.shoe", "emails[shoe eq 1]", "emails[type pr].shoe", "urn:x:y", "userName.x"]
        {
            assert_eq!(bind(text, &Dialect::tolerant()), Ok(None), "{text}");
            let error = bind(text, &Dialect::strict()).unwrap_err();
            assert_eq!(error.scim_type(), Some(ScimType::InvalidPath), "{text}");
        }
        assert!(bind(urn::USER, &Dialect::tolerant()).is_err());
        assert!(bind(&format!("{}[a pr]", urn::ENTERPRISE_USER), &Dialect::tolerant()).is_err());
    }
}
