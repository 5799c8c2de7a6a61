//! From a [`Filter`] to a [`BoundFilter`]: names become attributes, values take the attribute's type.

use std::sync::Arc;

use serde_json::Value;

use super::{BoundFilter, Filter, Literal, Operand, Operator, Test};
use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::path::{AttributePath, Named, resolve};
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Returned, Type};
use crate::value::{self, Key};

/// What happens to a name no schema knows.
#[derive(Debug)]
pub(crate) enum Unknown {
    /// It counts as an attribute without value, where the dialect grants it.
    NoValue,
    /// It is noted; the caller decides.
    Noted(Option<String>),
}

/// What a filter is bound with.
#[derive(Debug)]
pub(crate) struct Binder<'b, 'd> {
    registry: &'b Registry,
    resource_type: &'b ResourceType,
    unknown: Unknown,
    lenience: &'b mut Lenience<'d>,
}

impl<'b, 'd> Binder<'b, 'd> {
    pub(crate) fn new(
        registry: &'b Registry,
        resource_type: &'b ResourceType,
        unknown: Unknown,
        lenience: &'b mut Lenience<'d>,
    ) -> Self {
        Self { registry, resource_type, unknown, lenience }
    }

    /// The first name no schema knows, where such names are noted.
    pub(crate) fn unknown(&self) -> Option<&str> {
        match &self.unknown {
            Unknown::NoValue => None,
            Unknown::Noted(name) => name.as_deref(),
        }
    }

