//! What we tolerate from a client: one named switch per deviation from the RFCs, and a note of each use.
//!
//! A dialect is not what a payload is ([`crate::Context`]); the two are never mixed and never ambient.

mod deviation;
mod preset;
mod rule;
mod suggest;

use std::collections::BTreeMap;

pub use deviation::{Deviation, Facts, Usual};
pub use preset::Preset;
pub use rule::Rule;
pub use suggest::{Sign, Suggestion, suggest};

/// The deviations a client is granted, and the rules beyond the RFCs it is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    granted: u64,
    demanded: u16,
}

impl Dialect {
    /// The RFCs to the letter: nothing is granted, nothing more is demanded.
    #[must_use]
    pub fn strict() -> Self {
        Self { granted: 0, demanded: 0 }
    }

    /// Every usual deviation is granted: Entra and Okta stray from the RFCs daily.
    #[must_use]
    pub fn tolerant() -> Self {
        let usual = Deviation::ALL.into_iter().filter(|deviation| deviation.facts().usual == Usual::Granted);
        usual.fold(Self::strict(), Self::with)
    }

    /// The interop profile: strict, and with less choice than the RFCs leave.
    #[must_use]
    pub fn interop() -> Self {
        let profile = Rule::ALL.into_iter().filter(|rule| *rule != Rule::RequireIfMatch);
        profile.fold(Self::strict(), Self::demanding)
    }

    /// The same dialect with one more deviation granted.
    #[must_use]
    pub fn with(mut self, deviation: Deviation) -> Self {
        self.granted |= bit(deviation);
        self
    }

    /// The same dialect with one deviation refused.
    #[must_use]
    pub fn without(mut self, deviation: Deviation) -> Self {
        self.granted &= !bit(deviation);
        self
    }

    /// The same dialect with one more rule demanded.
    #[must_use]
    pub fn demanding(mut self, rule: Rule) -> Self {
        self.demanded |= 1 << rule as u16;
        self
    }

    /// The same dialect without one of its rules.
    #[must_use]
    pub fn waiving(mut self, rule: Rule) -> Self {
        self.demanded &= !(1 << rule as u16);
        self
    }

    /// Whether the deviation is granted.
    #[must_use]
    pub fn grants(&self, deviation: Deviation) -> bool {
        self.granted & bit(deviation) != 0
    }

    /// Whether the rule is demanded.
    #[must_use]
    pub fn demands(&self, rule: Rule) -> bool {
        self.demanded & 1 << rule as u16 != 0
    }

    /// Whether the client is held to everything in the interop profile, with no deviation granted.
    #[must_use]
    pub fn is_interop(&self) -> bool {
        let profile = Self::interop();
        self.granted == 0 && self.demanded & profile.demanded == profile.demanded
    }
}

fn bit(deviation: Deviation) -> u64 {
    1 << deviation as u64
}

/// A dialect in use for one request: what is granted, and what was made use of.
#[derive(Debug)]
pub struct Lenience<'d> {
    dialect: &'d Dialect,
    used: BTreeMap<Deviation, String>,
}

