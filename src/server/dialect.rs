//! From the choice kept with a service account to the dialect its requests are read under.
//!
//! `access` keeps names it does not understand, and `scim` knows dialects and no accounts; here the two meet.

use access::{ActivityReport, DialectChoice, Switches};
use scim::dialect::{Deviation, Dialect, Preset, Rule, Sign, Suggestion, suggest};

/// The dialect of a choice. A name this version does not know (a newer one wrote it) counts as not said: the
/// account is then held to the RFCs, because guessing leniently is the greater harm.
#[must_use]
pub(crate) fn dialect(choice: &DialectChoice) -> Dialect {
    let mut dialect = Preset::named(&choice.name).map_or_else(Dialect::strict, Preset::dialect);
    for (name, granted) in &choice.deviations {
        if let Some(deviation) = Deviation::named(name) {
            dialect = if *granted { dialect.with(deviation) } else { dialect.without(deviation) };
        }
    }
    for (name, demanded) in &choice.rules {
        if let Some(rule) = Rule::named(name) {
            dialect = if *demanded { dialect.demanding(rule) } else { dialect.waiving(rule) };
        }
    }
    dialect
}

/// What in a choice has no meaning: the field, and a sentence an administrator can act on.
pub(crate) fn unknown(
    name: Option<&str>,
    deviations: Option<&Switches>,
    rules: Option<&Switches>,
) -> Option<(&'static str, String)> {
    if let Some(name) = name
        && Preset::named(name).is_none()
    {
        let known = Preset::ALL.map(Preset::name).join(", ");
        return Some(("dialect", format!("there is no dialect {name:?}; there are: {known}")));
    }
    let odd = |switches: Option<&Switches>, known: &dyn Fn(&str) -> bool| {
        switches.into_iter().flatten().map(|(name, _)| name).find(|name| !known(name)).cloned()
    };
    if let Some(name) = odd(deviations, &|name| Deviation::named(name).is_some()) {
        let hint = nearest(&name, Deviation::ALL.map(Deviation::name).as_slice());
        return Some(("deviations", format!("there is no deviation {name:?}{hint}")));
    }
    let name = odd(rules, &|name| Rule::named(name).is_some())?;
    let hint = nearest(&name, Rule::ALL.map(Rule::name).as_slice());
    Some(("rules", format!("there is no rule {name:?}{hint}")))
}

fn nearest(name: &str, known: &[&str]) -> String {
    let close = |other: &&&str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let best = known.iter().max_by(|a, b| close(a).total_cmp(&close(b)));
    match best.filter(|other| close(other) > 0.8) {
        Some(other) => format!("; did you mean {other:?}?"),
        None => format!("; there are: {}", known.join(", ")),
    }
}

/// The preset an account's traffic speaks for, where it is not the one it has.
#[must_use]
pub(crate) fn suggestion(choice: &DialectChoice, report: &ActivityReport) -> Option<Suggestion> {
    let signs = |sign: Sign| report.signs.contains_key(sign.name());
    let deviations = |deviation: Deviation| report.tolerated.contains_key(deviation.name());
    suggest(signs, deviations).filter(|found| found.preset.name() != choice.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switched(name: &str, deviations: &[(&str, bool)], rules: &[(&str, bool)]) -> DialectChoice {
        let switches = |list: &[(&str, bool)]| list.iter().map(|(n, on)| ((*n).to_owned(), *on)).collect();
        DialectChoice { name: name.into(), deviations: switches(deviations), rules: switches(rules) }
    }

    #[test]
    fn switches_stand_above_the_dialect() {
        let choice =
            switched("tolerant", &[("opCase", false), ("softPut", true)], &[("requireIfMatch", true)]);
        let read = dialect(&choice);
        assert!(!read.grants(Deviation::OpCase) && read.grants(Deviation::SoftPut));
        assert!(read.grants(Deviation::BooleanText) && read.demands(Rule::RequireIfMatch));
        assert_eq!(dialect(&DialectChoice::plain("interop")), Dialect::interop());
    }

    #[test]
    fn what_this_version_does_not_know_grants_nothing() {
        assert_eq!(dialect(&DialectChoice::plain("ofTomorrow")), Dialect::strict());
        assert_eq!(dialect(&switched("strict", &[("ofTomorrow", true)], &[])), Dialect::strict());
    }

    #[test]
    fn an_unknown_name_is_named_with_the_one_that_was_meant() {
        let choice = switched("strict", &[("opcase", true)], &[]);
        let (field, message) = unknown(Some("strict"), Some(&choice.deviations), None).unwrap();
        assert_eq!(
            (field, message.as_str()),
            ("deviations", "there is no deviation \"opcase\"; did you mean \"opCase\"?")
        );
        assert_eq!(unknown(Some("Strict"), None, None).unwrap().0, "dialect");
        assert_eq!(unknown(None, None, Some(&choice.deviations)).unwrap().0, "rules");
        assert_eq!(unknown(Some("entra"), None, None), None);
    }

    #[test]
    fn the_dialect_an_account_has_is_not_suggested_to_it() {
        let mut report = ActivityReport::default();
        report.signs.insert(Sign::EntraFlag.name().into(), 1);
        assert!(suggestion(&DialectChoice::plain("entra"), &report).is_none());
        let found = suggestion(&DialectChoice::plain("tolerant"), &report).unwrap();
        assert_eq!(found.preset, Preset::Entra);
    }
}
