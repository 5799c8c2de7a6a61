//! The ways in which clients stray from the RFCs, each with its name, what it means and what the RFC says instead.
//!
//! It decides nothing: whether a deviation is granted is the dialect's matter.

/// One way in which clients stray from the RFCs and are still understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deviation {
    /// `op` as `Replace`, `Add`, `Remove` (Entra). RFC 7644 3.5.2 has lower case.
    OpCase,
    /// Members of a message in another case, such as `operations`. RFC 7644 3.5.2.
    MessageKeyCase,
    /// Booleans as the texts `"True"` and `"False"` (Entra, OneLogin). RFC 7643 2.3.2.
    BooleanText,
    /// Numbers where text is due. RFC 7643 2.3.1.
    NumberAsText,
    /// `add` or `replace` on `emails[type eq "work"].value` makes a missing element (Entra). RFC 7644 3.5.2.3: `noTarget`.
    CreateFromFilter,
    /// Dotted names and full URNs as keys of a path-less value (Entra with its 2020 flag). RFC 7644 3.5.2.
    DottedKeys,
    /// `""` or `{"value":""}` clears an attribute (Entra). RFC 7643 2.5 has only null and `[]`.
    ClearWithEmptyText,
    /// `remove` with a value list removes only those (Entra, JumpCloud). RFC 7644 3.5.2.2 gives `value` no meaning.
    RemoveWithValue,
    /// A bare id where an object is due: members, manager (Entra, Postman sets). RFC 7643 4.1.2.
    BareValue,
    /// A list of one where a single value is due, `[{"value":..}]` (older Entra jobs). RFC 7643 2.4.
    ListForSingle,
    /// A single value where a list is due. RFC 7643 2.4.
    SingleForList,
    /// `manager.managerId` for `manager.value` (OneLogin templates).
    ManagerId,
    /// Attributes no schema knows are left out. RFC 7644 3.12: `invalidSyntax`.
    UnknownAttribute,
    /// Schema URIs the resource type does not have (Entra's ADSCIM group URN, SCIM 1.1 URNs). RFC 7643 3.
    UnknownSchema,
    /// Extension data without its URI in `schemas` (OneLogin). RFC 7643 3.3.
    UndeclaredExtension,
    /// A message or resource without `schemas`. RFC 7643 3.
    MissingSchemas,
    /// A read-only attribute in a path-less PATCH value is left out (Okta sends `id`). RFC 7644 3.5.2: `mutability`.
    ReadOnlyIgnored,
    /// An empty `Operations` list changes nothing (the validator). RFC 7644 3.5.2 wants one or more.
    EmptyOperations,
    /// More than one value is marked primary; the last one marked stays. RFC 7643 2.4.
    SeveralPrimaries,
    /// A comparison value without quotes, `eq Employee`. RFC 7644 3.4.2.2.
    BareWord,
    /// `emails[type eq "work"].value eq "x"` in a filter (Entra). Not in the grammar of RFC 7644 3.4.2.2.
    SubAttributeAfterFilter,
    /// A filter or a sort on an attribute no schema knows takes it as one without value. RFC 7644 3.4.2.2.
    UnknownFilterAttribute,
    /// Text compared with a boolean in a filter, `active eq "true"`. RFC 7644 3.4.2.2.
    BooleanTextInFilter,
    /// A dot between an extension's URN and its attribute, `urn:..:2.0:User.department` (Entra before 2018). RFC 7644 3.10.
    DottedExtension,
    /// An extension's attribute without its URN, `manager eq "m"` (Entra's reference probe). RFC 7644 3.10.
    UnqualifiedExtension,
    /// A change to an attribute that a path names and no schema knows is left out. RFC 7644 3.5.2: `invalidPath`.
    UnknownPath,
    /// Free text where a language tag, a time zone, a country code or a URI is due (Entra's validator, Okta). RFC
    /// 7643 4.1.
    LooseFormat,
    /// Base64 that is no DER certificate where one is due. RFC 7643 4.1.2.
    LooseCertificate,
    /// A PUT keeps what it does not mention. RFC 7644 3.5.1 lets it be cleared. Off unless switched on.
    SoftPut,
    /// Members whose id names nobody are left out, the others are added. Off unless switched on.
    SkipUnknownMembers,
    /// An `Authorization` header that is the token alone (Okta's header authentication). RFC 6750 2.1. Off unless
    /// switched on.
    BareToken,
    /// `X-HTTP-Method-Override` on a POST stands for the method (Ping's inbound dialect). RFC 7644 3.2. Off unless
    /// switched on.
    MethodOverride,
}

