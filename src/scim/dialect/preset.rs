//! The dialects an administrator can choose by name: three bases, and one preset for each client we know.
//!
//! A preset is the strict dialect with exactly the deviations that client is known to need. The numbers behind the
//! deviations are rows of the list of client quirks the tests are named by.

use super::{Deviation, Dialect};

/// A dialect that can be chosen by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Known deviations of real clients are understood and reported.
    Tolerant,
    /// The RFCs to the letter.
    Strict,
    /// The interop profile: the RFCs with fewer options (draft-zollner-scim-interop-profile).
    Interop,
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// `OneLogin`.
    OneLogin,
    /// `JumpCloud`.
    JumpCloud,
    /// `PingFederate`.
    PingFederate,
    /// `SailPoint`.
    SailPoint,
}

const ENTRA: &[Deviation] = &[
    Deviation::OpCase,                  // E3
    Deviation::BooleanText,             // E4, E5
    Deviation::CreateFromFilter,        // E17, E19
    Deviation::DottedKeys,              // E20
    Deviation::ClearWithEmptyText,      // E22
    Deviation::RemoveWithValue,         // E7
    Deviation::BareValue,               // E21, E23
    Deviation::ListForSingle,           // E24
    Deviation::UnknownAttribute,        // attribute mappings of the administrator's own
    Deviation::UnknownPath,             // the same in a PATCH
    Deviation::UnknownSchema,           // E12
    Deviation::UndeclaredExtension,     // mappings to the extension alone
    Deviation::ReadOnlyIgnored,         // E13
    Deviation::EmptyOperations,         // the validator
    Deviation::SeveralPrimaries,        // mappings of several mail addresses
    Deviation::BareWord,                // E27
    Deviation::SubAttributeAfterFilter, // E26
    Deviation::BooleanTextInFilter,     // E6
    Deviation::DottedExtension,         // E25
    Deviation::UnqualifiedExtension,    // E16
    Deviation::LooseFormat,             // E35 and the validator's free text
];
const OKTA: &[Deviation] = &[
    Deviation::ReadOnlyIgnored,    // O7, O8
    Deviation::UnknownAttribute,   // O6: the whole object comes back, with what the profile editor added
    Deviation::ClearWithEmptyText, // profile attributes that are empty
    Deviation::LooseFormat,        // O4: locale and the like are free text in Okta
];
const ONE_LOGIN: &[Deviation] = &[
    Deviation::BooleanText,         // L1
    Deviation::NumberAsText,        // L1: the body is a template of the administrator's
    Deviation::UndeclaredExtension, // L1
    Deviation::ManagerId,           // L1
    Deviation::UnknownAttribute,    // L1
    Deviation::ClearWithEmptyText,  // L1
    Deviation::ReadOnlyIgnored,     // L1
    Deviation::UnknownSchema,       // L2
    Deviation::MissingSchemas,      // L2
    Deviation::LooseFormat,         // L1
];
const JUMP_CLOUD: &[Deviation] = &[
    Deviation::RemoveWithValue,    // J2
    Deviation::UnknownSchema,      // J3: URIs of SCIM 1.1
    Deviation::MissingSchemas,     // J3
    Deviation::UnknownAttribute,   // J3
    Deviation::ClearWithEmptyText, // J3
    Deviation::LooseFormat,        // free text in its user records
];
const PING_FEDERATE: &[Deviation] = &[
    Deviation::UnknownAttribute, // P1: PUT of the whole object
    Deviation::LooseFormat,      // P1: attributes come from any data store
];
const SAIL_POINT: &[Deviation] = &[
    Deviation::CreateFromFilter, // S2
    Deviation::UnknownAttribute, // account schemas of the administrator's own
    Deviation::LooseFormat,      // attributes come from any source
];

impl Preset {
    /// Every choice, the bases first.
    pub const ALL: [Self; 9] = [
        Self::Tolerant,
        Self::Strict,
        Self::Interop,
        Self::Entra,
        Self::Okta,
        Self::OneLogin,
        Self::JumpCloud,
        Self::PingFederate,
        Self::SailPoint,
    ];

    /// The choice of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The name in settings and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tolerant => "tolerant",
            Self::Strict => "strict",
            Self::Interop => "interop",
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::OneLogin => "oneLogin",
            Self::JumpCloud => "jumpCloud",
            Self::PingFederate => "pingFederate",
            Self::SailPoint => "sailPoint",
        }
    }

    /// What it is called among people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tolerant => "Tolerant",
            Self::Strict => "Strict",
            Self::Interop => "Interop profile",
            Self::Entra => "Microsoft Entra ID",
            Self::Okta => "Okta",
            Self::OneLogin => "OneLogin",
            Self::JumpCloud => "JumpCloud",
            Self::PingFederate => "PingFederate",
            Self::SailPoint => "SailPoint",
        }
    }

    /// What it grants and demands.
    #[must_use]
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Tolerant => Dialect::tolerant(),
            Self::Strict => Dialect::strict(),
            Self::Interop => Dialect::interop(),
            Self::Entra => strict_with(ENTRA),
            Self::Okta => strict_with(OKTA),
            Self::OneLogin => strict_with(ONE_LOGIN),
            Self::JumpCloud => strict_with(JUMP_CLOUD),
            Self::PingFederate => strict_with(PING_FEDERATE),
            Self::SailPoint => strict_with(SAIL_POINT),
        }
    }
}

fn strict_with(needed: &[Deviation]) -> Dialect {
    needed.iter().fold(Dialect::strict(), |dialect, deviation| dialect.with(*deviation))
}
