//! The SCIM error: a status, a `scimType` and a detail a stranger can act on (RFC 7644 section 3.12).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::urn;

/// The detail keywords of RFC 7644 section 3.12, table 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read or compares what cannot be compared.
    InvalidFilter,
    /// More results than the server is willing to compute or return.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute cannot be changed as asked.
    Mutability,
    /// The message cannot be read, or breaks its own schema.
    InvalidSyntax,
    /// The path of a PATCH operation cannot be read or names nothing.
    InvalidPath,
    /// The path of a PATCH operation selects no value.
    NoTarget,
    /// A value is missing, of the wrong type or not allowed.
    InvalidValue,
    /// The path names a version of the protocol that is not spoken here (RFC 7644 section 3.13).
    InvalidVers,
    /// Personal data stands in a URI, where proxies and logs see it (RFC 7644 section 7.5.2).
    Sensitive,
    /// The cursor is none of this server's, or belongs to another query (RFC 9865 section 2.1).
    InvalidCursor,
    /// The cursor is too old (RFC 9865 section 2.1).
    ExpiredCursor,
    /// The count of a cursor query is no number, or another than that of its first page (RFC 9865 section 2.1).
    InvalidCount,
}

impl ScimType {
    /// Every keyword.
    pub const ALL: [Self; 13] = [
        Self::InvalidFilter,
        Self::TooMany,
        Self::Uniqueness,
        Self::Mutability,
        Self::InvalidSyntax,
        Self::InvalidPath,
        Self::NoTarget,
        Self::InvalidValue,
        Self::InvalidVers,
        Self::Sensitive,
        Self::InvalidCursor,
        Self::ExpiredCursor,
        Self::InvalidCount,
    ];

    /// The keyword as it stands in the message.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    /// The HTTP status that goes with the keyword.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Sensitive => 403,
            Self::Uniqueness => 409,
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidVers
            | Self::InvalidCursor
            | Self::ExpiredCursor
            | Self::InvalidCount => 400,
        }
    }
}

/// A detail is cut after this many bytes: it may quote what the client sent, and that may be megabytes.
const MAX_DETAIL_BYTES: usize = 4_000;

/// What went wrong with a request, in the words of RFC 7644 section 3.12.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    status: u16,
    scim_type: Option<ScimType>,
    detail: String,
    existing: Option<Uuid>,
}

impl ScimError {
    /// An error with a keyword; the status follows from it.
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self {
            status: scim_type.status(),
            scim_type: Some(scim_type),
            detail: cut(detail.into()),
            existing: None,
        }
    }

    /// An error that HTTP alone explains (401, 404, 413 and the like), without a keyword.
    pub fn http(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: cut(detail.into()), existing: None }
    }

    /// 400 `invalidFilter`.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }

    /// 400 `invalidSyntax`.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    /// 400 `invalidPath`.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidPath, detail)
    }

    /// 400 `invalidValue`.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    /// 400 `noTarget`.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(ScimType::NoTarget, detail)
    }

    /// 400 `mutability`.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }

    /// 409 `uniqueness`.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Uniqueness, detail)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The keyword, where there is one.
    #[must_use]
    pub fn scim_type(&self) -> Option<ScimType> {
        self.scim_type
    }

    /// The text for people. Entra shows it in the provisioning log.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same error, about a resource that is there already: a client whose answer was lost can adopt it.
    #[must_use]
    pub fn about(mut self, existing: Option<Uuid>) -> Self {
        self.existing = existing;
        self
    }

    /// The resource that is there already and is in the way, of the type the request is about.
    #[must_use]
    pub fn existing(&self) -> Option<Uuid> {
        self.existing
    }

    /// The same error with the detail put behind a position, such as the number of a PATCH operation.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    /// The message body. `status` is a string, as the RFC and Okta's suite want it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({ "schemas": [urn::ERROR], "status": self.status.to_string() });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = json!(scim_type.as_str());
        }
        body["detail"] = json!(self.detail);
        body
    }
}

fn cut(mut detail: String) -> String {
    if detail.len() > MAX_DETAIL_BYTES {
        detail.truncate(detail.floor_char_boundary(MAX_DETAIL_BYTES));
        detail.push('…');
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_the_status_as_text_and_the_keyword() {
        let body = ScimError::uniqueness("userName is taken").to_json();
        assert_eq!(
            body,
            json!({"schemas": [urn::ERROR], "status": "409", "scimType": "uniqueness", "detail": "userName is taken"})
        );
    }

    #[test]
    fn an_error_of_http_alone_has_no_keyword() {
        assert!(ScimError::http(404, "no such user").to_json().get("scimType").is_none());
    }

    #[test]
    fn a_detail_that_quotes_megabytes_is_cut() {
        let error = ScimError::invalid_syntax("é".repeat(1_000_000) + "!");
        assert!(error.detail().len() < 5_000 && error.detail().ends_with('…'));
        assert_eq!(ScimError::invalid_syntax("short").detail(), "short");
    }
}
