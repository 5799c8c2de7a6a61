//! What an administrator has defined beyond the built-in schemas: schemas, resource types and indexes. Pure.
//!
//! A [`Shape`] is one record. It becomes the registry, kinds and indexes of a directory ([`Shape::model`]), and
//! changes by an [`Edit`](edit::Edit). Numbers in keys are given here, once, and never to something else: what was
//! removed stays listed with its number.

mod compare;
pub(crate) mod edit;
mod settle;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use scim::document::IndexWish;
use scim::json::Object;
use scim::registry::{Extension, RegistryError};
use scim::{Attribute, Document, Registry, ResourceType, Schema, Uniqueness, urn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::index::{Indexes, Line, Rows, State};
use crate::kinds::Kinds;
use crate::layout::{CUSTOM, Kind};

/// The smallest number of an index from data; smaller ones belong to the table in `index`.
const FIRST_INDEX: u8 = 64;

/// Where a definition comes from, and so where it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Source {
    /// The administrator, through console or command line.
    Admin,
    /// A file of the data folder.
    File {
        /// Its name.
        name: String,
    },
    /// A ready-made set that is switched on.
    Preset {
        /// Its name.
        name: Preset,
    },
}

/// A ready-made set of definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Preset {
    /// `/Roles` and `/Entitlements` as Okta Identity Governance reads them.
    OktaGovernance,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 1] = [Self::OktaGovernance];

    /// The name in JSON and in paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OktaGovernance => "oktaGovernance",
        }
    }

    /// What it defines.
    #[must_use]
    pub(crate) fn documents(self) -> Vec<Document> {
        match self {
            Self::OktaGovernance => scim::document::okta_governance(),
        }
    }
}

/// A definition and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Defined<T> {
    /// Where it comes from.
    pub source: Source,
    /// What is defined.
    pub what: T,
}

/// A number that stands for a resource type in keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    number: u8,
    name: String,
}

/// An index from data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// The number in keys.
    pub number: u8,
    /// The name of the resource type.
    pub resource_type: String,
    /// The canonical name of the attribute.
    pub attribute: String,
    /// Whether no two resources may have one value.
    pub unique: bool,
    /// What comparison its rows are made by; rows of another one are of no use.
    pub(crate) form: String,
    /// How far it is.
    pub stage: Stage,
}

/// How far an index from data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "name")]
pub enum Stage {
    /// Changes keep it; rows of older resources are being added.
    Building,
    /// It is complete.
    Ready,
    /// It could not be built, and has no rows.
    Failed(Failure),
    /// It is not kept any more; its rows are being taken away.
    Clearing {
        /// What it becomes once they are gone.
        then: Then,
    },
    /// It has no rows. The line stays, so that its number is not given to another attribute.
    Retired,
}

/// What an index becomes once its rows are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "name")]
pub enum Then {
    /// It is built anew.
    Build,
    /// It waits for the administrator.
    Fail(Failure),
    /// It is gone.
    Retire,
}

/// Why an index could not be built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// How many values stand in the way.
    pub count: u64,
    /// The first of them, in words.
    pub problems: Vec<String>,
}

/// Data that no schema speaks of any more and that is being taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "name")]
pub enum Chore {
    /// Values of an attribute or of a whole extension.
    Strip(Place),
    /// All resources of a type.
    Empty {
        /// The name of the type.
        resource_type: String,
    },
}

/// A place in resources of a type: an extension, an attribute, or a sub-attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The name of the type.
    pub resource_type: String,
    /// The extension, where it lies in one.
    pub extension: Option<String>,
    /// The attribute; without it all of the extension is meant.
    pub attribute: Option<String>,
    /// The sub-attribute.
    pub sub: Option<String>,
}

impl Place {
    /// Whether a resource has a value here.
    pub(crate) fn is_in(&self, attributes: &Object) -> bool {
        let holder = match &self.extension {
            Some(schema) => attributes.get(schema).and_then(Value::as_object),
            None => Some(attributes),
        };
        let (Some(holder), Some(attribute)) = (holder, &self.attribute) else { return holder.is_some() };
        let (Some(value), Some(sub)) = (holder.get(attribute), &self.sub) else {
            return holder.contains_key(attribute);
        };
        match value {
            Value::Array(list) => list.iter().any(|element| element.get(sub).is_some()),
            lone => lone.get(sub).is_some(),
        }
    }

    /// Takes the value away, and what is empty without it.
    pub(crate) fn strip(&self, attributes: &mut Object) {
        let Some(schema) = &self.extension else { return self.strip_from(attributes) };
        let Some(Value::Object(data)) = attributes.get_mut(schema) else { return };
        if self.attribute.is_some() {
            self.strip_from(data);
        }
        if self.attribute.is_none() || data.is_empty() {
            attributes.shift_remove(schema);
        }
    }

