//! Streams: who is told of changes, how, in which form, and of which.

use jiff::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::address::Policy;
use crate::seal::{Sealed, Vault};
use crate::target::{Target, TargetError};
use crate::webhook::WebhookSecret;

/// The most characters of a name.
const MAX_NAME: usize = 100;
/// The most characters of an `Authorization` header.
const MAX_AUTHORIZATION: usize = 4_000;

/// How events get to the receiver.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "camelCase")]
pub enum Delivery {
    /// Tokens are posted to it (RFC 8935).
    Push {
        /// Its address.
        url: String,
        /// The value of the `Authorization` header it wants.
        #[serde(default)]
        authorization: Option<Sealed>,
    },
    /// It fetches tokens (RFC 8936).
    Poll {
        /// The digest of the token it shows.
        token: TokenDigest,
    },
    /// JSON is posted to it, signed with a shared secret (Standard Webhooks).
    Webhook {
        /// Its address.
        url: String,
        /// The secret, `whsec_…`.
        secret: Sealed,
    },
}

impl Delivery {
    /// The address events are posted to.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Push { url, .. } | Self::Webhook { url, .. } => Some(url),
            Self::Poll { .. } => None,
        }
    }
}

/// The digest of the token of a receiver that polls. The token is random and long, so one pass of SHA-256 keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDigest(String);

impl TokenDigest {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let digest = digest::digest(&digest::SHA256, token.as_bytes());
        Self(hex(digest.as_ref()))
    }

    /// Whether a presented token is the one. Digests are compared, so time tells nothing of the token.
    #[must_use]
    pub fn fits(&self, presented: &str) -> bool {
        Self::of(presented) == *self
    }
}

/// Whether values are told or names only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// Names of what changed; the receiver reads the resource if it may.
    #[default]
    Notice,
    /// The values too.
    Full,
}

/// Of which resources a stream tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Scope {
    /// Of all.
    #[default]
    All,
    /// Of those of some types.
    ResourceTypes {
        /// Their names.
        resource_types: Vec<String>,
    },
    /// Of a group and those who are its members themselves, not through another group.
    Group {
        /// The group.
        group: Uuid,
    },
    /// Of those of a type that a filter matches.
    Filter {
        /// The type.
        resource_type: String,
        /// The filter, over attributes that are kept with the resource: not over groups, members or `meta`.
        filter: String,
    },
}

impl Scope {
    /// Whether resources come into it and leave it while they live.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        match self {
            Self::All | Self::ResourceTypes { .. } => false,
            Self::Group { .. } | Self::Filter { .. } => true,
        }
    }
}

/// Whether a stream runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum State {
    /// It does.
    Running,
    /// It does not. Its events are kept.
    Paused {
        /// Who stopped it.
        by: PausedBy,
        /// When.
        at: Timestamp,
    },
}

/// Who stopped a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PausedBy {
    /// An administrator.
    Administrator,
    /// The server, because the receiver accepted nothing for days.
    Failures,
    /// The receiver, by saying that nobody is there any more.
    Receiver,
}

/// A stream.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamRecord {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How events get to the receiver.
    pub delivery: Delivery,
    /// Whether values are told.
    pub form: Form,
    /// Of which resources it tells.
    pub scope: Scope,
    /// Whom the tokens are for.
    pub audience: Vec<String>,
    /// Whether it runs.
    pub state: State,
    /// When it was made.
    pub created_at: Timestamp,
}

impl store::Record for StreamRecord {
    const VERSION: u8 = 1;
}

/// A stream as an administrator asks for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// How events get to the receiver.
    pub delivery: DraftDelivery,
    /// Whether values are told.
    #[serde(default)]
    pub form: Form,
    /// Of which resources it tells.
    #[serde(default)]
    pub scope: Scope,
    /// Whom the tokens are for; the receiver's address where nobody is named.
    #[serde(default)]
    pub audience: Vec<String>,
}

/// The way to the receiver as an administrator asks for it.
#[derive(Clone, Deserialize)]
#[serde(tag = "method", rename_all = "camelCase", deny_unknown_fields)]
pub enum DraftDelivery {
    /// Tokens are posted to it.
    Push {
        /// Its address.
        url: String,
        /// The value of the `Authorization` header it wants.
        #[serde(default)]
        authorization: Option<String>,
    },
    /// It fetches tokens.
    Poll {},
    /// JSON is posted to it.
    Webhook {
        /// Its address.
        url: String,
        /// The secret; one is made where none is given.
        #[serde(default)]
        secret: Option<String>,
    },
}

