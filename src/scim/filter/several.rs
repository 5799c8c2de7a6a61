//! Filters over several resource types at once, and what a filter comes to for one of them.

use super::{Binder, BoundFilter, Filter, Operand, Operator, Unknown};
use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::path::{Named, resolve};
use crate::registry::{Registry, ResourceType};
use crate::value::Key;

impl Filter {
    /// Binds the filter to each of several resource types, in their order. An attribute that a type does not have has
    /// no value there (RFC 7644 section 3.4.2.1); one that no type has is what [`Filter::bind`] says of it.
    pub fn bind_each(
        &self,
        registry: &Registry,
        resource_types: &[&ResourceType],
        lenience: &mut Lenience<'_>,
    ) -> Result<Vec<BoundFilter>, ScimError> {
        for name in self.names() {
            let known = resource_types.iter().any(|resource_type| {
                let (named, needs) = resolve(registry, resource_type, name);
                !matches!(named, Named::Nothing)
                    && needs.is_none_or(|deviation| lenience.bends(deviation, || name.to_owned()))
            });
            if !known && !lenience.bends(Deviation::UnknownFilterAttribute, || name.to_owned()) {
                return Err(ScimError::invalid_filter(format!("no resource type has an attribute {name}")));
            }
        }
        let bind = |resource_type: &&ResourceType| {
            Binder::new(registry, resource_type, Unknown::Noted(None), lenience).filter(self)
        };
        resource_types.iter().map(bind).collect()
    }

    /// The names of attributes that are tested, without those inside brackets.
    fn names(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::names).collect(),
            Self::Not(inner) => inner.names(),
            Self::Test { attribute, .. }
            | Self::Element { attribute, .. }
            | Self::ElementTest { attribute, .. } => vec![attribute],
        }
    }
}

impl BoundFilter {
    /// The filter once it is known of which type the resources are: what it asks of `meta.resourceType` is answered,
    /// and what follows from that is folded away.
    #[must_use]
    pub fn for_type(self, name: &str) -> Self {
        match self {
            Self::All(parts) => fold(parts, name, false, Self::All),
            Self::Any(parts) => fold(parts, name, true, Self::Any),
            Self::Not(inner) => match inner.for_type(name) {
                Self::Constant(answer) => Self::Constant(!answer),
                inner => Self::Not(Box::new(inner)),
            },
            Self::Compare { attribute, operator, operand }
                if attribute.extension().is_none() && attribute.name() == "meta.resourceType" =>
            {
                match (&operand, operator) {
                    (Operand::Key(Key::Text(text)), Operator::Eq) => Self::Constant(text == name),
                    (Operand::Key(Key::Text(text)), Operator::Ne) => Self::Constant(text != name),
                    _ => Self::Compare { attribute, operator, operand },
                }
            }
            other => other,
        }
    }
}

/// A chain without the parts that do not decide; the part that decides alone is all there is.
fn fold(
    parts: Vec<BoundFilter>,
    name: &str,
    decides: bool,
    chain: impl Fn(Vec<BoundFilter>) -> BoundFilter,
) -> BoundFilter {
    let mut kept = Vec::with_capacity(parts.len());
    for part in parts {
        match part.for_type(name) {
            BoundFilter::Constant(answer) if answer == decides => return BoundFilter::Constant(decides),
            BoundFilter::Constant(_) => {}
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => BoundFilter::Constant(!decides),
        1 => kept.remove(0),
        _ => chain(kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    fn each(text: &str, dialect: &Dialect) -> Result<Vec<BoundFilter>, ScimError> {
        let registry = Registry::builtin();
        let types: Vec<&ResourceType> = registry.resource_types().iter().map(AsRef::as_ref).collect();
        let bound = Filter::parse(text).unwrap().bind_each(&registry, &types, &mut Lenience::new(dialect))?;
        Ok(bound.into_iter().zip(types).map(|(filter, t)| filter.for_type(&t.name)).collect())
    }

    #[test]
    fn d117_the_resource_type_decides_before_anything_is_read() {
        let of = |text: &str| each(text, &Dialect::strict()).unwrap();
        assert_eq!(
            of(r#"meta.resourceType eq "User""#),
            [BoundFilter::Constant(true), BoundFilter::Constant(false)]
        );
        let narrowed = of(r#"meta.resourceType ne "Group" and displayName eq "a""#);
        assert!(matches!(narrowed[0], BoundFilter::Compare { .. }));
        assert_eq!(narrowed[1], BoundFilter::Constant(false));
        let either = of(r#"not (meta.resourceType eq "User") or displayName eq "a""#);
        assert!(matches!(either[0], BoundFilter::Compare { .. }));
        assert_eq!(either[1], BoundFilter::Constant(true));
    }

    #[test]
    fn d117_what_one_type_lacks_has_no_value_there_and_what_all_lack_needs_tolerance() {
        let of = each(r#"userName eq "ann""#, &Dialect::strict()).unwrap();
        assert!(matches!(of[0], BoundFilter::Compare { .. }));
        assert_eq!(of[1], BoundFilter::Constant(false));
        assert!(each("shoe pr", &Dialect::strict()).is_err());
        assert!(each("shoe pr", &Dialect::tolerant()).is_ok());
    }
}
