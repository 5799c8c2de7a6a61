//! Which preset fits a client, by what its requests look like. It suggests; nobody switches but the administrator.

use super::{Deviation, Preset};

/// Something in a request that tells one client from another, and is no deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// The `User-Agent` names Microsoft or Azure.
    AgentEntra,
    /// The `User-Agent` names Okta.
    AgentOkta,
    /// The `User-Agent` names `OneLogin`.
    AgentOneLogin,
    /// The `User-Agent` names `JumpCloud`.
    AgentJumpCloud,
    /// The `User-Agent` names Ping.
    AgentPing,
    /// The `User-Agent` names `SailPoint`.
    AgentSailPoint,
    /// There is no `User-Agent` (Entra).
    NoAgent,
    /// The `User-Agent` is there and empty (`OneLogin`).
    EmptyAgent,
    /// The Tenant URL carries a feature flag of Entra's.
    EntraFlag,
    /// A search for one user by a random GUID: Entra's Test Connection.
    GuidProbe,
    /// A search for a page of two: Okta's test.
    PairProbe,
    /// A page of a hundred with a filter on userName: Okta before it creates.
    HundredProbe,
    /// Resource types or schemas asked for one by one, with a token (`SailPoint`).
    OneByOne,
    /// A user was replaced by PUT (Okta's wizard, `PingFederate`).
    PutUser,
    /// A group was replaced by PUT, members and all.
    PutGroup,
}

impl Sign {
    /// Every sign.
    pub const ALL: [Self; 15] = [
        Self::AgentEntra,
        Self::AgentOkta,
        Self::AgentOneLogin,
        Self::AgentJumpCloud,
        Self::AgentPing,
        Self::AgentSailPoint,
        Self::NoAgent,
        Self::EmptyAgent,
        Self::EntraFlag,
        Self::GuidProbe,
        Self::PairProbe,
        Self::HundredProbe,
        Self::OneByOne,
        Self::PutUser,
        Self::PutGroup,
    ];

    /// The name under which it is remembered.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgentEntra => "agentEntra",
            Self::AgentOkta => "agentOkta",
            Self::AgentOneLogin => "agentOneLogin",
            Self::AgentJumpCloud => "agentJumpCloud",
            Self::AgentPing => "agentPing",
            Self::AgentSailPoint => "agentSailPoint",
            Self::NoAgent => "noAgent",
            Self::EmptyAgent => "emptyAgent",
            Self::EntraFlag => "entraFlag",
            Self::GuidProbe => "guidProbe",
            Self::PairProbe => "pairProbe",
            Self::HundredProbe => "hundredProbe",
            Self::OneByOne => "oneByOne",
            Self::PutUser => "putUser",
            Self::PutGroup => "putGroup",
        }
    }

    /// The sign a `User-Agent` gives, if any; `None` stands for no header.
    #[must_use]
    pub fn of_agent(agent: Option<&str>) -> Option<Self> {
        let Some(agent) = agent else { return Some(Self::NoAgent) };
        let agent = agent.to_ascii_lowercase();
        if agent.trim().is_empty() {
            return Some(Self::EmptyAgent);
        }
        let known = [
            ("okta", Self::AgentOkta),
            ("onelogin", Self::AgentOneLogin),
            ("jumpcloud", Self::AgentJumpCloud),
            ("sailpoint", Self::AgentSailPoint),
            ("pingfederate", Self::AgentPing),
            ("pingone", Self::AgentPing),
            ("azure", Self::AgentEntra),
            ("microsoft", Self::AgentEntra),
        ];
        known.into_iter().find(|(word, _)| agent.contains(word)).map(|(_, sign)| sign)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::AgentEntra => "its User-Agent names Microsoft",
            Self::AgentOkta => "its User-Agent names Okta",
            Self::AgentOneLogin => "its User-Agent names OneLogin",
            Self::AgentJumpCloud => "its User-Agent names JumpCloud",
            Self::AgentPing => "its User-Agent names Ping",
            Self::AgentSailPoint => "its User-Agent names SailPoint",
            Self::NoAgent => "it sends no User-Agent",
            Self::EmptyAgent => "its User-Agent is empty",
            Self::EntraFlag => "its Tenant URL carries the flag aadOptscim062020",
            Self::GuidProbe => "it looked for a user by a random GUID",
            Self::PairProbe => "it asked for a page of two users",
            Self::HundredProbe => "it looks users up by userName in pages of a hundred",
            Self::OneByOne => "it read resource types or schemas one by one",
            Self::PutUser => "it replaces users by PUT",
            Self::PutGroup => "it replaces groups by PUT",
        }
    }
}

/// A preset that fits, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The preset.
    pub preset: Preset,
    /// What speaks for it, as a sentence.
    pub reason: String,
}

/// What one observation says for a preset: how much, out of [`ENOUGH`].
struct Clue {
    seen: Seen,
    preset: Preset,
    weight: u8,
}

enum Seen {
    Sign(Sign),
    Deviation(Deviation),
}

/// The weight from which a preset is suggested.
const ENOUGH: u8 = 4;

const fn sign(sign: Sign, preset: Preset, weight: u8) -> Clue {
    Clue { seen: Seen::Sign(sign), preset, weight }
}

const fn bend(deviation: Deviation, preset: Preset, weight: u8) -> Clue {
    Clue { seen: Seen::Deviation(deviation), preset, weight }
}