/// Secrets are no matter for logs.
impl std::fmt::Debug for DraftDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Push { .. } => "Push",
            Self::Poll {} => "Poll",
            Self::Webhook { .. } => "Webhook",
        })
    }
}

/// What an administrator changes of a stream; what is not named stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Changes {
    /// The name.
    pub name: Option<String>,
    /// The way to the receiver, whole.
    pub delivery: Option<DraftDelivery>,
    /// Whether values are told.
    pub form: Option<Form>,
    /// Whom the tokens are for.
    pub audience: Option<Vec<String>>,
}

/// A stream cannot be like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The name is empty or long.
    #[error("the name must have 1 to {MAX_NAME} characters")]
    Name,
    /// The address cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The secret is none.
    #[error("a webhook's secret is whsec_ and then 24 to 64 bytes in base64")]
    Secret,
    /// The header's value cannot be sent.
    #[error("authorization must be one line of visible characters, such as \"Bearer abc\"")]
    Authorization,
    /// No resource type is named.
    #[error("a scope of resource types must name one at least")]
    NoTypes,
}

/// A way to the receiver that was made, and the secret its receiver must be told, once.
pub struct MadeDelivery {
    /// The way.
    pub delivery: Delivery,
    /// The token of who polls, or the secret of a webhook that was made here.
    pub secret: Option<String>,
}

impl DraftDelivery {
    /// Checks it; `random` becomes the secret where one is needed.
    pub fn check(
        self,
        policy: &Policy,
        vault: &Vault,
        random: [u8; 32],
    ) -> Result<MadeDelivery, StreamError> {
        match self {
            Self::Push { url, authorization } => {
                Target::parse(&url, policy)?;
                if let Some(value) = &authorization
                    && (value.is_empty()
                        || value.len() > MAX_AUTHORIZATION
                        || !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)))
                {
                    return Err(StreamError::Authorization);
                }
                let authorization = authorization.map(|value| vault.seal(value.as_bytes(), &random));
                Ok(MadeDelivery { delivery: Delivery::Push { url, authorization }, secret: None })
            }
            Self::Poll {} => {
                let token = format!("rcs_{}", hex(&random));
                let delivery = Delivery::Poll { token: TokenDigest::of(&token) };
                Ok(MadeDelivery { delivery, secret: Some(token) })
            }
            Self::Webhook { url, secret } => {
                Target::parse(&url, policy)?;
                if let Some(secret) = secret {
                    WebhookSecret::parse(&secret).ok_or(StreamError::Secret)?;
                    let secret = vault.seal(secret.as_bytes(), &random);
                    return Ok(MadeDelivery { delivery: Delivery::Webhook { url, secret }, secret: None });
                }
                let secret = WebhookSecret::new(random).text();
                let sealed = vault.seal(secret.as_bytes(), &random);
                let delivery = Delivery::Webhook { url, secret: sealed };
                Ok(MadeDelivery { delivery, secret: Some(secret) })
            }
        }
    }
}

impl Draft {
    /// Makes the stream, and the secret to tell its receiver. Whether types, groups and filters of its scope exist
    /// is for who knows them.
    pub fn check(
        self,
        id: Uuid,
        policy: &Policy,
        vault: &Vault,
        random: [u8; 32],
        now: Timestamp,
    ) -> Result<(StreamRecord, Option<String>), StreamError> {
        let MadeDelivery { delivery, secret } = self.delivery.check(policy, vault, random)?;
        if let Scope::ResourceTypes { resource_types } = &self.scope
            && resource_types.is_empty()
        {
            return Err(StreamError::NoTypes);
        }
        let record = StreamRecord {
            id,
            name: name(&self.name)?,
            audience: audience(self.audience, &delivery, id),
            delivery,
            form: self.form,
            scope: self.scope,
            state: State::Running,
            created_at: now,
        };
        Ok((record, secret))
    }
}

