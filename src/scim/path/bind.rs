//! From a [`Path`] to the attributes of a resource type.

use std::sync::Arc;

use super::{AttributePath, BoundPath, Extension, Path, Selection};
use crate::check;
use crate::dialect::{Deviation, Lenience, Rule};
use crate::error::ScimError;
use crate::filter::{Binder, Filter, Literal, Operator, Test, Unknown, literal_value};
use crate::json::Object;
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Schema};

/// What a name stands for in a resource type.
#[derive(Debug)]
pub(crate) enum Named {
    /// The base schema as a whole.
    Base,
    /// An extension as a whole.
    Extension(Arc<Schema>),
    /// An attribute, perhaps with a sub-attribute.
    Attribute(AttributePath),
    /// Nothing: no schema knows it.
    Nothing,
}

/// Finds what a name stands for, and the deviation without which it would stand for nothing.
pub(crate) fn resolve(
    registry: &Registry,
    resource_type: &ResourceType,
    name: &str,
) -> (Named, Option<Deviation>) {
    if !name.contains(':') {
        return unqualified(registry, resource_type, name);
    }
    let mended = name.replace(":2.0User", ":2.0:User");
    let typo = (mended != name).then_some(Deviation::UnknownSchema);
    let base = registry.base(resource_type);
    if let Some((rest, dotted)) = after(&mended, &base.id) {
        let Some(rest) = rest else { return (Named::Base, typo) };
        let found = in_list(registry.base(resource_type).attributes.iter(), None, rest)
            .or_else(|| in_list(registry.common().iter(), None, rest));
        return (found.map_or(Named::Nothing, Named::Attribute), dotted.or(typo));
    }
    for schema in registry.extensions(resource_type) {
        let Some((rest, dotted)) = after(&mended, &schema.id) else { continue };
        let Some(rest) = rest else { return (Named::Extension(Arc::clone(schema)), typo) };
        let found = in_list(schema.attributes.iter(), Some(schema), rest);
        return (found.map_or(Named::Nothing, Named::Attribute), dotted.or(typo));
    }
    (Named::Nothing, None)
}

/// What stands after a schema's URI: nothing, or a name after a colon, or, from Entra before 2018, after a dot.
fn after<'n>(name: &'n str, uri: &str) -> Option<(Option<&'n str>, Option<Deviation>)> {
    let (head, rest) = name.split_at_checked(uri.len())?;
    if !crate::urn::same(head, uri) {
        return None;
    }
    if rest.is_empty() {
        return Some((None, None));
    }
    if let Some(rest) = rest.strip_prefix(':') {
        return Some((Some(rest), None));
    }
    rest.strip_prefix('.').map(|rest| (Some(rest), Some(Deviation::DottedExtension)))
}

fn unqualified(registry: &Registry, resource_type: &ResourceType, name: &str) -> (Named, Option<Deviation>) {
    let core = registry.base(resource_type).attributes.iter();
    if let Some(path) = in_list(core.chain(registry.common()), None, name) {
        return (Named::Attribute(path), None);
    }
    let in_extensions = registry
        .extensions(resource_type)
        .find_map(|schema| in_list(schema.attributes.iter(), Some(schema), name));
    match in_extensions {
        Some(path) => (Named::Attribute(path), Some(Deviation::UnqualifiedExtension)),
        None => (Named::Nothing, None),
    }
}

/// `attr` or `attr.sub` among the attributes of one schema.
fn in_list<'a>(
    mut attributes: impl Iterator<Item = &'a Arc<Attribute>>,
    extension: Option<&Arc<Schema>>,
    name: &str,
) -> Option<AttributePath> {
    let (name, sub) = name.split_once('.').map_or((name, None), |(name, sub)| (name, Some(sub)));
    let attribute = attributes.find(|a| a.name.eq_ignore_ascii_case(name))?;
    let sub = match sub {
        None => None,
        Some(sub) => Some(Arc::clone(attribute.sub(sub)?)),
    };
    Some(AttributePath::new(extension.cloned(), Arc::clone(attribute), sub))
}