/// Whether the tolerant dialect grants a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usual {
    /// It does: the meaning of the request is plain.
    Granted,
    /// It does not: the request means something else by the RFC, or safety hangs on it.
    OnRequest,
}

/// What there is to say of a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The name of the switch, as in settings and reports.
    pub name: &'static str,
    /// What is done for the client, in plain words.
    pub words: &'static str,
    /// Where the rule stands that is bent.
    pub section: &'static str,
    /// Whether the tolerant dialect grants it.
    pub usual: Usual,
}

const fn facts(name: &'static str, section: &'static str, words: &'static str) -> Facts {
    Facts { name, words, section, usual: Usual::Granted }
}

const fn on_request(name: &'static str, section: &'static str, words: &'static str) -> Facts {
    Facts { name, words, section, usual: Usual::OnRequest }
}

impl Deviation {
    /// Every switch, in the order of the enum.
    pub const ALL: [Self; 32] = [
        Self::OpCase,
        Self::MessageKeyCase,
        Self::BooleanText,
        Self::NumberAsText,
        Self::CreateFromFilter,
        Self::DottedKeys,
        Self::ClearWithEmptyText,
        Self::RemoveWithValue,
        Self::BareValue,
        Self::ListForSingle,
        Self::SingleForList,
        Self::ManagerId,
        Self::UnknownAttribute,
        Self::UnknownSchema,
        Self::UndeclaredExtension,
        Self::MissingSchemas,
        Self::ReadOnlyIgnored,
        Self::EmptyOperations,
        Self::SeveralPrimaries,
        Self::BareWord,
        Self::SubAttributeAfterFilter,
        Self::UnknownFilterAttribute,
        Self::BooleanTextInFilter,
        Self::DottedExtension,
        Self::UnqualifiedExtension,
        Self::UnknownPath,
        Self::LooseFormat,
        Self::LooseCertificate,
        Self::SoftPut,
        Self::SkipUnknownMembers,
        Self::BareToken,
        Self::MethodOverride,
    ];

