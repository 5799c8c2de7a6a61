//! `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3): which value of a resource decides its place, and how values
//! compare.
//!
//! It sorts nothing itself: a [`SortKey`] is what a caller sorts by, with ties broken by id.

use std::sync::Arc;

use serde_json::Value;

use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::Object;
use crate::path::{AttributePath, Named, resolve};
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Returned, Type};
use crate::value;

/// Values compare by this many bytes of their comparison key, and longer ones that share them by id: a cursor carries
/// the key of its place.
pub const MAX_KEY_BYTES: usize = 1024;

/// The order of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// What decides.
    pub by: By,
    /// Which end comes first.
    pub direction: Direction,
}

/// What decides the place of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum By {
    /// Nothing was asked: the order of creation.
    Creation,
    /// The id.
    Id,
    /// The value of an attribute, never a complex one.
    Attribute(AttributePath),
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The smallest value first, resources without value last.
    #[default]
    Ascending,
    /// The exact reverse, ties included.
    Descending,
}

impl Direction {
    /// Reads `sortOrder`; without one, the order ascends.
    pub fn parse(order: Option<&str>) -> Result<Self, ScimError> {
        match order {
            None => Ok(Self::Ascending),
            Some(text) if text.eq_ignore_ascii_case("ascending") => Ok(Self::Ascending),
            Some(text) if text.eq_ignore_ascii_case("descending") => Ok(Self::Descending),
            Some(text) => Err(ScimError::invalid_value(format!(
                "sortOrder is \"ascending\" or \"descending\"; {text:?} was given"
            ))),
        }
    }

    /// The other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// What a resource is sorted by, in ascending order: values before the lack of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SortKey {
    /// A value.
    Value {
        /// The rank of the value's type: one name may be of several types in several resource types.
        rank: u8,
        /// Bytes that sort as the values do.
        bytes: Vec<u8>,
    },
    /// No value.
    Missing,
}

impl SortKey {
    /// The key of a value of an attribute, from the bytes of its comparison key.
    #[must_use]
    pub fn of(attribute: &Attribute, mut bytes: Vec<u8>) -> Self {
        bytes.truncate(MAX_KEY_BYTES);
        let rank = match attribute.kind {
            Type::String | Type::Reference | Type::Binary | Type::Complex => 0,
            Type::Boolean => 1,
            Type::Integer => 2,
            Type::Decimal => 3,
            Type::DateTime => 4,
        };
        Self::Value { rank, bytes }
    }

    /// Whether it is the key of a value of a type of that rank.
    #[must_use]
    pub fn has_rank(&self, wanted: u8) -> bool {
        matches!(self, Self::Value { rank, .. } if *rank == wanted)
    }
}

impl Sort {
    /// The order where nothing is asked.
    pub const CREATION: Self = Self { by: By::Creation, direction: Direction::Ascending };

    /// Reads the two parameters for each of the resource types a query is about, in their order.
    ///
    /// An attribute that one of several types lacks is one without value there. One that no type knows is 400
    /// `invalidValue`, unless the dialect takes it as one without value; so is a complex attribute without a `value`.
    pub fn parse(
        by: Option<&str>,
        order: Option<&str>,
        registry: &Registry,
        resource_types: &[&ResourceType],
        lenience: &mut Lenience<'_>,
    ) -> Result<Vec<Self>, ScimError> {
        let direction = Direction::parse(order.map(str::trim).filter(|o| !o.is_empty()))?;
        let Some(name) = by.map(str::trim).filter(|name| !name.is_empty()) else {
            return Ok(resource_types.iter().map(|_| Self::CREATION).collect());
        };
        let found: Vec<Option<By>> = resource_types
            .iter()
            .map(|resource_type| named(name, registry, resource_type, lenience))
            .collect::<Result<_, _>>()?;
        if found.iter().all(Option::is_none)
            && !lenience.bends(Deviation::UnknownFilterAttribute, || "sortBy: an unknown attribute".into())
        {
            let types: Vec<&str> = resource_types.iter().map(|t| &*t.name).collect();
            return Err(ScimError::invalid_value(format!(
                "sortBy: {} has no attribute {name}",
                types.join(", ")
            )));
        }
        Ok(found.into_iter().map(|by| Self { by: by.unwrap_or(By::Creation), direction }).collect())
    }

    /// What a resource is sorted by, in the full form it is shown in.
    ///
    /// Of a list the primary element decides, else the first (RFC 7644 section 3.4.2.3).
    #[must_use]
    pub fn key(&self, resource: &Object) -> SortKey {
        let found = match &self.by {
            By::Creation => None,
            By::Id => return id_key(resource.get("id").and_then(Value::as_str).unwrap_or_default()),
            By::Attribute(path) => deciding(path, resource).and_then(|v| value::key(path.last(), v)),
        };
        match (&self.by, found) {
            (By::Attribute(path), Some(key)) => SortKey::of(path.last(), key.to_bytes()),
            _ => SortKey::Missing,
        }
    }

    /// Whether the order depends on the attribute of that name, such as `members`.
    #[must_use]
    pub fn mentions(&self, attribute: &str) -> bool {
        match &self.by {
            By::Creation | By::Id => false,
            By::Attribute(path) => path.attribute().name.eq_ignore_ascii_case(attribute),
        }
    }
}

/// The key of an id, as text.
#[must_use]
pub fn id_key(id: &str) -> SortKey {
    SortKey::Value { rank: 0, bytes: id.as_bytes().to_vec() }
}

