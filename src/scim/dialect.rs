//! What we tolerate from a client: one named switch per deviation from the RFCs, and a note of each use.
//!
//! A dialect is not what a payload is ([`crate::Context`]); the two are never mixed and never ambient.

use std::collections::BTreeSet;

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
}

impl Deviation {
    /// Every switch, in the order of the enum.
    pub const ALL: [Self; 26] = [
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
    ];

    /// The name of the switch, as in settings and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpCase => "opCase",
            Self::MessageKeyCase => "messageKeyCase",
            Self::BooleanText => "booleanText",
            Self::NumberAsText => "numberAsText",
            Self::CreateFromFilter => "createFromFilter",
            Self::DottedKeys => "dottedKeys",
            Self::ClearWithEmptyText => "clearWithEmptyText",
            Self::RemoveWithValue => "removeWithValue",
            Self::BareValue => "bareValue",
            Self::ListForSingle => "listForSingle",
            Self::SingleForList => "singleForList",
            Self::ManagerId => "managerId",
            Self::UnknownAttribute => "unknownAttribute",
            Self::UnknownSchema => "unknownSchema",
            Self::UndeclaredExtension => "undeclaredExtension",
            Self::MissingSchemas => "missingSchemas",
            Self::ReadOnlyIgnored => "readOnlyIgnored",
            Self::EmptyOperations => "emptyOperations",
            Self::SeveralPrimaries => "severalPrimaries",
            Self::BareWord => "bareWord",
            Self::SubAttributeAfterFilter => "subAttributeAfterFilter",
            Self::UnknownFilterAttribute => "unknownFilterAttribute",
            Self::BooleanTextInFilter => "booleanTextInFilter",
            Self::DottedExtension => "dottedExtension",
            Self::UnqualifiedExtension => "unqualifiedExtension",
            Self::UnknownPath => "unknownPath",
        }
    }
}

/// The set of deviations a client is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    granted: BTreeSet<Deviation>,
}

impl Dialect {
    /// The RFCs to the letter: nothing is granted.
    #[must_use]
    pub fn strict() -> Self {
        Self { granted: BTreeSet::new() }
    }

    /// Everything is granted: Entra and Okta stray from the RFCs daily.
    #[must_use]
    pub fn tolerant() -> Self {
        Self { granted: Deviation::ALL.into() }
    }

    /// The same dialect with one more deviation granted.
    #[must_use]
    pub fn with(mut self, deviation: Deviation) -> Self {
        self.granted.insert(deviation);
        self
    }

    /// The same dialect with one deviation refused.
    #[must_use]
    pub fn without(mut self, deviation: Deviation) -> Self {
        self.granted.remove(&deviation);
        self
    }

    /// Whether the deviation is granted.
    #[must_use]
    pub fn grants(&self, deviation: Deviation) -> bool {
        self.granted.contains(&deviation)
    }
}

/// A dialect in use for one request: what is granted, and what was made use of.
#[derive(Debug)]
pub struct Lenience<'d> {
    dialect: &'d Dialect,
    used: BTreeSet<Deviation>,
}

impl<'d> Lenience<'d> {
    /// Starts a request under a dialect.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Self {
        Self { dialect, used: BTreeSet::new() }
    }

    /// Asks for a deviation: `true` means go on, and the use is noted for the administrator.
    #[must_use]
    pub fn bends(&mut self, deviation: Deviation) -> bool {
        let granted = self.dialect.grants(deviation);
        if granted {
            self.used.insert(deviation);
        }
        granted
    }

    /// What was made use of so far.
    #[must_use]
    pub fn used(&self) -> &BTreeSet<Deviation> {
        &self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_grants_nothing_and_notes_nothing() {
        let dialect = Dialect::strict();
        let mut lenience = Lenience::new(&dialect);
        assert!(Deviation::ALL.iter().all(|d| !lenience.bends(*d)));
        assert!(lenience.used().is_empty());
    }

    #[test]
    fn a_use_is_noted_once() {
        let dialect = Dialect::tolerant();
        let mut lenience = Lenience::new(&dialect);
        assert!(lenience.bends(Deviation::OpCase) && lenience.bends(Deviation::OpCase));
        assert_eq!(lenience.used().iter().copied().collect::<Vec<_>>(), [Deviation::OpCase]);
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = Deviation::ALL.iter().map(|d| d.name()).collect();
        assert_eq!(names.len(), Deviation::ALL.len());
    }
}
