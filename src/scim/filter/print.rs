//! From a [`Filter`] back to text: what is printed reads back as the same filter.

use std::fmt;

use super::{Filter, Literal, Operator, Test};

/// Which chain the printed part stands in; it decides where parentheses are needed.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    All,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, Inside::Nothing, f)
    }
}

fn write(filter: &Filter, inside: Inside, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match filter {
        Filter::All(parts) => chain(parts, " and ", Inside::All, f),
        Filter::Any(parts) if inside == Inside::All => {
            f.write_str("(")?;
            chain(parts, " or ", Inside::Nothing, f)?;
            f.write_str(")")
        }
        Filter::Any(parts) => chain(parts, " or ", Inside::Nothing, f),
        Filter::Not(inner) => {
            f.write_str("not (")?;
            write(inner, Inside::Nothing, f)?;
            f.write_str(")")
        }
        Filter::Test { attribute, test } => write!(f, "{attribute} {test}"),
        Filter::Element { attribute, filter } => write!(f, "{attribute}[{filter}]"),
        Filter::ElementTest { attribute, filter, sub, test } => {
            write!(f, "{attribute}[{filter}].{sub} {test}")
        }
    }
}

fn chain(parts: &[Filter], word: &str, inside: Inside, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        write(part, inside, f)?;
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("pr"),
            Self::Compare(operator, literal) => write!(f, "{operator} {literal}"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Word(word) => f.write_str(word),
        }
    }
}