    fn strip_from(&self, holder: &mut Object) {
        let Some(attribute) = &self.attribute else { return };
        let without = |value: &mut Value, sub: &str| {
            if let Value::Object(object) = value {
                object.shift_remove(sub);
            }
            value.as_object().is_some_and(Object::is_empty)
        };
        let is_empty = match (holder.get_mut(attribute), &self.sub) {
            (Some(Value::Array(list)), Some(sub)) => {
                list.retain_mut(|element| !without(element, sub));
                list.is_empty()
            }
            (Some(lone), Some(sub)) => without(lone, sub),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        if is_empty {
            holder.shift_remove(attribute);
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [self.extension.as_ref(), self.attribute.as_ref()];
        let name = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(":");
        match &self.sub {
            Some(sub) => write!(f, "{name}.{sub}"),
            None => f.write_str(&name),
        }
    }
}

impl std::fmt::Display for Chore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Strip(place) => {
                write!(f, "values of {place} in resources of the type {}", place.resource_type)
            }
            Self::Empty { resource_type } => write!(f, "resources of the type {resource_type}"),
        }
    }
}

/// Everything an administrator has defined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// Schemas.
    pub schemas: Vec<Defined<Schema>>,
    /// Resource types, and built-in ones with the extensions they gained.
    pub resource_types: Vec<Defined<ResourceType>>,
    /// Attributes that are to be indexed.
    pub wishes: Vec<Defined<IndexWish>>,
    /// Numbers of resource types, of those that are gone too.
    pub(crate) kinds: Vec<Given>,
    /// Indexes, with those that are gone.
    pub indexes: Vec<Declared>,
    /// What is still to be taken away.
    pub chores: Vec<Chore>,
}

impl store::Record for Shape {
    const VERSION: u8 = 1;
}

/// What a directory is made with: immutable, and checked when made.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) registry: Arc<Registry>,
    pub(crate) kinds: Arc<Kinds>,
    pub(crate) indexes: Arc<Indexes>,
}

/// Why definitions do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// Schemas and resource types do not.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An index is on an attribute that is not there.
    #[error("there is an index on {0}, which is no attribute of its resource type")]
    Index(Arc<str>),
}

impl Model {
    /// The built-in schemas, resource types and indexes.
    #[must_use]
    pub fn builtin() -> Self {
        Self::of(Arc::new(Registry::builtin()))
    }

    pub(crate) fn of(registry: Arc<Registry>) -> Self {
        let kinds = Arc::new(Kinds::builtin(&registry));
        let indexes = Arc::new(Indexes::new(&registry, &kinds));
        Self { registry, kinds, indexes }
    }
}

impl Shape {
    /// What a directory of this shape is made with.
    pub fn model(&self) -> Result<Model, Unfit> {
        let registry = self.registry(|schema, name| self.is_enforced(schema, name))?;
        let kinds = Kinds::with(&registry, |name| self.number(name));
        let lines: Vec<Line> = self.indexes.iter().filter_map(|index| line(index, &kinds)).collect();
        let indexes = Indexes::with(&registry, &kinds, &lines).map_err(Unfit::Index)?;
        Ok(Model { registry: Arc::new(registry), kinds: Arc::new(kinds), indexes: Arc::new(indexes) })
    }

    /// The registry as it is written down, whatever is enforced of it.
    pub(crate) fn written(&self) -> Result<Registry, RegistryError> {
        self.registry(|_, _| true)
    }

    /// The registry. An attribute of a schema from data says that it is unique where `unique` agrees.
    fn registry(&self, unique: impl Fn(&Schema, &str) -> bool) -> Result<Registry, RegistryError> {
        let (mut schemas, mut types) = Registry::builtin_parts();
        for Defined { what: schema, .. } in &self.schemas {
            let shown = |attribute: &Arc<Attribute>| shown(attribute, &|name| unique(schema, name));
            schemas
                .push(Schema { attributes: schema.attributes.iter().map(shown).collect(), ..schema.clone() });
        }
        for Defined { what: defined, .. } in &self.resource_types {
            match types.iter_mut().find(|t| t.name == defined.name) {
                Some(builtin) => builtin.schema_extensions = gained(builtin, defined),
                None => types.push(defined.clone()),
            }
        }
        Registry::new(schemas, types)
    }