const CLUES: [Clue; 25] = [
    sign(Sign::AgentEntra, Preset::Entra, 6),
    sign(Sign::AgentOkta, Preset::Okta, 6),
    sign(Sign::AgentOneLogin, Preset::OneLogin, 6),
    sign(Sign::AgentJumpCloud, Preset::JumpCloud, 6),
    sign(Sign::AgentPing, Preset::PingFederate, 6),
    sign(Sign::AgentSailPoint, Preset::SailPoint, 6),
    sign(Sign::EntraFlag, Preset::Entra, 6),
    sign(Sign::GuidProbe, Preset::Entra, 3),
    sign(Sign::NoAgent, Preset::Entra, 1),
    sign(Sign::EmptyAgent, Preset::OneLogin, 2),
    sign(Sign::PairProbe, Preset::Okta, 2),
    sign(Sign::HundredProbe, Preset::Okta, 2),
    sign(Sign::PutUser, Preset::Okta, 1),
    sign(Sign::PutUser, Preset::PingFederate, 1),
    sign(Sign::PutGroup, Preset::PingFederate, 1),
    sign(Sign::OneByOne, Preset::SailPoint, 4),
    bend(Deviation::OpCase, Preset::Entra, 3),
    bend(Deviation::DottedKeys, Preset::Entra, 2),
    bend(Deviation::DottedExtension, Preset::Entra, 2),
    bend(Deviation::SubAttributeAfterFilter, Preset::Entra, 1),
    bend(Deviation::UnqualifiedExtension, Preset::Entra, 1),
    bend(Deviation::ManagerId, Preset::OneLogin, 4),
    bend(Deviation::UndeclaredExtension, Preset::OneLogin, 1),
    bend(Deviation::BooleanText, Preset::OneLogin, 1),
    bend(Deviation::RemoveWithValue, Preset::JumpCloud, 1),
];

/// The preset that fits best, given the signs and deviations seen so far. None where nothing speaks clearly for one.
#[must_use]
pub fn suggest(signs: impl Fn(Sign) -> bool, deviations: impl Fn(Deviation) -> bool) -> Option<Suggestion> {
    let seen = |clue: &Clue| match clue.seen {
        Seen::Sign(sign) => signs(sign),
        Seen::Deviation(deviation) => deviations(deviation),
    };
    let clues: Vec<&Clue> = CLUES.iter().filter(|clue| seen(clue)).collect();
    let weight = |preset: Preset| clues.iter().filter(|c| c.preset == preset).map(|c| c.weight).sum::<u8>();
    let mut ranked: Vec<(u8, Preset)> = Preset::ALL.into_iter().map(|p| (weight(p), p)).collect();
    ranked.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let [(best, preset), (second, _), ..] = ranked[..] else { return None };
    if best < ENOUGH || best == second {
        return None;
    }
    let reasons = clues.iter().filter(|clue| clue.preset == preset).map(|clue| match clue.seen {
        Seen::Sign(sign) => sign.words().to_owned(),
        Seen::Deviation(deviation) => format!("it uses the deviation {}", deviation.name()),
    });
    let reason =
        format!("This client looks like {}: {}.", preset.label(), reasons.collect::<Vec<_>>().join(", "));
    Some(Suggestion { preset, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(signs: &[Sign], deviations: &[Deviation]) -> Option<Preset> {
        suggest(|sign| signs.contains(&sign), |d| deviations.contains(&d)).map(|s| s.preset)
    }

    #[test]
    fn nothing_seen_suggests_nothing() {
        assert_eq!(suggested(&[], &[]), None);
        assert_eq!(suggested(&[Sign::NoAgent, Sign::PutUser], &[]), None);
    }

    #[test]
    fn each_client_is_known_by_what_it_sends() {
        assert_eq!(suggested(&[Sign::GuidProbe, Sign::NoAgent], &[]), Some(Preset::Entra));
        assert_eq!(
            suggested(&[Sign::NoAgent], &[Deviation::OpCase, Deviation::BooleanText]),
            Some(Preset::Entra)
        );
        assert_eq!(suggested(&[Sign::EntraFlag], &[]), Some(Preset::Entra));
        assert_eq!(suggested(&[Sign::PairProbe, Sign::HundredProbe], &[]), Some(Preset::Okta));
        assert_eq!(suggested(&[Sign::EmptyAgent], &[Deviation::ManagerId]), Some(Preset::OneLogin));
        assert_eq!(suggested(&[Sign::AgentJumpCloud], &[]), Some(Preset::JumpCloud));
        assert_eq!(suggested(&[Sign::AgentPing, Sign::PutUser], &[]), Some(Preset::PingFederate));
        assert_eq!(suggested(&[Sign::OneByOne], &[]), Some(Preset::SailPoint));
    }

    #[test]
    fn two_that_fit_equally_suggest_neither() {
        assert_eq!(suggested(&[Sign::AgentOkta, Sign::AgentEntra], &[]), None);
    }

    #[test]
    fn the_reason_names_what_was_seen() {
        let found = suggest(|s| s == Sign::EntraFlag, |d| d == Deviation::OpCase).unwrap();
        assert_eq!(
            found.reason,
            "This client looks like Microsoft Entra ID: its Tenant URL carries the flag aadOptscim062020, it uses \
             the deviation opCase."
        );
    }

    #[test]
    fn an_agent_is_read_in_any_case() {
        assert_eq!(Sign::of_agent(Some("Okta SCIM Client 1.0.0")), Some(Sign::AgentOkta));
        assert_eq!(Sign::of_agent(Some("")), Some(Sign::EmptyAgent));
        assert_eq!(Sign::of_agent(None), Some(Sign::NoAgent));
        assert_eq!(Sign::of_agent(Some("curl/8.5.0")), None);
    }

    #[test]
    fn every_sign_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Sign::ALL.iter().map(|sign| sign.name()).collect();
        assert_eq!(names.len(), Sign::ALL.len());
    }
}
