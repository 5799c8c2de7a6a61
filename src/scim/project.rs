//! Which attributes an answer shows: `attributes`, `excludedAttributes` and `returned` (RFC 7644 section 3.9).
//!
//! It does not load anything: [`Projection::wants`] tells the caller what need not be loaded.

use std::sync::Arc;

use serde_json::Value;

use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::filter::{Binder, BoundFilter, Unknown};
use crate::json::Object;
use crate::path::{AttributePath, Named, Path, resolve};
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Returned, Schema};
use crate::urn;

/// What a client asked to see of resources of one type.
#[derive(Debug, Clone)]
pub struct Projection {
    mode: Mode,
    items: Vec<Item>,
    core: Vec<Arc<Attribute>>,
    extensions: Vec<Arc<Schema>>,
    /// Whether stored resources may have what is not shown unless named, or never.
    hides: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    /// Nothing was asked.
    Plain,
    /// `attributes`.
    Select,
    /// `excludedAttributes`.
    Exclude,
}

/// One name of a list.
#[derive(Debug, Clone)]
enum Item {
    Extension(Arc<Schema>),
    Attribute { path: AttributePath, filter: Option<BoundFilter> },
}

impl Item {
    fn is_of(&self, extension: Option<&Schema>, attribute: &Attribute) -> bool {
        match self {
            Self::Extension(schema) => extension.is_some_and(|e| e.id == schema.id),
            Self::Attribute { path, .. } => {
                path.attribute().name == attribute.name
                    && path.extension().map(|s| &s.id) == extension.map(|s| &s.id)
            }
        }
    }

    /// Whether the item names all of what it names, and not some sub-attribute or some elements.
    fn is_whole(&self) -> bool {
        match self {
            Self::Extension(_) => true,
            Self::Attribute { path, filter } => path.sub().is_none() && filter.is_none(),
        }
    }

    fn has_element(&self, element: &Value) -> bool {
        match self {
            Self::Extension(_) | Self::Attribute { filter: None, .. } => true,
            Self::Attribute { filter: Some(filter), .. } => {
                element.as_object().is_some_and(|object| filter.matches(object))
            }
        }
    }

    fn has_sub(&self, sub: &Attribute) -> bool {
        match self {
            Self::Extension(_) => true,
            Self::Attribute { path, .. } => path.sub().is_none_or(|s| s.name == sub.name),
        }
    }

    /// Whether a sub-attribute is named by its own name.
    fn names_sub(&self, sub: &Attribute) -> bool {
        match self {
            Self::Extension(_) => false,
            Self::Attribute { path, .. } => path.sub().is_some_and(|s| s.name == sub.name),
        }
    }
}

