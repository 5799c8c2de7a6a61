//! The kinds of events and their names (RFC 9967 section 7.2).

/// What an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The resource came into the scope of the stream.
    FeedAdd,
    /// The resource left the scope of the stream, and is still there.
    FeedRemove,
    /// It was created; the values are given.
    CreateFull,
    /// It was created; names of attributes are given.
    CreateNotice,
    /// It was patched; the patch is given.
    PatchFull,
    /// It was patched; names of attributes are given.
    PatchNotice,
    /// It was replaced; the values are given.
    PutFull,
    /// It was replaced; names of attributes are given.
    PutNotice,
    /// It was deleted.
    Delete,
    /// It was activated.
    Activate,
    /// It was deactivated.
    Deactivate,
    /// An asynchronous request is done.
    AsyncResponse,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::FeedAdd,
        Self::FeedRemove,
        Self::CreateFull,
        Self::CreateNotice,
        Self::PatchFull,
        Self::PatchNotice,
        Self::PutFull,
        Self::PutNotice,
        Self::Delete,
        Self::Activate,
        Self::Deactivate,
        Self::AsyncResponse,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::FeedAdd => "urn:ietf:params:scim:event:feed:add",
            Self::FeedRemove => "urn:ietf:params:scim:event:feed:remove",
            Self::CreateFull => "urn:ietf:params:scim:event:prov:create:full",
            Self::CreateNotice => "urn:ietf:params:scim:event:prov:create:notice",
            Self::PatchFull => "urn:ietf:params:scim:event:prov:patch:full",
            Self::PatchNotice => "urn:ietf:params:scim:event:prov:patch:notice",
            Self::PutFull => "urn:ietf:params:scim:event:prov:put:full",
            Self::PutNotice => "urn:ietf:params:scim:event:prov:put:notice",
            Self::Delete => "urn:ietf:params:scim:event:prov:delete",
            Self::Activate => "urn:ietf:params:scim:event:prov:activate",
            Self::Deactivate => "urn:ietf:params:scim:event:prov:deactivate",
            Self::AsyncResponse => "urn:ietf:params:scim:event:misc:asyncresp",
        }
    }
}
