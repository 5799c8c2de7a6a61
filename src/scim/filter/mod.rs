//! Filters (RFC 7644 section 3.4.2.2): text to tree, tree to schema attributes, and matching.
//!
//! A [`Filter`] is what was written; a [`BoundFilter`] is legal for a resource type and can be held against a
//! resource. How resources are found by a filter is the directory's business.

mod bind;
mod eval;
mod parse;
mod print;
#[cfg(test)]
mod properties;
mod several;
#[cfg(test)]
mod tests;

pub(crate) use bind::{Binder, Unknown, literal_value};
pub(crate) use parse::{Cursor, SyntaxError};
pub use parse::{MAX_DEPTH, MAX_LENGTH, MAX_TERMS};

use serde_json::Number;

use crate::dialect::Lenience;
use crate::error::ScimError;
use crate::path::AttributePath;
use crate::registry::{Registry, ResourceType};
use crate::value::Key;

/// A filter as written: names and values are not yet looked at.
///
/// Chains of `and` and of `or` are flat, so a tree is never deeper than its parentheses: at most [`MAX_DEPTH`].
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of two or more; none of them is itself an `All`.
    All(Vec<Filter>),
    /// Any of two or more; none of them is itself an `Any`.
    Any(Vec<Filter>),
    /// `not (...)`.
    Not(Box<Filter>),
    /// A test of one attribute.
    Test {
        /// The attribute, as written: `name.familyName`, with or without a URN before it.
        attribute: String,
        /// What is asked of it.
        test: Test,
    },
    /// `emails[type eq "work"]`: some one element matches.
    Element {
        /// The attribute, as written.
        attribute: String,
        /// What an element must match.
        filter: Box<Filter>,
    },
    /// `emails[type eq "work"].value eq "x"`: not in the grammar of the RFC, but Entra sends it.
    ElementTest {
        /// The attribute, as written.
        attribute: String,
        /// What an element must match.
        filter: Box<Filter>,
        /// The sub-attribute after the bracket.
        sub: String,
        /// What is asked of it.
        test: Test,
    },
}

/// What is asked of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `pr`.
    Present,
    /// A comparison.
    Compare(Operator, Literal),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal to.
    Le,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// A comparison value as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A JSON number.
    Number(Number),
    /// A JSON string.
    Text(String),
    /// Anything without quotes that is none of the above; refused when bound unless the dialect allows it.
    Word(String),
}

/// A filter bound to the attributes of a resource type: operators are legal, values have the attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub enum BoundFilter {
    /// All of them.
    All(Vec<BoundFilter>),
    /// Any of them.
    Any(Vec<BoundFilter>),
    /// The opposite.
    Not(Box<BoundFilter>),
    /// The same answer for every resource; what a test of an attribute no schema knows comes to.
    Constant(bool),
    /// The attribute has a value that is not empty.
    Present(AttributePath),
    /// Some value of the attribute compares; `ne` also holds where there is none.
    Compare {
        /// The attribute, never a complex one.
        attribute: AttributePath,
        /// How it compares.
        operator: Operator,
        /// With what.
        operand: Operand,
    },
    /// Some one element of a complex attribute matches. Paths in the inner filter are relative to the element.
    Element {
        /// The attribute.
        attribute: AttributePath,
        /// What the element must match.
        filter: Box<BoundFilter>,
    },
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// No value; with `eq` and `ne` only.
    Null,
    /// A key as [`crate::value::key`] makes it for the attribute.
    Key(Key),
}

impl Filter {
    /// Reads a filter. What cannot be read is 400 `invalidFilter`, with the position and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        parse::filter(text)
    }

    /// Binds the filter to the attributes of a resource type.
    ///
    /// A comparison that cannot be made is 400 `invalidFilter`: order on booleans, parts of numbers, text against a
    /// number, an attribute that is never returned.
    pub fn bind(
        &self,
        registry: &Registry,
        resource_type: &ResourceType,
        lenience: &mut Lenience<'_>,
    ) -> Result<BoundFilter, ScimError> {
        Binder::new(registry, resource_type, Unknown::NoValue, lenience).filter(self)
    }
}