    /// The deviation of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deviation| deviation.name() == name)
    }

    /// The name of the switch, as in settings and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// What there is to say of it.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table: one line for each deviation")]
    pub const fn facts(self) -> Facts {
        match self {
            Self::OpCase => facts(
                "opCase",
                "RFC 7644 section 3.5.2",
                "A PATCH op in another case, such as \"Replace\", was read as lower case.",
            ),
            Self::MessageKeyCase => facts(
                "messageKeyCase",
                "RFC 7644 section 3.5.2",
                "A member of a message in another case, such as \"operations\", was understood.",
            ),
            Self::BooleanText => facts(
                "booleanText",
                "RFC 7643 section 2.3.2",
                "The texts \"True\" and \"False\" were read as booleans.",
            ),
            Self::NumberAsText => facts(
                "numberAsText",
                "RFC 7643 section 2.3.1",
                "A number where text is due was kept as text.",
            ),
            Self::CreateFromFilter => facts(
                "createFromFilter",
                "RFC 7644 section 3.5.2.3",
                "A PATCH of a filtered value that was not there made it, instead of failing with noTarget.",
            ),
            Self::DottedKeys => facts(
                "dottedKeys",
                "RFC 7644 section 3.5.2",
                "Paths such as \"name.givenName\" were accepted as keys of a PATCH value.",
            ),
            Self::ClearWithEmptyText => facts(
                "clearWithEmptyText",
                "RFC 7643 section 2.5",
                "An empty text cleared an attribute, as null would.",
            ),
            Self::RemoveWithValue => facts(
                "removeWithValue",
                "RFC 7644 section 3.5.2.2",
                "A PATCH remove with a list of values removed only those.",
            ),
            Self::BareValue => facts(
                "bareValue",
                "RFC 7643 section 4.1.2",
                "A bare value where an object is due was taken as the object's \"value\".",
            ),
            Self::ListForSingle => facts(
                "listForSingle",
                "RFC 7643 section 2.4",
                "A list of one was unwrapped where a single value is due.",
            ),
            Self::SingleForList => facts(
                "singleForList",
                "RFC 7643 section 2.4",
                "A single value was taken as a list of one where a list is due.",
            ),
            Self::ManagerId => facts(
                "managerId",
                "RFC 7643 section 4.3",
                "\"managerId\" was read as the manager's \"value\".",
            ),
            Self::UnknownAttribute => facts(
                "unknownAttribute",
                "RFC 7644 section 3.12",
                "Attributes that no schema knows were left out.",
            ),
            Self::UnknownSchema => facts(
                "unknownSchema",
                "RFC 7643 section 3",
                "Schema URIs that the resource type does not have were passed over.",
            ),
            Self::UndeclaredExtension => facts(
                "undeclaredExtension",
                "RFC 7643 section 3.3",
                "Data of an extension was kept although \"schemas\" does not list it.",
            ),
            Self::MissingSchemas => facts(
                "missingSchemas",
                "RFC 7643 section 3",
                "A message or resource without its URI in \"schemas\" was accepted.",
            ),
            Self::ReadOnlyIgnored => facts(
                "readOnlyIgnored",
                "RFC 7644 section 3.5.2",
                "Read-only attributes in a PATCH value without a path were left out.",
            ),
            Self::EmptyOperations => facts(
                "emptyOperations",
                "RFC 7644 section 3.5.2",
                "A PATCH without operations changed nothing and succeeded.",
            ),
            Self::SeveralPrimaries => facts(
                "severalPrimaries",
                "RFC 7643 section 2.4",
                "Of several values marked primary the last one stayed so.",
            ),
            Self::BareWord => facts(
                "bareWord",
                "RFC 7644 section 3.4.2.2",
                "A value in a filter was understood without its quotes.",
            ),
            Self::SubAttributeAfterFilter => facts(
                "subAttributeAfterFilter",
                "RFC 7644 section 3.4.2.2",
                "A filter such as emails[type eq \"work\"].value eq \"x\" was understood.",
            ),
            Self::UnknownFilterAttribute => facts(
                "unknownFilterAttribute",
                "RFC 7644 section 3.4.2.2",
                "A filter on an attribute that no schema knows matched as if it had no value.",
            ),
            Self::BooleanTextInFilter => facts(
                "booleanTextInFilter",
                "RFC 7644 section 3.4.2.2",
                "A boolean compared with text in a filter was compared as a boolean.",
            ),
            Self::DottedExtension => facts(
                "dottedExtension",
                "RFC 7644 section 3.10",
                "A dot between an extension's URN and its attribute was read as a colon.",
            ),
            Self::UnqualifiedExtension => facts(
                "unqualifiedExtension",
                "RFC 7644 section 3.10",
                "An extension's attribute was found without its URN.",
            ),
            Self::UnknownPath => facts(
                "unknownPath",
                "RFC 7644 section 3.5.2",
                "A PATCH operation on an attribute that no schema knows was left out.",
            ),
            Self::LooseFormat => facts(
                "looseFormat",
                "RFC 7643 section 4.1",
                "Free text was kept where a language tag, time zone, country code or URI is due.",
            ),
            Self::LooseCertificate => facts(
                "looseCertificate",
                "RFC 7643 section 4.1.2",
                "Base64 that is no DER certificate was kept as a certificate.",
            ),
            Self::SoftPut => on_request(
                "softPut",
                "RFC 7644 section 3.5.1",
                "A PUT kept the attributes it does not mention, instead of clearing them.",
            ),
            Self::SkipUnknownMembers => on_request(
                "skipUnknownMembers",
                "RFC 7643 section 4.2",
                "Members whose id names nobody were left out, instead of refusing the request.",
            ),
            Self::BareToken => on_request(
                "bareToken",
                "RFC 6750 section 2.1",
                "The token was accepted without the word Bearer before it.",
            ),
            Self::MethodOverride => on_request(
                "methodOverride",
                "RFC 7644 section 3.2",
                "The header X-HTTP-Method-Override of a POST was taken as its method.",
            ),
        }
    }
}