impl Path {
    /// Binds the path to a resource type. `None` means that no schema knows it and the dialect lets it pass.
    ///
    /// A path that names nothing is 400 `invalidPath`, a comparison that cannot be made 400 `invalidFilter`.
    pub fn bind(
        &self,
        registry: &Registry,
        resource_type: &ResourceType,
        lenience: &mut Lenience<'_>,
    ) -> Result<Option<BoundPath>, ScimError> {
        let (named, needs) = resolve(registry, resource_type, &self.name);
        if needs.is_some_and(|deviation| !lenience.bends(deviation, || self.name.clone())) {
            return self.unknown(resource_type, lenience);
        }
        match named {
            Named::Nothing => self.unknown(resource_type, lenience),
            Named::Base => {
                Err(ScimError::invalid_path(format!("{self} is a schema; name one of its attributes")))
            }
            Named::Extension(_) if self.filter.is_some() => Err(ScimError::invalid_path(format!(
                "{}: an extension has no elements to choose from",
                self.name
            ))),
            Named::Extension(schema) => Ok(Some(BoundPath::Extension(Extension(schema)))),
            Named::Attribute(path) => match &self.filter {
                None => Ok(Some(BoundPath::Attribute { path, selection: None })),
                Some(filter) => self.select(registry, resource_type, &path, filter, lenience),
            },
        }
    }

    fn select(
        &self,
        registry: &Registry,
        resource_type: &ResourceType,
        path: &AttributePath,
        filter: &Filter,
        lenience: &mut Lenience<'_>,
    ) -> Result<Option<BoundPath>, ScimError> {
        let attribute = Arc::clone(path.attribute());
        if path.sub().is_some() || !attribute.multi_valued || !attribute.is_complex() {
            return Err(ScimError::invalid_path(format!(
                "{}: only a list of objects, such as emails, has elements a filter can choose from",
                self.name
            )));
        }
        let mut binder = Binder::new(registry, resource_type, Unknown::Noted(None), lenience);
        let bound = binder.inside(&attribute, filter)?;
        if binder.unknown().is_some() {
            return self.unknown(resource_type, lenience);
        }
        let sub = match &self.sub {
            None => None,
            Some(name) => match attribute.sub(name) {
                Some(sub) => Some(Arc::clone(sub)),
                None => return self.unknown(resource_type, lenience),
            },
        };
        if sub.is_none()
            && lenience.demands(Rule::NoWholeElement)
            && !check::is_edge(resource_type, &attribute)
        {
            return Err(ScimError::invalid_path(format!(
                "{}[...]: the interop profile wants a sub-attribute after the filter, as in {0}[...].value",
                self.name
            )));
        }
        let seed = seed(&attribute, filter, lenience);
        let path = AttributePath::new(path.extension().cloned(), attribute, sub);
        Ok(Some(BoundPath::Attribute { path, selection: Some(Selection { filter: bound, seed }) }))
    }

    fn unknown<T>(
        &self,
        resource_type: &ResourceType,
        lenience: &mut Lenience<'_>,
    ) -> Result<Option<T>, ScimError> {
        // A filter in the path holds values: only the names around it are noted.
        let names = || {
            [Some(self.name.as_str()), self.sub.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(".")
        };
        if lenience.bends(Deviation::UnknownPath, names) {
            return Ok(None);
        }
        Err(ScimError::invalid_path(format!("{} has no attribute {self}", resource_type.name)))
    }
}

/// The element a filter describes, if it is made of `eq` and `and` alone.
fn seed(attribute: &Attribute, filter: &Filter, lenience: &mut Lenience<'_>) -> Option<Object> {
    let mut element = Object::new();
    let tests = match filter {
        Filter::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    for test in tests {
        let Filter::Test { attribute: name, test: Test::Compare(Operator::Eq, literal) } = test else {
            return None;
        };
        if *literal == Literal::Null {
            return None;
        }
        let sub = attribute.sub(name)?;
        let value = check::single(sub, literal_value(literal), &sub.name, lenience).ok()??;
        if element.insert(sub.name.clone(), value).is_some() {
            return None;
        }
    }
    Some(element)
}
