//! Rules that are narrower than the RFCs: what the interop profile (draft-zollner-scim-interop-profile) and careful
//! administrators ask for beyond them. They are no deviations: a client that keeps them keeps the RFCs too.

/// One rule a client is held to beyond the RFCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Every PATCH operation has a path.
    RequirePath,
    /// A path such as `emails[type eq "work"]` names a sub-attribute after its filter; members are excepted, because
    /// there is no other way to remove one of them.
    NoWholeElement,
    /// A filter in a PATCH path matches at most one element.
    OneMatch,
    /// A `replace` of a complex attribute replaces all of it, and does not merge.
    WholeComplex,
    /// Bodies are `application/scim+json` and nothing else.
    ScimMediaType,
    /// No password is taken: it is as unknown as any other attribute no schema has.
    NoPassword,
    /// A change of a resource that is there carries `If-Match`; without it, 428.
    RequireIfMatch,
}

impl Rule {
    /// Every rule, in the order of the enum.
    pub const ALL: [Self; 7] = [
        Self::RequirePath,
        Self::NoWholeElement,
        Self::OneMatch,
        Self::WholeComplex,
        Self::ScimMediaType,
        Self::NoPassword,
        Self::RequireIfMatch,
    ];

    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The name of the switch in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequirePath => "requirePath",
            Self::NoWholeElement => "noWholeElement",
            Self::OneMatch => "oneMatch",
            Self::WholeComplex => "wholeComplex",
            Self::ScimMediaType => "scimMediaType",
            Self::NoPassword => "noPassword",
            Self::RequireIfMatch => "requireIfMatch",
        }
    }

    /// What a client is held to, in plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::RequirePath => "Every PATCH operation needs a path.",
            Self::NoWholeElement => {
                "A PATCH path with a filter names a sub-attribute, as in emails[type eq \"work\"].value; members are excepted."
            }
            Self::OneMatch => "A filter in a PATCH path may match one element only.",
            Self::WholeComplex => "A PATCH replace of a complex attribute replaces it wholly.",
            Self::ScimMediaType => "Bodies must be application/scim+json.",
            Self::NoPassword => "A password in a request is refused.",
            Self::RequireIfMatch => "A change of a resource must carry If-Match, or it is answered with 428.",
        }
    }
}
