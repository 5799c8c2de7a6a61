//! A service account and its tokens: what is kept, what is shown, and what an administrator may ask for.
//!
//! No secret is in what is kept (argon2 hashes and tags only), and nothing of the hashes is in what is shown.

use crate::access::WriteError;
use crate::dialect::{DialectChoice, Switches};
use crate::scope::Permissions;
use crate::token::{Secret, Tag, TokenId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use store::Record;
use uuid::Uuid;

/// Longest name of an account, in characters.
pub(crate) const NAME_MOST_CHARS: usize = 128;
/// Longest description of an account, in characters.
pub(crate) const DESCRIPTION_MOST_CHARS: usize = 1024;
/// Secrets of one account that can be live at once: the one in use and its successor.
pub(crate) const LIVE_TOKENS: usize = 2;
/// Revoked tokens remembered per account, so that their late users can be told why.
pub(crate) const REVOKED_REMEMBERED: usize = 32;

/// Names a service account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(Uuid);

impl AccountId {
    /// Wraps an id made by the caller.
    #[must_use]
    pub fn new(id: Uuid) -> AccountId {
        AccountId(id)
    }

    /// The id itself.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AccountId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<AccountId, uuid::Error> {
        Uuid::parse_str(text).map(AccountId)
    }
}

/// A field of a request that cannot be accepted as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Invalid {
    /// The field's name in JSON.
    pub field: &'static str,
    /// What is wrong with it, as the end of a sentence that starts with the field's name.
    pub reason: String,
}

/// What the administrator gives to make an account.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Required, unique without case.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// What its tokens may do.
    pub permissions: Permissions,
    /// How strictly its requests are read.
    pub dialect: DialectChoice,
    /// The user it stands for, which is what `/Me` means to it.
    pub user: Option<Uuid>,
}

/// What the administrator changes of an account; `None` leaves a field alone.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new permissions.
    pub permissions: Option<Permissions>,
    /// The name of the new dialect; its switches stay.
    pub dialect: Option<String>,
    /// The new switches of single deviations, all of them.
    pub deviations: Option<Switches>,
    /// The new switches of single rules, all of them.
    pub rules: Option<Switches>,
    /// Whom it stands for from now on.
    pub user: Option<Binding>,
}

/// Whom an account stands for, as a change says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// This user. Whether there is one is for the caller to know.
    To(Uuid),
    /// Nobody.
    Nobody,
}

impl Binding {
    /// The user, if it is one.
    #[must_use]
    pub fn user(self) -> Option<Uuid> {
        match self {
            Binding::To(user) => Some(user),
            Binding::Nobody => None,
        }
    }
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Another account has this name, perhaps in another case.
    #[error("an account named {0:?} exists already")]
    NameTaken(String),
    /// A field cannot be accepted as it is.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// One has to be revoked first.
    #[error("the account has two live tokens already: revoke one first")]
    TwoLive,
    /// It cannot be made as asked.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Too many tokens are being made at once.
    #[error("too many tokens are being made at once")]
    Busy,
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The name as it is kept: without blanks around it, not empty, not too long, on one line.
pub(crate) fn checked_name(name: &str) -> Result<String, Invalid> {
    let name = checked_label("name", name)?;
    if name.is_empty() {
        return Err(Invalid { field: "name", reason: "is required".into() });
    }
    Ok(name)
}

/// A text on one line as it is kept: without blanks around it, not too long; it may be empty.
pub(crate) fn checked_label(field: &'static str, text: &str) -> Result<String, Invalid> {
    let invalid = |reason: String| Err(Invalid { field, reason });
    let text = text.trim();
    if text.chars().count() > NAME_MOST_CHARS {
        return invalid(format!("is longer than {NAME_MOST_CHARS} characters"));
    }
    if text.chars().any(char::is_control) {
        return invalid("holds a control character".into());
    }
    Ok(text.to_owned())
}

/// The description as it is kept; line breaks are welcome.
pub(crate) fn checked_description(description: &str) -> Result<String, Invalid> {
    let invalid = |reason: String| Err(Invalid { field: "description", reason });
    if description.chars().count() > DESCRIPTION_MOST_CHARS {
        return invalid(format!("is longer than {DESCRIPTION_MOST_CHARS} characters"));
    }
    if description.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return invalid("holds a control character".into());
    }
    Ok(description.trim().to_owned())
}

