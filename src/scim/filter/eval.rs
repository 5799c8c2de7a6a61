//! Holding a [`BoundFilter`] against a resource.

use serde_json::Value;

use super::{BoundFilter, Operand, Operator};
use crate::json::Object;
use crate::path::AttributePath;
use crate::schema::Attribute;
use crate::value::{self, Key};

impl BoundFilter {
    /// Whether a resource matches, in the full form it is shown in: with `id`, `meta` and whatever the filter mentions.
    ///
    /// A multi-valued attribute matches when any of its values does (RFC 7644 section 3.4.2.2).
    #[must_use]
    pub fn matches(&self, resource: &Object) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|p| p.matches(resource)),
            Self::Any(parts) => parts.iter().any(|p| p.matches(resource)),
            Self::Not(inner) => !inner.matches(resource),
            Self::Constant(answer) => *answer,
            Self::Present(path) => any_value(path, resource, &mut is_present),
            Self::Compare { attribute, operator, operand } => {
                compare(attribute, *operator, operand, resource)
            }
            Self::Element { attribute, filter } => {
                each(attribute.top_value(resource)).any(|v| v.as_object().is_some_and(|o| filter.matches(o)))
            }
        }
    }

    /// How many tests it is made of: what holding it against one resource or element costs.
    pub(crate) fn tests(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::tests).sum(),
            Self::Not(inner) => inner.tests(),
            Self::Constant(_) | Self::Present(_) | Self::Compare { .. } => 1,
            Self::Element { filter, .. } => 1 + filter.tests(),
        }
    }

    /// Whether the answer depends on the attribute of that name, such as `members`.
    #[must_use]
    pub fn mentions(&self, attribute: &str) -> bool {
        let names = |path: &AttributePath| path.attribute().name.eq_ignore_ascii_case(attribute);
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|p| p.mentions(attribute)),
            Self::Not(inner) => inner.mentions(attribute),
            Self::Constant(_) => false,
            Self::Present(path)
            | Self::Compare { attribute: path, .. }
            | Self::Element { attribute: path, .. } => names(path),
        }
    }
}

/// The elements of a list, or a lone value as one.
fn each(value: Option<&Value>) -> std::slice::Iter<'_, Value> {
    match value {
        Some(Value::Array(list)) => list.iter(),
        Some(lone) => std::slice::from_ref(lone).iter(),
        None => [].iter(),
    }
}

fn any_value(path: &AttributePath, resource: &Object, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    each(path.top_value(resource)).any(|element| match path.sub() {
        None => test(element),
        Some(sub) => each(element.get(&sub.name)).any(&mut *test),
    })
}

/// RFC 7644 section 3.4.2.2, `pr`: a value that is not empty, or for a complex attribute a node that is not empty.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(is_present),
        Value::Object(object) => object.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(path: &AttributePath, operator: Operator, operand: &Operand, resource: &Object) -> bool {
    let attribute = path.last();
    match operand {
        Operand::Null => any_value(path, resource, &mut is_present) == (operator == Operator::Ne),
        Operand::Key(key) if operator == Operator::Ne => not_equal(path, key, resource),
        Operand::Key(key) => any_value(path, resource, &mut |v| holds(attribute, v, operator, key)),
    }
}

/// `ne`: some value differs, or there is none to be equal.
fn not_equal(path: &AttributePath, key: &Key, resource: &Object) -> bool {
    let attribute = path.last();
    let mut none = true;
    let differs = each(path.top_value(resource)).any(|element| {
        let value = path.sub().map_or(Some(element), |sub| element.get(&sub.name));
        none = false;
        value.is_none_or(|v| !holds(attribute, v, Operator::Eq, key))
    });
    none || differs
}

fn holds(attribute: &Attribute, value: &Value, operator: Operator, key: &Key) -> bool {
    if let (Key::Text(wanted), Value::String(text)) = (key, value) {
        let text = value::compared(attribute, text);
        // The key of the value, without a copy of text that folds to itself.
        return if attribute.case_exact {
            text_holds(text, operator, wanted)
        } else {
            text_holds(&value::fold(text), operator, wanted)
        };
    }
    let Some(ordering) = value::key(attribute, value).and_then(|found| found.partial_cmp(key)) else {
        return false;
    };
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Ne => ordering.is_ne(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

fn text_holds(text: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Eq => text == wanted,
        Operator::Ne => text != wanted,
        Operator::Co => text.contains(wanted),
        Operator::Sw => text.starts_with(wanted),
        Operator::Ew => text.ends_with(wanted),
        Operator::Gt => text > wanted,
        Operator::Ge => text >= wanted,
        Operator::Lt => text < wanted,
        Operator::Le => text <= wanted,
    }
}
