//! Which indexes the definitions call for, and what becomes of those that are there.

use scim::{Attribute, AttributePath, Mutability, Registry, ResourceType, Type, Uniqueness};

use super::edit::Refusal;
use super::{Declared, Given, Shape, Stage, Then, next_index, next_kind};
use crate::index::Indexes;
use crate::kinds::Kinds;

/// An index that is called for.
#[derive(Debug, PartialEq)]
struct Wanted {
    resource_type: String,
    attribute: String,
    unique: bool,
    form: String,
}

impl Shape {
    /// Gives numbers to what has none, and sets every index on its way to what the definitions call for.
    pub(super) fn settle(&mut self) -> Result<(), Refusal> {
        let registry = self.written()?;
        let mut fresh: Vec<String> = vec![];
        for resource_type in registry.resource_types() {
            let name = &resource_type.name;
            if self.kind(name).is_none() {
                let number = next_kind(&self.kinds).ok_or(Refusal::OutOfNumbers("resource types"))?;
                self.kinds.push(Given { number, name: name.clone() });
                fresh.push(name.clone());
            }
        }
        let wanted = self.wanted(&registry)?;
        for index in &mut self.indexes {
            let is_it = |w: &Wanted| {
                w.resource_type == index.resource_type
                    && w.attribute == index.attribute
                    && w.unique == index.unique
            };
            index.follow(wanted.iter().find(|w| is_it(w)).map(|w| w.form.as_str()));
        }
        for Wanted { resource_type, attribute, unique, form } in wanted {
            let is_it = |i: &Declared| {
                i.resource_type == resource_type && i.attribute == attribute && i.unique == unique
            };
            if self.indexes.iter().any(is_it) {
                continue;
            }
            let number = next_index(&self.indexes).ok_or(Refusal::OutOfNumbers("indexes"))?;
            // A type that is new has no resources, so its indexes are complete as they are.
            let stage = if fresh.contains(&resource_type) { Stage::Ready } else { Stage::Building };
            self.indexes.push(Declared { number, resource_type, attribute, unique, form, stage });
        }
        Ok(())
    }

    /// Every unique attribute of a schema from data, in each type that has it, then what was asked for.
    fn wanted(&self, registry: &Registry) -> Result<Vec<Wanted>, Refusal> {
        let mut wanted = vec![];
        for resource_type in registry.resource_types() {
            let base = registry.base(resource_type);
            let schemas =
                std::iter::once((None, base)).chain(registry.extensions(resource_type).map(|e| (Some(e), e)));
            let from_data = schemas.filter(|(_, s)| self.schemas.iter().any(|d| d.what.id == s.id));
            for (extension, schema) in from_data {
                for attribute in &schema.attributes {
                    let path = |sub| AttributePath::new(extension.cloned(), attribute.clone(), sub);
                    let subs = attribute.sub_attributes.iter().map(|sub| path(Some(sub.clone())));
                    let all = std::iter::once(path(None)).chain(subs);
                    wanted.extend(all.filter(is_unique).map(|p| Wanted::of(resource_type, &p, true)));
                }
            }
        }
        let builtin = Indexes::new(registry, &Kinds::builtin(registry));
        for wish in &self.wishes {
            let wish = &wish.what;
            let resource_type = registry
                .resource_type(&wish.resource_type)
                .ok_or_else(|| Refusal::NoSuch(format!("resource type {:?}", wish.resource_type)))?;
            let path = AttributePath::named(registry, resource_type, &wish.attribute).ok_or_else(|| {
                Refusal::NoSuch(format!("attribute {:?} of {}", wish.attribute, resource_type.name))
            })?;
            let kind = self.kind(&resource_type.name);
            let has = |w: &Wanted| w.resource_type == resource_type.name && w.attribute == wish.attribute;
            if wanted.iter().any(has) || kind.is_some_and(|kind| builtin.on(kind, &wish.attribute).is_some())
            {
                continue;
            }
            wanted.push(Wanted::of(resource_type, &path, false));
        }
        Ok(wanted)
    }
}

fn is_unique(path: &AttributePath) -> bool {
    path.last().uniqueness != Uniqueness::None && path.last().mutability != Mutability::WriteOnly
}

impl Wanted {
    fn of(resource_type: &ResourceType, path: &AttributePath, unique: bool) -> Self {
        let form = form(path.last());
        Self { resource_type: resource_type.name.clone(), attribute: path.name(), unique, form }
    }
}

/// What decides the bytes of a row; see `scim::value::key`.
fn form(attribute: &Attribute) -> String {
    match attribute.kind {
        Type::Reference if attribute.name == "$ref" => "reference".to_owned(),
        Type::String | Type::Reference | Type::Binary if attribute.case_exact => "exact".to_owned(),
        Type::String | Type::Reference | Type::Binary => "folded".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Decimal => "decimal".to_owned(),
        Type::DateTime => "instant".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Complex => "none".to_owned(),
    }
}

impl Declared {
    /// Sets the index on its way to a wanted form, or to be gone.
    fn follow(&mut self, wanted: Option<&str>) {
        let now = std::mem::replace(&mut self.stage, Stage::Retired);
        let is_same = wanted == Some(self.form.as_str());
        if let Some(form) = wanted {
            form.clone_into(&mut self.form);
        }
        self.stage = match (now, wanted) {
            (stage @ (Stage::Building | Stage::Ready | Stage::Failed(_)), Some(_)) if is_same => stage,
            (stage @ Stage::Clearing { then: Then::Fail(_) }, Some(_)) if is_same => stage,
            (Stage::Building | Stage::Ready | Stage::Clearing { .. }, Some(_)) => {
                Stage::Clearing { then: Then::Build }
            }
            (Stage::Failed(_) | Stage::Retired, Some(_)) => Stage::Building,
            (Stage::Building | Stage::Ready | Stage::Clearing { .. }, None) => {
                Stage::Clearing { then: Then::Retire }
            }
            (Stage::Failed(_) | Stage::Retired, None) => Stage::Retired,
        };
    }
}