impl StreamRecord {
    /// The stream with changes, and the secret to tell its receiver. The scope stays: what a receiver was told
    /// depends on it.
    pub fn changed(
        mut self,
        changes: Changes,
        policy: &Policy,
        vault: &Vault,
        random: [u8; 32],
    ) -> Result<(Self, Option<String>), StreamError> {
        let mut secret = None;
        if let Some(text) = changes.name {
            self.name = name(&text)?;
        }
        if let Some(draft) = changes.delivery {
            let made = draft.check(policy, vault, random)?;
            (self.delivery, secret) = (made.delivery, made.secret);
        }
        if let Some(form) = changes.form {
            self.form = form;
        }
        if let Some(named) = changes.audience {
            self.audience = audience(named, &self.delivery, self.id);
        }
        Ok((self, secret))
    }

    /// Whether it needs the values of changes.
    #[must_use]
    pub fn needs_values(&self) -> bool {
        self.form == Form::Full || self.scope.is_moving()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn name(text: &str) -> Result<String, StreamError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(StreamError::Name);
    }
    Ok(text.to_owned())
}

fn audience(named: Vec<String>, delivery: &Delivery, id: Uuid) -> Vec<String> {
    if named.is_empty() { vec![delivery.url().map_or_else(|| id.to_string(), str::to_owned)] } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn made(body: Value) -> Result<(StreamRecord, Option<String>), StreamError> {
        let wish: Draft = serde_json::from_value(body).unwrap();
        wish.check(
            Uuid::from_u128(7),
            &Policy::default(),
            &Vault::new(&[9; 32]),
            [3; 32],
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_polling_receiver_gets_a_token_that_is_kept_as_a_digest() {
        let (stream, token) = made(json!({"name": " SIEM ", "delivery": {"method": "poll"}})).unwrap();
        let token = token.unwrap();
        let Delivery::Poll { token: digest } = &stream.delivery else { panic!() };
        assert!(digest.fits(&token) && !digest.fits("rcs_0"));
        assert!(!serde_json::to_string(&stream).unwrap().contains(&token));
        assert_eq!(
            (stream.name.as_str(), stream.audience[0].as_str()),
            ("SIEM", stream.id.to_string().as_str())
        );
    }

    #[test]
    fn a_webhook_gets_a_secret_or_brings_one() {
        let body = json!({"name": "w", "delivery": {"method": "webhook", "url": "https://r.example/"}});
        let (stream, secret) = made(body).unwrap();
        assert!(WebhookSecret::parse(&secret.unwrap()).is_some());
        assert_eq!(stream.audience, ["https://r.example/"]);
        let short = json!({"method": "webhook", "url": "https://r.example/", "secret": "whsec_AAAA"});
        assert_eq!(made(json!({"name": "w", "delivery": short})).err(), Some(StreamError::Secret));
    }

    #[test]
    fn wrong_drafts_are_refused() {
        let push = |url: &str| json!({"method": "push", "url": url});
        assert_eq!(made(json!({"name": " ", "delivery": {"method": "poll"}})).err(), Some(StreamError::Name));
        let inner = made(json!({"name": "x", "delivery": push("https://10.0.0.1/")}));
        assert!(matches!(inner.err(), Some(StreamError::Target(TargetError::Forbidden(_)))));
        let header = json!({"method": "push", "url": "https://r.example/", "authorization": "a\r\nb: c"});
        assert_eq!(made(json!({"name": "x", "delivery": header})).err(), Some(StreamError::Authorization));
        let scope = json!({"kind": "resourceTypes", "resourceTypes": []});
        let none = made(json!({"name": "x", "delivery": {"method": "poll"}, "scope": scope}));
        assert_eq!(none.err(), Some(StreamError::NoTypes));
    }

    #[test]
    fn what_is_not_changed_stays() {
        let (stream, _) = made(json!({"name": "w", "delivery": {"method": "poll"}})).unwrap();
        let wish: Changes = serde_json::from_value(json!({"form": "full"})).unwrap();
        let (changed, secret) =
            stream.clone().changed(wish, &Policy::default(), &Vault::new(&[9; 32]), [0; 32]).unwrap();
        assert_eq!(secret, None);
        assert!(changed.needs_values() && !stream.needs_values());
        assert!(StreamRecord { form: Form::Full, ..stream } == changed);
    }
}