    /// Binds a filter on a resource.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<BoundFilter, ScimError> {
        match filter {
            Filter::All(parts) => {
                parts.iter().map(|p| self.filter(p)).collect::<Result<_, _>>().map(BoundFilter::All)
            }
            Filter::Any(parts) => {
                parts.iter().map(|p| self.filter(p)).collect::<Result<_, _>>().map(BoundFilter::Any)
            }
            Filter::Not(inner) => Ok(BoundFilter::Not(Box::new(self.filter(inner)?))),
            Filter::Test { attribute, test } => match self.attribute(attribute)? {
                Some(path) => self.test(path, test),
                None => self.no_value(attribute, test),
            },
            Filter::Element { attribute, filter } => match self.attribute(attribute)? {
                Some(path) => {
                    let path = elements_of(path)?;
                    let inner = Box::new(self.inside(path.attribute(), filter)?);
                    Ok(BoundFilter::Element { attribute: path, filter: inner })
                }
                None => self.no_value(attribute, &Test::Present),
            },
            Filter::ElementTest { attribute, filter, sub, test } => {
                if !self
                    .lenience
                    .bends(Deviation::SubAttributeAfterFilter, || format!("{attribute}[...].{sub}"))
                {
                    return Err(ScimError::invalid_filter(format!(
                        "{attribute}[...].{sub}: nothing can stand after the bracket; write the test inside it, as in \
                         emails[type eq \"work\" and value eq \"ann@example.com\"]"
                    )));
                }
                match self.attribute(attribute)? {
                    Some(path) => self.element_test(&elements_of(path)?, filter, sub, test),
                    None => self.no_value(attribute, test),
                }
            }
        }
    }

    /// Binds a filter on one element of a complex attribute.
    pub(crate) fn inside(&mut self, parent: &Attribute, filter: &Filter) -> Result<BoundFilter, ScimError> {
        match filter {
            Filter::All(parts) => {
                parts.iter().map(|p| self.inside(parent, p)).collect::<Result<_, _>>().map(BoundFilter::All)
            }
            Filter::Any(parts) => {
                parts.iter().map(|p| self.inside(parent, p)).collect::<Result<_, _>>().map(BoundFilter::Any)
            }
            Filter::Not(inner) => Ok(BoundFilter::Not(Box::new(self.inside(parent, inner)?))),
            Filter::Test { attribute, test } => match parent.sub(attribute) {
                Some(sub) if sub.returned == Returned::Never => {
                    Err(never_returned(&format!("{}.{}", parent.name, sub.name)))
                }
                Some(sub) => self.test(AttributePath::relative(Arc::clone(sub)), test),
                None => self.no_value(&format!("{}.{attribute}", parent.name), test),
            },
            Filter::Element { attribute, .. } | Filter::ElementTest { attribute, .. } => {
                Err(ScimError::invalid_filter(format!("{attribute}[...] cannot stand inside brackets")))
            }
        }
    }

    /// `emails[type eq "work"].value ne "x"` is said of the elements the bracket chooses; where it chooses none, the
    /// attribute has no value, and `ne` and `eq null` hold as they do for any absent attribute.
    fn element_test(
        &mut self,
        path: &AttributePath,
        filter: &Filter,
        sub: &str,
        test: &Test,
    ) -> Result<BoundFilter, ScimError> {
        let parent = Arc::clone(path.attribute());
        let chosen = self.inside(&parent, filter)?;
        let tested = Filter::Test { attribute: sub.to_owned(), test: test.clone() };
        let tested = self.inside(&parent, &tested)?;
        let element = |filter| BoundFilter::Element { attribute: path.clone(), filter: Box::new(filter) };
        let not = |filter| BoundFilter::Not(Box::new(filter));
        let both = |test| element(BoundFilter::All(vec![chosen.clone(), test]));
        Ok(match test {
            Test::Compare(Operator::Eq, Literal::Null) => not(both(not(tested))),
            Test::Compare(Operator::Ne, literal) if *literal != Literal::Null => {
                BoundFilter::Any(vec![both(tested), not(element(chosen.clone()))])
            }
            Test::Present | Test::Compare(..) => both(tested),
        })
    }

    fn attribute(&mut self, name: &str) -> Result<Option<AttributePath>, ScimError> {
        let (named, needs) = resolve(self.registry, self.resource_type, name);
        if needs.is_some_and(|deviation| !self.lenience.bends(deviation, || name.to_owned())) {
            return Ok(None);
        }
        match named {
            Named::Attribute(path) if path.is_never_returned() => Err(never_returned(&path.to_string())),
            Named::Attribute(path) => Ok(Some(path)),
            Named::Base | Named::Extension(_) => Err(ScimError::invalid_filter(format!(
                "{name} is a schema; name one of its attributes after a colon, or ask for it with schemas eq \"...\""
            ))),
            Named::Nothing => Ok(None),
        }
    }

    /// An attribute no schema knows is an attribute without value.
    fn no_value(&mut self, name: &str, test: &Test) -> Result<BoundFilter, ScimError> {
        // What no attribute could be compared with is a mistake also where the name is not known.
        if let Test::Compare(operator, Literal::Boolean(_)) = test
            && !matches!(operator, Operator::Eq | Operator::Ne)
        {
            return Err(ScimError::invalid_filter(format!(
                "{name}: a boolean is compared with eq or ne only"
            )));
        }
        match &mut self.unknown {
            Unknown::Noted(noted) => {
                noted.get_or_insert_with(|| name.to_owned());
            }
            Unknown::NoValue
                if self.lenience.bends(Deviation::UnknownFilterAttribute, || name.to_owned()) => {}
            Unknown::NoValue => {
                return Err(ScimError::invalid_filter(format!(
                    "{} has no attribute {name}",
                    self.resource_type.name
                )));
            }
        }
        Ok(BoundFilter::Constant(match test {
            Test::Compare(Operator::Eq, literal) => *literal == Literal::Null,
            Test::Compare(Operator::Ne, literal) => *literal != Literal::Null,
            Test::Present | Test::Compare(..) => false,
        }))
    }

    fn test(&mut self, path: AttributePath, test: &Test) -> Result<BoundFilter, ScimError> {
        let (operator, literal) = match test {
            Test::Present => return Ok(BoundFilter::Present(path)),
            Test::Compare(operator, literal) => (*operator, literal),
        };
        let attribute = if path.last().is_complex() {
            let Some(value) = path.last().value_sub() else {
                let subs: Vec<&str> = path.attribute().sub_attributes.iter().map(|s| &*s.name).collect();
                return Err(ScimError::invalid_filter(format!(
                    "{path} has parts and cannot be compared as a whole; name one of them: {path}.{}",
                    subs.join(&format!(", {path}."))
                )));
            };
            if value.returned == Returned::Never {
                return Err(never_returned(&format!("{path}.{}", value.name)));
            }
            let value = Arc::clone(value);
            AttributePath::new(path.extension().cloned(), Arc::clone(path.attribute()), Some(value))
        } else {
            path
        };
        if *literal == Literal::Null {
            return match operator {
                Operator::Eq | Operator::Ne => {
                    Ok(BoundFilter::Compare { attribute, operator, operand: Operand::Null })
                }
                other => Err(ScimError::invalid_filter(format!(
                    "{attribute} {other} null: null compares with eq and ne only"
                ))),
            };
        }
        legal(&attribute, operator)?;
        let key = self.operand(&attribute, literal)?;
        Ok(BoundFilter::Compare { attribute, operator, operand: Operand::Key(key) })
    }

    /// A comparison value as a key of the attribute's type.
    fn operand(&mut self, path: &AttributePath, literal: &Literal) -> Result<Key, ScimError> {
        let attribute = path.last();
        if let Literal::Word(word) = literal
            && !self.lenience.bends(Deviation::BareWord, || path.to_string())
        {
            return Err(ScimError::invalid_filter(format!(
                "{path}: text is written in double quotes, \"{word}\""
            )));
        }
        let value = match (attribute.kind, literal) {
            (Type::Boolean, Literal::Text(text) | Literal::Word(text)) => self.boolean(path, text)?,
            // Without quotes a number or a boolean is as good as any other word: `employeeNumber eq 701984`.
            (Type::String | Type::Reference | Type::Binary, Literal::Number(_) | Literal::Boolean(_))
                if self.lenience.bends(Deviation::BareWord, || path.to_string()) =>
            {
                Value::String(literal.to_string())
            }
            _ => literal_value(literal),
        };
        value::key(attribute, &value).ok_or_else(|| {
            let wanted = match attribute.kind {
                Type::Boolean => "true or false, without quotes",
                Type::Integer | Type::Decimal => "a number, without quotes",
                Type::DateTime => "an instant such as \"2011-05-13T04:42:34Z\"",
                Type::String | Type::Reference | Type::Binary | Type::Complex => "text in double quotes",
            };
            ScimError::invalid_filter(format!("{path} is compared with {wanted}; {literal} was given"))
        })
    }

    fn boolean(&mut self, path: &AttributePath, text: &str) -> Result<Value, ScimError> {
        let flag = match text.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return Ok(Value::Null),
        };
        if self.lenience.bends(Deviation::BooleanTextInFilter, || path.to_string()) {
            return Ok(Value::Bool(flag));
        }
        Err(ScimError::invalid_filter(format!("{path} is a boolean; write {flag} without quotes")))
    }
}