/// What decides whether two names are the same.
pub(crate) fn name_key(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// An account as the store keeps it. It has no `Debug`, so that its hashes cannot reach a log.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountRecord {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) permissions: Permissions,
    pub(crate) dialect: String,
    /// Version 1 had none.
    #[serde(default)]
    pub(crate) deviations: Switches,
    /// Version 1 had none.
    #[serde(default)]
    pub(crate) rules: Switches,
    /// Versions 1 and 2 had none.
    #[serde(default)]
    pub(crate) user: Option<Uuid>,
    pub(crate) created_at: Timestamp,
    /// Oldest first, at most [`LIVE_TOKENS`].
    pub(crate) tokens: Vec<TokenRecord>,
    /// Oldest first, at most [`REVOKED_REMEMBERED`].
    pub(crate) revoked: Vec<TokenId>,
}

/// A live token as the store keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TokenRecord {
    pub(crate) id: TokenId,
    pub(crate) phc: String,
    pub(crate) tag: Tag,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Record for AccountRecord {
    const VERSION: u8 = 3;

    fn upgrade(version: u8, old: serde_json::Value) -> Option<serde_json::Value> {
        // What versions 1 and 2 lack has a default.
        matches!(version, 1 | 2).then_some(old)
    }
}

impl AccountRecord {
    pub(crate) fn new(id: AccountId, draft: &Draft, now: Timestamp) -> Result<AccountRecord, Invalid> {
        draft.dialect.checked()?;
        let DialectChoice { name: dialect, deviations, rules } = draft.dialect.clone();
        Ok(AccountRecord {
            id,
            name: checked_name(&draft.name)?,
            description: checked_description(&draft.description)?,
            permissions: draft.permissions,
            dialect,
            deviations,
            rules,
            user: draft.user,
            created_at: now,
            tokens: Vec::new(),
            revoked: Vec::new(),
        })
    }

    /// The record after the changes, and the names of the fields that differ.
    pub(crate) fn changed(&self, changes: &Changes) -> Result<(AccountRecord, Vec<&'static str>), Invalid> {
        let mut next = self.clone();
        let mut fields = Vec::new();
        if let Some(name) = &changes.name {
            next.name = checked_name(name)?;
        }
        if let Some(description) = &changes.description {
            next.description = checked_description(description)?;
        }
        next.permissions = changes.permissions.unwrap_or(self.permissions);
        next.dialect.clone_from(changes.dialect.as_ref().unwrap_or(&self.dialect));
        next.deviations.clone_from(changes.deviations.as_ref().unwrap_or(&self.deviations));
        next.rules.clone_from(changes.rules.as_ref().unwrap_or(&self.rules));
        next.choice().checked()?;
        next.user = changes.user.map_or(self.user, Binding::user);
        for (field, differs) in [
            ("name", next.name != self.name),
            ("description", next.description != self.description),
            ("permissions", next.permissions != self.permissions),
            ("dialect", next.dialect != self.dialect),
            ("deviations", next.deviations != self.deviations),
            ("rules", next.rules != self.rules),
            ("user", next.user != self.user),
        ] {
            if differs {
                fields.push(field);
            }
        }
        Ok((next, fields))
    }

    /// How strictly its requests are read.
    pub(crate) fn choice(&self) -> DialectChoice {
        DialectChoice {
            name: self.dialect.clone(),
            deviations: self.deviations.clone(),
            rules: self.rules.clone(),
        }
    }

    /// Takes away the tokens that have expired; they are remembered as revoked ones are.
    pub(crate) fn retire(&mut self, now: Timestamp) {
        let is_over = |token: &TokenRecord| token.expires_at.is_some_and(|end| now >= end);
        let over: Vec<_> = self.tokens.iter().filter(|token| is_over(token)).map(|token| token.id).collect();
        for token in over {
            self.revoke(token);
        }
    }

    /// Takes a live token away; says whether it was there.
    pub(crate) fn revoke(&mut self, token: TokenId) -> bool {
        let Some(position) = self.tokens.iter().position(|kept| kept.id == token) else { return false };
        self.tokens.remove(position);
        self.revoked.push(token);
        if self.revoked.len() > REVOKED_REMEMBERED {
            self.revoked.remove(0);
        }
        true
    }

    pub(crate) fn view(&self, last_used: impl Fn(TokenId) -> Option<Timestamp>) -> Account {
        let tokens: Vec<_> = self.tokens.iter().map(|token| token.view(last_used(token.id))).collect();
        Account {
            id: self.id,
            name: self.name.clone(),
            description: self.description.clone(),
            permissions: self.permissions,
            dialect: self.choice(),
            user: self.user,
            created_at: self.created_at,
            // a revoked token's use was a use of the account too
            last_used_at: self
                .revoked
                .iter()
                .filter_map(|token| last_used(*token))
                .chain(tokens.iter().filter_map(|token| token.last_used_at))
                .max(),
            tokens,
        }
    }
}

