//! What a change of schemas does to data that is there: what it leaves without a schema, and what it cannot do.

use scim::schema::Mutability;
use scim::{Attribute, Registry, ResourceType, Schema, urn};

use super::edit::Refusal;
use super::{Chore, Place};

/// Compares two registries. What the new one does not speak of any more has to be taken away from resources.
pub(super) fn dropped(old: &Registry, new: &Registry) -> Result<Vec<Chore>, Refusal> {
    let mut chores = vec![];
    for before in old.resource_types() {
        let Some(after) = new.resource_type(&before.name) else {
            chores.push(Chore::Empty { resource_type: before.name.clone() });
            continue;
        };
        if !urn::same(&before.schema, &after.schema) {
            return Err(Refusal::Rebased {
                resource_type: before.name.clone(),
                schema: before.schema.clone(),
            });
        }
        let at = |extension: Option<&Schema>| Place {
            resource_type: before.name.clone(),
            extension: extension.map(|schema| schema.id.clone()),
            attribute: None,
            sub: None,
        };
        attributes(&at(None), old.base(before), new.base(after), &mut chores)?;
        for extension in old.extensions(before) {
            match new.extension(after, &extension.id) {
                Some(kept) => attributes(&at(Some(extension)), extension, kept, &mut chores)?,
                None => chores.push(Chore::Strip(at(Some(extension)))),
            }
        }
    }
    Ok(chores)
}

fn attributes(place: &Place, old: &Schema, new: &Schema, chores: &mut Vec<Chore>) -> Result<(), Refusal> {
    for before in &old.attributes {
        let at = Place { attribute: Some(before.name.clone()), ..place.clone() };
        let Some(after) = new.attribute(&before.name) else {
            chores.push(Chore::Strip(at));
            continue;
        };
        retyped(&at, before, after)?;
        if is_kept_no_more(before, after) {
            chores.push(Chore::Strip(at));
            continue;
        }
        for sub in &before.sub_attributes {
            let at = Place { sub: Some(sub.name.clone()), ..at.clone() };
            let Some(after) = after.sub(&sub.name) else {
                chores.push(Chore::Strip(at));
                continue;
            };
            retyped(&at, sub, after)?;
            if is_kept_no_more(sub, after) {
                chores.push(Chore::Strip(at));
            }
        }
    }
    Ok(())
}

/// Whether values that are there must go: nothing that is only written is kept.
fn is_kept_no_more(before: &Attribute, after: &Attribute) -> bool {
    before.mutability != Mutability::WriteOnly && after.mutability == Mutability::WriteOnly
}

/// Values of one type are no values of another, and nobody could mend them all.
fn retyped(place: &Place, old: &Attribute, new: &Attribute) -> Result<(), Refusal> {
    if old.name != new.name {
        return Err(Refusal::Recased(place.to_string()));
    }
    if old.kind == new.kind && old.multi_valued == new.multi_valued {
        return Ok(());
    }
    Err(Refusal::Retyped { attribute: place.to_string() })
}

/// Whether something that is still being taken away has come back.
pub(super) fn is_back(chore: &Chore, registry: &Registry) -> bool {
    match chore {
        Chore::Empty { resource_type } => registry.resource_type(resource_type).is_some(),
        Chore::Strip(place) => {
            registry.resource_type(&place.resource_type).is_some_and(|t| is_there(place, registry, t))
        }
    }
}

fn is_there(place: &Place, registry: &Registry, resource_type: &ResourceType) -> bool {
    let schema = match &place.extension {
        Some(id) => registry.extension(resource_type, id),
        None => Some(registry.base(resource_type)),
    };
    let (Some(schema), Some(name)) = (schema, &place.attribute) else { return schema.is_some() };
    let is_kept = |attribute: &Attribute| attribute.mutability != Mutability::WriteOnly;
    let Some(attribute) = schema.attribute(name).filter(|attribute| is_kept(attribute)) else { return false };
    place.sub.as_ref().is_none_or(|sub| attribute.sub(sub).is_some_and(|sub| is_kept(sub)))
}