/// What is never shown cannot be guessed by asking either.
fn never_returned(name: &str) -> ScimError {
    ScimError::invalid_filter(format!("{name} is never returned and cannot be asked for"))
}

/// A comparison value as JSON.
pub(crate) fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Boolean(flag) => Value::Bool(*flag),
        Literal::Number(number) => Value::Number(number.clone()),
        Literal::Text(text) | Literal::Word(text) => Value::String(text.clone()),
    }
}

fn elements_of(path: AttributePath) -> Result<AttributePath, ScimError> {
    if path.sub().is_none() && path.attribute().is_complex() {
        return Ok(path);
    }
    Err(ScimError::invalid_filter(format!("{path} has no parts; brackets cannot follow it")))
}

/// RFC 7644 section 3.4.2.2, table 3: order is refused on booleans and binaries; parts of a value are parts of text.
fn legal(path: &AttributePath, operator: Operator) -> Result<(), ScimError> {
    let kind = path.last().kind;
    let (ok, why) = match operator {
        Operator::Eq | Operator::Ne => (true, ""),
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            (!matches!(kind, Type::Boolean | Type::Binary), "has no order; eq, ne and pr can be asked")
        }
        Operator::Co | Operator::Sw | Operator::Ew => (
            matches!(kind, Type::String | Type::Reference),
            "is not text; co, sw and ew compare parts of text",
        ),
    };
    if ok { Ok(()) } else { Err(ScimError::invalid_filter(format!("{path} {operator}: {path} {why}"))) }
}