    /// Whether the uniqueness of an attribute of a schema from data is enforced in every type that has the schema:
    /// `/Schemas` must not promise what an index still in the making cannot keep.
    fn is_enforced(&self, schema: &Schema, name: &str) -> bool {
        let ends = |attribute: &str| attribute == name || attribute == format!("{}:{name}", schema.id);
        let of_schema = |index: &&Declared| {
            let has = |t: &ResourceType| {
                t.name == index.resource_type
                    && (urn::same(&t.schema, &schema.id) && !index.attribute.contains(':')
                        || index.attribute.starts_with(&format!("{}:", schema.id)))
            };
            index.unique && ends(&index.attribute) && self.resource_types.iter().any(|t| has(&t.what))
        };
        self.indexes
            .iter()
            .filter(of_schema)
            .filter(|index| !matches!(index.stage, Stage::Retired | Stage::Clearing { then: Then::Retire }))
            .all(|index| index.stage == Stage::Ready)
    }

    /// The number of a resource type from data.
    pub(crate) fn number(&self, name: &str) -> Option<u8> {
        self.kinds.iter().find(|given| given.name.eq_ignore_ascii_case(name)).map(|given| given.number)
    }

    /// The kind of a resource type by its name, also of one that was removed.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        match name {
            "User" => Some(Kind::User),
            "Group" => Some(Kind::Group),
            _ => self.number(name).map(Kind::Custom),
        }
    }

    /// The types that were defined once, are not defined any more, and whose resources are gone.
    pub(crate) fn gone_kinds<'s>(&'s self, kinds: &'s Kinds) -> impl Iterator<Item = (&'s str, Kind)> {
        let goes = |name: &String| {
            self.chores
                .iter()
                .any(|chore| matches!(chore, Chore::Empty { resource_type } if resource_type == name))
        };
        let gone =
            self.kinds.iter().filter(move |given| kinds.named(&given.name).is_none() && !goes(&given.name));
        gone.map(|given| (given.name.as_str(), Kind::Custom(given.number)))
    }

    /// The index of that number.
    #[must_use]
    pub fn index(&self, number: u8) -> Option<&Declared> {
        self.indexes.iter().find(|index| index.number == number)
    }

    /// Whether there is work to do in the background.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        !self.chores.is_empty()
            || self.indexes.iter().any(|i| matches!(i.stage, Stage::Building | Stage::Clearing { .. }))
    }
}

/// The smallest number of a kind from data is the one after the last that was given.
fn next_kind(kinds: &[Given]) -> Option<u8> {
    kinds.iter().map(|given| given.number).max().map_or(Some(CUSTOM), |last| last.checked_add(1))
}

/// As with kinds: gone indexes stay listed, so that the greatest number is the last given.
fn next_index(indexes: &[Declared]) -> Option<u8> {
    indexes.iter().map(|index| index.number).max().map_or(Some(FIRST_INDEX), |last| last.checked_add(1))
}

/// The line of an index that changes have to keep.
fn line(index: &Declared, kinds: &Kinds) -> Option<Line> {
    let state = match index.stage {
        Stage::Building => State::Building,
        Stage::Ready => State::Ready,
        Stage::Failed(_) | Stage::Clearing { .. } | Stage::Retired => return None,
    };
    Some(Line {
        number: index.number,
        kind: kinds.named(&index.resource_type)?,
        attribute: index.attribute.as_str().into(),
        rows: if index.unique { Rows::Unique } else { Rows::Plain },
        state,
    })
}

/// The extensions of a built-in type: its own, which stay, then those it gained.
fn gained(builtin: &ResourceType, defined: &ResourceType) -> Vec<Extension> {
    let own = &builtin.schema_extensions;
    let is_own = |extension: &&Extension| own.iter().any(|e| urn::same(&e.schema, &extension.schema));
    let asked = |own: &Extension| {
        let named = defined.schema_extensions.iter().find(|e| urn::same(&e.schema, &own.schema));
        Extension { schema: own.schema.clone(), required: named.map_or(own.required, |e| e.required) }
    };
    own.iter().map(asked).chain(defined.schema_extensions.iter().filter(|e| !is_own(e)).cloned()).collect()
}

fn shown(attribute: &Arc<Attribute>, unique: &dyn Fn(&str) -> bool) -> Arc<Attribute> {
    let kept = |own: Uniqueness, name: &str| if unique(name) { own } else { Uniqueness::None };
    let mut shown = Attribute::clone(attribute);
    shown.uniqueness = kept(shown.uniqueness, &shown.name);
    let subs = shown.sub_attributes.iter().map(|sub| {
        let mut sub = Attribute::clone(sub);
        sub.uniqueness = kept(sub.uniqueness, &format!("{}.{}", attribute.name, sub.name));
        Arc::new(sub)
    });
    shown.sub_attributes = subs.collect();
    Arc::new(shown)
}