impl Projection {
    /// Reads the two parameters; names no schema knows are left alone. Both together are 400 `invalidValue`.
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        registry: &Registry,
        resource_type: &ResourceType,
        lenience: &mut Lenience<'_>,
    ) -> Result<Self, ScimError> {
        let given = |text: Option<&str>| text.is_some_and(|t| !t.trim().is_empty());
        let (mode, text) = match (given(attributes), given(excluded)) {
            (true, true) => {
                return Err(ScimError::invalid_value(
                    "attributes and excludedAttributes exclude each other; give one of them",
                ));
            }
            (true, false) => (Mode::Select, attributes),
            (false, true) => (Mode::Exclude, excluded),
            (false, false) => (Mode::Plain, None),
        };
        let mut items = Vec::new();
        for name in text.map(names).unwrap_or_default() {
            items.extend(self::items(name, registry, resource_type, lenience)?);
        }
        let mode = if mode == Mode::Exclude && items.is_empty() { Mode::Plain } else { mode };
        let core: Vec<_> =
            registry.base(resource_type).attributes.iter().chain(registry.common()).cloned().collect();
        let extensions: Vec<_> = registry.extensions(resource_type).cloned().collect();
        let hides = hides(resource_type, &core, &extensions);
        Ok(Self { mode, items, core, extensions, hides })
    }

    /// Whether a resource is shown as it is stored: the caller may copy its bytes.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.mode == Mode::Plain && !self.hides
    }

    /// Whether the answer can hold that attribute: if not, it need not be loaded.
    #[must_use]
    pub fn wants(&self, attribute: &str) -> bool {
        let Some(attribute) = self.core.iter().find(|a| a.name.eq_ignore_ascii_case(attribute)) else {
            return false;
        };
        let mut items = self.items.iter().filter(|item| item.is_of(None, attribute));
        match (attribute.returned, self.mode) {
            (Returned::Never, _) | (Returned::Request, Mode::Plain | Mode::Exclude) => false,
            (Returned::Always, _) | (Returned::Default, Mode::Plain) => true,
            (_, Mode::Select) => items.next().is_some(),
            (Returned::Default, Mode::Exclude) => !items.any(Item::is_whole),
        }
    }

    /// Whether some of these top-level attributes are left out and nothing else is: the caller may copy bytes
    /// around them.
    #[must_use]
    pub fn excludes_only(&self, attributes: &[&str]) -> bool {
        let is_one = |item: &Item| match item {
            Item::Extension(_) => false,
            Item::Attribute { path, .. } => {
                item.is_whole()
                    && path.extension().is_none()
                    && attributes.iter().any(|a| path.attribute().name.eq_ignore_ascii_case(a))
            }
        };
        self.mode == Mode::Exclude && !self.hides && self.items.iter().all(is_one)
    }

    /// Leaves out of a shown resource what was not asked for.
    pub fn apply(&self, resource: &mut Object) {
        resource.retain(|name, value| {
            if let Some(attribute) = self.core.iter().find(|a| a.name == *name) {
                return self.keep(None, attribute, value);
            }
            let Some(schema) = self.extensions.iter().find(|s| s.id == *name) else {
                return self.mode != Mode::Select;
            };
            let Value::Object(data) = value else { return false };
            data.retain(|name, value| match schema.attribute(name) {
                Some(attribute) => self.keep(Some(schema), attribute, value),
                None => self.mode != Mode::Select,
            });
            !data.is_empty()
        });
    }

    /// Whether an attribute stays; its elements and sub-attributes are cut down to what stays of them.
    fn keep(&self, extension: Option<&Schema>, attribute: &Attribute, value: &mut Value) -> bool {
        let items: Vec<&Item> = self.items.iter().filter(|item| item.is_of(extension, attribute)).collect();
        if attribute.returned == Returned::Always && !attribute.is_complex() {
            return true;
        }
        let stays = match (attribute.returned, self.mode) {
            (Returned::Never, _) | (Returned::Request, Mode::Plain | Mode::Exclude) => false,
            (Returned::Always, _) | (Returned::Default, Mode::Plain) => true,
            (_, Mode::Select) => !items.is_empty(),
            (Returned::Default, Mode::Exclude) => !items.iter().any(|item| item.is_whole()),
        };
        if !stays {
            return false;
        }
        match value {
            Value::Array(list) => {
                list.retain_mut(|element| self.keep_element(attribute, element, &items));
                !list.is_empty()
            }
            lone => self.keep_element(attribute, lone, &items),
        }
    }

    fn keep_element(&self, attribute: &Attribute, element: &mut Value, items: &[&Item]) -> bool {
        let items: Vec<&&Item> = items.iter().filter(|item| item.has_element(element)).collect();
        let always = attribute.returned == Returned::Always;
        match self.mode {
            Mode::Select if items.is_empty() && !always => return false,
            Mode::Exclude if items.iter().any(|i| i.has_whole_element()) && !always => return false,
            Mode::Plain | Mode::Select | Mode::Exclude => {}
        }
        let Value::Object(object) = element else { return true };
        object.retain(|name, _| {
            let Some(sub) = attribute.sub(name) else { return self.mode != Mode::Select };
            match (sub.returned, self.mode) {
                (Returned::Always, _) | (Returned::Default, Mode::Plain) => true,
                (Returned::Never, _) | (Returned::Request, Mode::Plain | Mode::Exclude) => false,
                (Returned::Request, Mode::Select) => items.iter().any(|item| item.names_sub(sub)),
                (Returned::Default, Mode::Select) => items.iter().any(|item| item.has_sub(sub)) || always,
                (Returned::Default, Mode::Exclude) => !items.iter().any(|item| item.names_sub(sub)),
            }
        });
        !object.is_empty()
    }
}