impl<'d> Lenience<'d> {
    /// Starts a request under a dialect.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Self {
        Self { dialect, used: BTreeMap::new() }
    }

    /// Asks for a deviation: `true` means go on, and the use is noted for the administrator with the piece of the
    /// request that it is about. A piece names attributes, keys and operators; it never quotes a value, because values
    /// are people's data.
    #[must_use]
    pub fn bends(&mut self, deviation: Deviation, piece: impl FnOnce() -> String) -> bool {
        let granted = self.dialect.grants(deviation);
        if granted {
            self.used.entry(deviation).or_insert_with(piece);
        }
        granted
    }

    /// Whether a rule beyond the RFCs is demanded of the client.
    #[must_use]
    pub fn demands(&self, rule: Rule) -> bool {
        self.dialect.demands(rule)
    }

    /// What was made use of so far, and the piece of the request that first did.
    #[must_use]
    pub fn used(&self) -> &BTreeMap<Deviation, String> {
        &self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn strict_grants_nothing_and_notes_nothing() {
        let dialect = Dialect::strict();
        let mut lenience = Lenience::new(&dialect);
        assert!(Deviation::ALL.iter().all(|d| !lenience.bends(*d, String::new)));
        assert!(Rule::ALL.iter().all(|rule| !lenience.demands(*rule)));
        assert!(lenience.used().is_empty());
    }

    #[test]
    fn a_use_is_noted_once_with_its_first_piece() {
        let dialect = Dialect::tolerant();
        let mut lenience = Lenience::new(&dialect);
        assert!(lenience.bends(Deviation::OpCase, || "first".into()));
        assert!(lenience.bends(Deviation::OpCase, || "second".into()));
        assert_eq!(*lenience.used(), BTreeMap::from([(Deviation::OpCase, "first".to_owned())]));
    }

    #[test]
    fn a_refused_deviation_leaves_no_trace() {
        let dialect = Dialect::strict();
        let mut lenience = Lenience::new(&dialect);
        assert!(!lenience.bends(Deviation::OpCase, || "never".into()));
        assert!(lenience.used().is_empty());
    }

    #[test]
    fn names_are_unique_and_lead_back() {
        let names: BTreeSet<_> = Deviation::ALL.iter().map(|d| d.name()).collect();
        assert_eq!(names.len(), Deviation::ALL.len());
        assert!(Deviation::ALL.iter().all(|d| Deviation::named(d.name()) == Some(*d)));
        assert!(Rule::ALL.iter().all(|rule| Rule::named(rule.name()) == Some(*rule)));
        assert!(Preset::ALL.iter().all(|preset| Preset::named(preset.name()) == Some(*preset)));
        assert_eq!(Deviation::named("opcase"), None);
    }

    #[test]
    fn every_switch_is_one_of_its_own() {
        for deviation in Deviation::ALL {
            let one = Dialect::strict().with(deviation);
            assert_eq!(Deviation::ALL.iter().filter(|d| one.grants(**d)).count(), 1, "{deviation:?}");
            assert_eq!(one.without(deviation), Dialect::strict());
        }
        for rule in Rule::ALL {
            let one = Dialect::strict().demanding(rule);
            assert_eq!(Rule::ALL.iter().filter(|r| one.demands(**r)).count(), 1, "{rule:?}");
            assert_eq!(one.waiving(rule), Dialect::strict());
        }
    }

    #[test]
    fn what_changes_the_meaning_of_a_request_is_granted_only_on_request() {
        let tolerant = Dialect::tolerant();
        for deviation in [
            Deviation::SoftPut,
            Deviation::SkipUnknownMembers,
            Deviation::BareToken,
            Deviation::MethodOverride,
        ] {
            assert!(!tolerant.grants(deviation), "{deviation:?}");
            assert!(Preset::ALL.iter().all(|preset| !preset.dialect().grants(deviation)), "{deviation:?}");
        }
    }

    #[test]
    fn a_preset_grants_less_than_the_tolerant_dialect_and_demands_nothing() {
        for preset in Preset::ALL.into_iter().filter(|preset| *preset != Preset::Interop) {
            let dialect = preset.dialect();
            assert!(Deviation::ALL.iter().all(|d| !dialect.grants(*d) || Dialect::tolerant().grants(*d)));
            assert!(Rule::ALL.iter().all(|rule| !dialect.demands(*rule)), "{preset:?}");
        }
    }

    #[test]
    fn d18_only_the_whole_profile_is_the_profile() {
        assert!(Dialect::interop().is_interop());
        assert!(Dialect::interop().demanding(Rule::RequireIfMatch).is_interop());
        assert!(!Dialect::interop().with(Deviation::OpCase).is_interop());
        assert!(!Dialect::interop().waiving(Rule::RequirePath).is_interop());
        assert!(!Dialect::strict().is_interop() && !Dialect::tolerant().is_interop());
    }
}