impl TokenRecord {
    pub(crate) fn view(&self, last_used_at: Option<Timestamp>) -> TokenView {
        TokenView {
            id: self.id,
            prefix: self.id.shown(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at,
        }
    }
}

/// A service account as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Unique without case.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// What its tokens may do.
    pub permissions: Permissions,
    /// How strictly its requests are read.
    #[serde(flatten)]
    pub dialect: DialectChoice,
    /// The user it stands for.
    pub user: Option<Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When one of its tokens was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// Its live tokens, oldest first.
    pub tokens: Vec<TokenView>,
}

/// A live token as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    /// Its public id.
    pub id: TokenId,
    /// Its first twelve characters.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused; `None` is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was last accepted.
    pub last_used_at: Option<Timestamp>,
}

/// A token just made: the only moment at which its secret can be read.
#[derive(Debug)]
pub struct FreshToken {
    /// What is shown of it later.
    pub token: TokenView,
    /// The whole token.
    pub secret: Secret,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str) -> Draft {
        Draft {
            name: name.into(),
            description: String::new(),
            permissions: Permissions::Full,
            dialect: DialectChoice::default(),
            user: None,
        }
    }

    fn record(name: &str) -> Result<AccountRecord, Invalid> {
        AccountRecord::new(AccountId::new(Uuid::nil()), &draft(name), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_name_is_trimmed_and_limited_in_characters_not_bytes() {
        assert_eq!(record("  Entra ID ").ok().unwrap().name, "Entra ID");
        assert!(record(&"ä".repeat(128)).is_ok());
        for wrong in [String::new(), "   ".into(), "ä".repeat(129), "a\nb".into(), "a\u{7}b".into()] {
            assert_eq!(record(&wrong).err().unwrap().field, "name", "{wrong:?}");
        }
    }

    #[test]
    fn names_that_differ_in_case_only_are_the_same() {
        assert_eq!(name_key("Entra ÄÖ"), name_key("ENTRA äö"));
        assert_ne!(name_key("entra"), name_key("entra 2"));
    }

    #[test]
    fn only_fields_that_differ_are_reported_as_changed() {
        let before = record("Entra").ok().unwrap();
        let changes =
            Changes { name: Some("Entra".into()), dialect: Some("strict".into()), ..Changes::default() };
        let (after, fields) = before.changed(&changes).unwrap();
        assert_eq!(fields, ["dialect"]);
        assert_eq!(after.dialect, "strict");
        assert_eq!(after.permissions, Permissions::Full);
    }

    #[test]
    fn an_account_stands_for_a_user_until_it_is_told_otherwise() {
        let (user, other) = (Uuid::from_u128(7), Changes { name: Some("Okta".into()), ..Changes::default() });
        let change = |user| Changes { user: Some(user), ..Changes::default() };
        let (bound, fields) = record("Entra").ok().unwrap().changed(&change(Binding::To(user))).unwrap();
        assert_eq!((bound.user, fields), (Some(user), vec!["user"]));
        let (kept, _) = bound.changed(&other).unwrap();
        assert_eq!(kept.user, Some(user));
        let (freed, fields) = kept.changed(&change(Binding::Nobody)).unwrap();
        assert_eq!((freed.user, fields), (None, vec!["user"]));
    }

    #[test]
    fn an_account_of_an_older_version_stands_for_nobody() {
        let mut old = serde_json::to_value(record("Entra").ok().unwrap()).unwrap();
        old.as_object_mut().unwrap().remove("user");
        for version in [1, 2] {
            let read: AccountRecord =
                serde_json::from_value(AccountRecord::upgrade(version, old.clone()).unwrap()).unwrap();
            assert_eq!(read.user, None);
        }
        assert!(AccountRecord::upgrade(4, old).is_none());
    }

    #[test]
    fn only_so_many_revoked_tokens_are_remembered() {
        let mut account = record("Entra").ok().unwrap();
        for number in 0..40 {
            let id: TokenId = format!("{number:012}").parse().unwrap();
            account.tokens.push(TokenRecord {
                id,
                phc: String::new(),
                tag: serde_json::from_str("[1,2,3]").unwrap(),
                created_at: Timestamp::UNIX_EPOCH,
                expires_at: None,
            });
            assert!(account.revoke(id));
            assert!(!account.revoke(id));
        }
        assert_eq!(account.revoked.len(), REVOKED_REMEMBERED);
        assert_eq!(account.revoked.last().unwrap().as_str(), "000000000039");
    }
}
