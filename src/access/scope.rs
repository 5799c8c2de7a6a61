//! What a service account may do, as the administrator chose it.
//!
//! It does not decide which route needs which scope: the server asks [`Permissions::allows`].

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// One permission that can be given by itself. Write does not imply read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read users.
    UsersRead,
    /// Create, change and delete users.
    UsersWrite,
    /// Read groups.
    TeamsRead,
    /// Create, change and delete groups and their members.
    TeamsWrite,
}

impl Scope {
    /// Every scope, in the order in which they are shown.
    pub const ALL: [Scope; 4] = [Scope::UsersRead, Scope::UsersWrite, Scope::TeamsRead, Scope::TeamsWrite];

    /// The name in JSON and on the command line.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Scope::UsersRead => "users:read",
            Scope::UsersWrite => "users:write",
            Scope::TeamsRead => "teams:read",
            Scope::TeamsWrite => "teams:write",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Scope::UsersRead => "Users: Read",
            Scope::UsersWrite => "Users: Create and modify",
            Scope::TeamsRead => "Teams: Read",
            Scope::TeamsWrite => "Teams: Create and modify",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Scope::UsersRead => 1,
            Scope::UsersWrite => 2,
            Scope::TeamsRead => 4,
            Scope::TeamsWrite => 8,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire())
    }
}

/// The text names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown scope {given:?}: the scopes are \"users:read\", \"users:write\", \"teams:read\" and \"teams:write\""
)]
pub struct UnknownScope {
    given: String,
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Scope, UnknownScope> {
        Scope::ALL
            .into_iter()
            .find(|scope| scope.wire() == text)
            .ok_or_else(|| UnknownScope { given: text.chars().take(64).collect() })
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.wire())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scope, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Any of the sixteen sets of scopes; in JSON a list in the order of [`Scope::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ScopeSet(u8);

impl ScopeSet {
    /// The set that permits nothing.
    pub const EMPTY: ScopeSet = ScopeSet(0);

    /// This set and one scope more.
    #[must_use]
    pub fn with(self, scope: Scope) -> ScopeSet {
        ScopeSet(self.0 | scope.bit())
    }

    /// Does the set hold the scope?
    #[must_use]
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Is it the set that permits nothing?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> ScopeSet {
        scopes.into_iter().fold(ScopeSet::EMPTY, ScopeSet::with)
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Scope::wire)).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
        Ok(Vec::<Scope>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Everything, or a chosen set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", try_from = "Written")]
pub enum Permissions {
    /// Everything, including what later versions add.
    Full,
    /// Only these scopes.
    Scoped {
        /// The chosen scopes.
        scopes: ScopeSet,
    },
}

/// Permissions as somebody wrote them: full ones that come with a list of scopes are a contradiction, and must
/// not be read as full.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    kind: Kind,
    scopes: Option<ScopeSet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Full,
    Scoped,
}

impl TryFrom<Written> for Permissions {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Permissions, &'static str> {
        match (written.kind, written.scopes) {
            (Kind::Full, None) => Ok(Permissions::Full),
            (Kind::Scoped, Some(scopes)) => Ok(Permissions::Scoped { scopes }),
            (Kind::Full, Some(_)) => Err("full permissions have no list of scopes"),
            (Kind::Scoped, None) => Err("scoped permissions need a list of scopes"),
        }
    }
}

impl Permissions {
    /// Permissions limited to the given scopes.
    #[must_use]
    pub fn scoped(scopes: impl IntoIterator<Item = Scope>) -> Permissions {
        Permissions::Scoped { scopes: scopes.into_iter().collect() }
    }

    /// May an action that needs this scope be done?
    #[must_use]
    pub fn allows(self, scope: Scope) -> bool {
        match self {
            Permissions::Full => true,
            Permissions::Scoped { scopes } => scopes.contains(scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_set() -> impl Iterator<Item = ScopeSet> {
        (0..16u8).map(ScopeSet)
    }

    #[test]
    fn each_of_the_sixteen_sets_allows_exactly_its_scopes() {
        for set in every_set() {
            let permissions = Permissions::Scoped { scopes: set };
            for scope in Scope::ALL {
                assert_eq!(
                    permissions.allows(scope),
                    set.iter().any(|held| held == scope),
                    "{set:?} {scope}"
                );
            }
            assert_eq!(set.iter().count(), set.0.count_ones() as usize);
        }
    }

    #[test]
    fn write_does_not_imply_read() {
        let permissions = Permissions::scoped([Scope::UsersWrite]);
        assert!(permissions.allows(Scope::UsersWrite));
        assert!(!permissions.allows(Scope::UsersRead));
        assert!(!permissions.allows(Scope::TeamsWrite));
    }

    #[test]
    fn full_permissions_allow_every_scope() {
        assert!(Scope::ALL.into_iter().all(|scope| Permissions::Full.allows(scope)));
    }

    #[test]
    fn each_of_the_sixteen_sets_survives_json() {
        for scopes in every_set() {
            let permissions = Permissions::Scoped { scopes };
            let text = serde_json::to_string(&permissions).unwrap();
            assert_eq!(serde_json::from_str::<Permissions>(&text).unwrap(), permissions, "{text}");
        }
    }

    #[test]
    fn the_wire_form_is_the_documented_one() {
        let scoped = Permissions::scoped([Scope::TeamsWrite, Scope::UsersRead]);
        assert_eq!(
            serde_json::to_string(&scoped).unwrap(),
            r#"{"kind":"scoped","scopes":["users:read","teams:write"]}"#
        );
        assert_eq!(serde_json::to_string(&Permissions::Full).unwrap(), r#"{"kind":"full"}"#);
    }

    #[test]
    fn an_unknown_scope_is_refused_and_named() {
        let problem =
            serde_json::from_str::<Permissions>(r#"{"kind":"scoped","scopes":["users:admin"]}"#).unwrap_err();
        assert!(problem.to_string().contains("users:admin"), "{problem}");
    }

    #[test]
    fn a_scoped_permission_without_scopes_is_not_full() {
        assert!(serde_json::from_str::<Permissions>(r#"{"kind":"scoped"}"#).is_err());
        assert!(serde_json::from_str::<Permissions>(r#"{"kind":"full","scopes":["users:read"]}"#).is_err());
        assert!(serde_json::from_str::<Permissions>(r#"{"kind":"everything"}"#).is_err());
    }
}