/// What a name decides in one resource type; `None` where the type does not know it.
fn named(
    name: &str,
    registry: &Registry,
    resource_type: &ResourceType,
    lenience: &mut Lenience<'_>,
) -> Result<Option<By>, ScimError> {
    let (named, needs) = resolve(registry, resource_type, name);
    if needs.is_some_and(|deviation| !lenience.bends(deviation, || format!("sortBy={name}"))) {
        return Ok(None);
    }
    let path = match named {
        Named::Nothing => return Ok(None),
        Named::Attribute(path) => path,
        Named::Base | Named::Extension(_) => {
            return Err(ScimError::invalid_value(format!(
                "sortBy: {name} is a schema; name one of its attributes after a colon"
            )));
        }
    };
    if path.is_never_returned() {
        return Err(never_returned(&path.to_string()));
    }
    if path.extension().is_none() && path.attribute().name == "id" {
        return Ok(Some(By::Id));
    }
    if !path.last().is_complex() {
        return Ok(Some(By::Attribute(path)));
    }
    let Some(sub) = path.last().value_sub() else {
        let subs: Vec<&str> = path.attribute().sub_attributes.iter().map(|s| &*s.name).collect();
        return Err(ScimError::invalid_value(format!(
            "sortBy: {path} has parts; name one of them: {path}.{}",
            subs.join(&format!(", {path}."))
        )));
    };
    if sub.returned == Returned::Never {
        return Err(never_returned(&format!("{path}.{}", sub.name)));
    }
    let (extension, sub) = (path.extension().cloned(), Arc::clone(sub));
    Ok(Some(By::Attribute(AttributePath::new(extension, Arc::clone(path.attribute()), Some(sub)))))
}

fn never_returned(name: &str) -> ScimError {
    ScimError::invalid_value(format!("sortBy: {name} is never returned and cannot be sorted by"))
}

/// The one value of an attribute that decides.
fn deciding<'r>(path: &AttributePath, resource: &'r Object) -> Option<&'r Value> {
    let one = |value: &'r Value| match value {
        Value::Array(list) => {
            let primary = list.iter().find(|v| v.get("primary").and_then(Value::as_bool) == Some(true));
            primary.or_else(|| list.first())
        }
        lone => Some(lone),
    };
    let element = one(path.top_value(resource)?)?;
    match path.sub() {
        None => Some(element),
        Some(sub) => one(element.get(&sub.name)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, urn};
    use serde_json::json;

    fn sort(by: &str, order: Option<&str>, dialect: &Dialect) -> Result<Sort, ScimError> {
        let registry = Registry::builtin();
        let user = Arc::clone(registry.resource_type("User").unwrap());
        Sort::parse(Some(by), order, &registry, &[&user], &mut Lenience::new(dialect))
            .map(|mut s| s.remove(0))
    }

    fn key(by: &str, resource: &Value) -> SortKey {
        sort(by, None, &Dialect::strict()).unwrap().key(resource.as_object().unwrap())
    }

    #[test]
    fn d150_the_order_ascends_unless_asked_and_must_be_one_of_two() {
        let strict = Dialect::strict();
        assert_eq!(sort("userName", None, &strict).unwrap().direction, Direction::Ascending);
        assert_eq!(sort("userName", Some("Descending"), &strict).unwrap().direction, Direction::Descending);
        assert!(sort("userName", Some("down"), &strict).unwrap_err().detail().contains("\"down\""));
    }

    #[test]
    fn d151_values_compare_by_their_type() {
        let of = |by: &str, value: Value| key(by, &json!({ by: value }));
        assert_eq!(of("displayName", json!("ÅSA")), of("displayName", json!("åsa")));
        assert!(of("displayName", json!("B")) > of("displayName", json!("a")));
        assert!(of("externalId", json!("B")) < of("externalId", json!("a")));
        let at = |time: &str| key("meta.created", &json!({"meta": {"created": time}}));
        assert_eq!(at("2011-05-13T04:42:34Z"), at("2011-05-13T06:42:34+02:00"));
    }

    #[test]
    fn d152_the_primary_element_decides_else_the_first() {
        let mails = |list: Value| json!({ "emails": list });
        let first = mails(json!([{"value": "b"}, {"value": "a"}]));
        let primary = mails(json!([{"value": "b"}, {"value": "a", "primary": true}]));
        assert_eq!(key("emails", &first), key("emails.value", &mails(json!([{"value": "B"}]))));
        assert_eq!(key("emails.value", &primary), key("emails", &mails(json!([{"value": "a"}]))));
    }

    #[test]
    fn d152_a_complex_attribute_needs_a_sub_attribute() {
        let refusal = sort("name", None, &Dialect::tolerant()).unwrap_err();
        assert!(refusal.detail().contains("name.familyName"), "{refusal}");
        assert!(sort(urn::USER, None, &Dialect::tolerant()).is_err());
        let manager = format!("{}:manager", urn::ENTERPRISE_USER);
        let shown = json!({urn::ENTERPRISE_USER: {"manager": {"value": "7"}}});
        assert_ne!(key(&manager, &shown), SortKey::Missing);
    }

    #[test]
    fn d153_a_resource_without_the_value_comes_after_every_value() {
        assert!(key("title", &json!({"title": "zzz"})) < key("title", &json!({})));
        assert_eq!(key("title", &json!({"title": 7})), SortKey::Missing);
    }

    #[test]
    fn an_attribute_nobody_knows_needs_tolerance() {
        assert!(sort("shoe", None, &Dialect::strict()).is_err());
        assert_eq!(sort("shoe", None, &Dialect::tolerant()).unwrap().by, By::Creation);
    }
}