impl Item {
    /// Whether all of an element is named, once the element is one of the item's.
    fn has_whole_element(&self) -> bool {
        match self {
            Self::Extension(_) => true,
            Self::Attribute { path, .. } => path.sub().is_none(),
        }
    }
}

/// The names of a list: commas inside brackets and quotes do not part them.
fn names(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut start) = (0_usize, false, false, 0);
    let mut names = Vec::new();
    for (i, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                names.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    names.push(text[start..].trim());
    names.retain(|name| !name.is_empty());
    names
}

/// Whether the schemas of a type have attributes that are not shown unless named, or never. The password of a user is
/// none of these: no user was ever stored with one.
fn hides(resource_type: &ResourceType, core: &[Arc<Attribute>], extensions: &[Arc<Schema>]) -> bool {
    let is_password = |a: &Attribute| resource_type.schema == urn::USER && a.name == "password";
    let hidden =
        |a: &Arc<Attribute>| matches!(a.returned, Returned::Never | Returned::Request) && !is_password(a);
    let all = core.iter().chain(extensions.iter().flat_map(|schema| &schema.attributes));
    all.into_iter().any(|a| hidden(a) || a.sub_attributes.iter().any(hidden))
}

/// What one name stands for; nothing where no schema knows it. A filter that cannot be read is an error.
fn items(
    name: &str,
    registry: &Registry,
    resource_type: &ResourceType,
    lenience: &mut Lenience<'_>,
) -> Result<Vec<Item>, ScimError> {
    let path = match Path::parse(name) {
        Ok(path) => path,
        Err(error) if name.contains('[') => return Err(error),
        Err(_) => return Ok(vec![]),
    };
    let (named, needs) = resolve(registry, resource_type, &path.name);
    if needs == Some(Deviation::DottedExtension)
        && !lenience.bends(Deviation::DottedExtension, || path.name.clone())
    {
        return Ok(vec![]);
    }
    Ok(match named {
        Named::Nothing => vec![],
        Named::Extension(schema) => vec![Item::Extension(schema)],
        Named::Base => {
            let item = |a: &Arc<Attribute>| Item::Attribute {
                path: AttributePath::new(None, Arc::clone(a), None),
                filter: None,
            };
            registry.base(resource_type).attributes.iter().map(item).collect()
        }
        Named::Attribute(found) => {
            let Some(filter) = &path.filter else {
                return Ok(vec![Item::Attribute { path: found, filter: None }]);
            };
            let attribute = Arc::clone(found.attribute());
            if found.sub().is_some() || !attribute.is_complex() {
                return Ok(vec![]);
            }
            let mut binder = Binder::new(registry, resource_type, Unknown::Noted(None), lenience);
            let filter = binder.inside(&attribute, filter)?;
            let sub = path.sub.as_deref().map(|sub| attribute.sub(sub).cloned());
            if matches!(sub, Some(None)) {
                return Ok(vec![]);
            }
            let path = AttributePath::new(found.extension().cloned(), attribute, sub.flatten());
            vec![Item::Attribute { path, filter: Some(filter) }]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, urn};
    use serde_json::json;

    fn projection(attributes: &str, excluded: &str) -> Result<Projection, ScimError> {
        let (registry, dialect) = (Registry::builtin(), Dialect::strict());
        let user = registry.resource_type("User").unwrap();
        let given = |text: &'static str| (!text.is_empty()).then_some(text);
        let (attributes, excluded) = (attributes.to_owned().leak(), excluded.to_owned().leak());
        Projection::parse(given(attributes), given(excluded), &registry, user, &mut Lenience::new(&dialect))
    }

    fn user() -> Value {
        json!({
            "schemas": [urn::USER, urn::ENTERPRISE_USER],
            "id": "1",
            "userName": "ann",
            "name": {"givenName": "Ann", "familyName": "Lee"},
            "emails": [{"value": "w@x", "type": "work"}, {"value": "h@x", "type": "home"}],
            "groups": [{"value": "g"}],
            urn::ENTERPRISE_USER: {"department": "D", "manager": {"value": "7"}},
            "meta": {"resourceType": "User"}
        })
    }

    fn shown(attributes: &str, excluded: &str) -> Value {
        let mut resource = user().as_object().unwrap().clone();
        projection(attributes, excluded).unwrap().apply(&mut resource);
        Value::Object(resource)
    }

    fn minimum(more: &Value) -> Value {
        let mut shown = json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], "id": "1"});
        shown.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shown
    }

    #[test]
    fn d119_named_attributes_and_sub_attributes_are_shown_with_what_is_always_returned() {
        assert_eq!(shown("USERNAME", ""), minimum(&json!({"userName": "ann"})));
        assert_eq!(shown("name.familyName,userName", "")["name"], json!({"familyName": "Lee"}));
        assert_eq!(shown("urn:ietf:params:scim:schemas:core:2.0:User:userName", "")["userName"], "ann");
    }

    #[test]
    fn d119_an_extension_is_named_whole_or_by_its_attributes() {
        let whole = shown(urn::ENTERPRISE_USER, "");
        assert_eq!(whole, minimum(&json!({urn::ENTERPRISE_USER: user()[urn::ENTERPRISE_USER]})));
        let one = shown(&format!("{}:department", urn::ENTERPRISE_USER), "");
        assert_eq!(one, minimum(&json!({urn::ENTERPRISE_USER: {"department": "D"}})));
    }

    #[test]
    fn a5_a_filter_in_attributes_keeps_the_elements_it_matches() {
        let shown = shown(r#"userName,emails[type eq "work"]"#, "");
        assert_eq!(shown["emails"], json!([{"value": "w@x", "type": "work"}]));
    }

    #[test]
    fn d120_excluded_attributes_go_and_what_is_always_returned_stays() {
        let shown = shown("", "id,schemas,emails,name.givenName,groups,meta,urn:none:x");
        assert_eq!(
            shown,
            minimum(&json!({
                "userName": "ann",
                "name": {"familyName": "Lee"},
                urn::ENTERPRISE_USER: user()[urn::ENTERPRISE_USER]
            }))
        );
    }

    #[test]
    fn an_extension_without_anything_left_goes_as_a_whole() {
        assert!(shown("", urn::ENTERPRISE_USER).get(urn::ENTERPRISE_USER).is_none());
        let both = format!("{0}:department,{0}:manager", urn::ENTERPRISE_USER);
        assert!(shown("", &both).get(urn::ENTERPRISE_USER).is_none());
    }

    #[test]
    fn d121_both_parameters_together_are_refused() {
        assert_eq!(projection("id", "meta").unwrap_err().status(), 400);
    }

    #[test]
    fn names_nobody_knows_are_ignored() {
        assert_eq!(shown("nonsense,*,,9a", ""), minimum(&json!({})));
        assert_eq!(shown("", "nonsense"), user());
        assert!(projection("", "nonsense").unwrap().is_plain());
        assert!(projection("emails[type eq", "").is_err());
    }

    #[test]
    fn d27_what_is_never_returned_is_not_shown_when_named() {
        let mut resource = json!({"id": "1", "password": "x"}).as_object().unwrap().clone();
        projection("password", "").unwrap().apply(&mut resource);
        assert_eq!(Value::Object(resource), json!({"id": "1"}));
    }

    #[test]
    fn e15_the_caller_learns_what_not_to_load() {
        let projection = |a, e| projection(a, e).unwrap();
        assert!(projection("", "").is_plain() && projection("", "").wants("groups"));
        assert!(!projection("userName", "").wants("groups"));
        assert!(projection("groups.value", "").wants("groups"));
        assert!(!projection("", "groups").wants("groups"));
        assert!(projection("", "Groups").excludes_only(&["groups"]));
        assert!(!projection("", "groups,meta").excludes_only(&["groups"]));
        assert!(!projection("", "groups.value").excludes_only(&["groups"]));
        assert!(!projection("", "").excludes_only(&["groups"]));
    }
}
