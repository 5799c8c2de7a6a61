//! Schemas and attributes with their characteristics (RFC 7643 sections 2.2 and 7).
//!
//! A schema is data: it is read from JSON in the form of RFC 7643 section 7, the same form `/Schemas` shows.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A schema: a set of attributes under a URI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The URI.
    pub id: String,
    /// The name for people.
    #[serde(default)]
    pub name: String,
    /// The description for people.
    #[serde(default)]
    pub description: String,
    /// The attributes, in the order they are shown.
    pub attributes: Vec<Arc<Attribute>>,
}

impl Schema {
    /// The attribute of that name; names compare without case (RFC 7643 section 2.1).
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name))
    }
}

/// An attribute's data type (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Unicode text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A real number.
    Decimal,
    /// A whole number.
    Integer,
    /// An instant as xsd:dateTime text.
    DateTime,
    /// base64 text.
    Binary,
    /// A URI.
    Reference,
    /// Sub-attributes.
    Complex,
}

/// Who may change an attribute, and when (RFC 7643 section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// The client, at any time.
    #[default]
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, and it never comes back.
    WriteOnly,
}

/// When an attribute is returned (RFC 7643 section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Whatever the client asks for.
    Always,
    /// Never, also when named.
    Never,
    /// Unless the client asks for others.
    #[default]
    Default,
    /// Only when named.
    Request,
}

/// How widely a value is unique (RFC 7643 section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Not at all.
    #[default]
    None,
    /// Within this server and resource type.
    Server,
    /// Everywhere.
    Global,
}

/// An attribute and its characteristics; what a schema leaves out has the default of RFC 7643 section 2.2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// The name, in the case it is shown.
    pub name: String,
    /// The data type.
    #[serde(default, rename = "type")]
    pub kind: Type,
    /// Whether it holds a list.
    #[serde(default)]
    pub multi_valued: bool,
    /// The description for people.
    #[serde(default)]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Suggested values. They are hints: others are accepted (RFC 7643 section 2.3.1 leaves it to the server).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Whether text compares with regard to case.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may change it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is returned.
    #[serde(default)]
    pub returned: Returned,
    /// How widely it is unique.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Arc<Attribute>>,
}

impl Attribute {
    /// The sub-attribute of that name; names compare without case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.sub_attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name))
    }

    /// The sub-attribute that stands for the whole when a complex attribute is compared or given bare: `value`.
    #[must_use]
    pub fn value_sub(&self) -> Option<&Arc<Attribute>> {
        self.sub("value")
    }

    /// Whether it has sub-attributes.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }
}
