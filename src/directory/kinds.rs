//! Which resource types are kept, and under which kind. Pure.

use std::sync::Arc;

use scim::{Registry, ResourceType};

use crate::layout::Kind;

/// The resource types of a registry with their kinds, users and groups among them.
#[derive(Debug, Clone)]
pub struct Kinds(Vec<(Kind, Arc<ResourceType>)>);

impl Kinds {
    /// The kinds of users and groups.
    ///
    /// # Panics
    /// Where the registry lacks User or Group, which are built in.
    #[must_use]
    pub fn builtin(registry: &Registry) -> Self {
        let named = [(Kind::User, "User"), (Kind::Group, "Group")];
        Self(
            named
                .map(|(kind, name)| (kind, Arc::clone(registry.resource_type(name).expect("built in"))))
                .into(),
        )
    }

    /// The kinds of users and groups and of the resource types that `numbers` gives a number; a type without one is
    /// left out.
    #[must_use]
    pub(crate) fn with(registry: &Registry, numbers: impl Fn(&str) -> Option<u8>) -> Self {
        let mut kinds = Self::builtin(registry);
        for resource_type in registry.resource_types() {
            if kinds.named(&resource_type.name).is_none()
                && let Some(number) = numbers(&resource_type.name)
            {
                kinds.0.push((Kind::Custom(number), Arc::clone(resource_type)));
            }
        }
        kinds
    }

    /// Every kind, in the order its resource types are shown.
    pub fn iter(&self) -> impl Iterator<Item = Kind> {
        self.0.iter().map(|(kind, _)| *kind)
    }

    /// The resource type of a kind; `None` for one that is not defined any more.
    #[must_use]
    pub fn resource_type(&self, kind: Kind) -> Option<&Arc<ResourceType>> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, resource_type)| resource_type)
    }

    /// The kind of a resource type, by its name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Kind> {
        self.0.iter().find(|(_, t)| t.name.eq_ignore_ascii_case(name)).map(|(kind, _)| *kind)
    }

    /// The kind served below a path segment, `Users`; some clients write it in lower case.
    #[must_use]
    pub fn at(&self, segment: &str) -> Option<Kind> {
        self.0.iter().find(|(_, t)| t.endpoint[1..].eq_ignore_ascii_case(segment)).map(|(kind, _)| *kind)
    }
}
