//! `GET /api/dialects`: what can be chosen for a service account, and what each choice means.
//!
//! `{"dialects":[{"name","label","deviations":[..],"rules":[..]}],"deviations":[{"name","what","section","usual"}],
//! "rules":[{"name","what"}]}`

use super::answer::{Answer, json};
use http::StatusCode;
use scim::dialect::{Deviation, Preset, Rule, Usual};
use serde_json::{Value, json};

pub(super) fn answer() -> Answer {
    let body = json!({
        "dialects": Preset::ALL.map(preset),
        "deviations": Deviation::ALL.map(deviation),
        "rules": Rule::ALL.map(|rule| json!({ "name": rule.name(), "what": rule.words() })),
    });
    json(StatusCode::OK, &body)
}

fn preset(preset: Preset) -> Value {
    let dialect = preset.dialect();
    let granted = Deviation::ALL.into_iter().filter(|d| dialect.grants(*d)).map(Deviation::name);
    let demanded = Rule::ALL.into_iter().filter(|rule| dialect.demands(*rule)).map(Rule::name);
    json!({
        "name": preset.name(),
        "label": preset.label(),
        "deviations": granted.collect::<Vec<_>>(),
        "rules": demanded.collect::<Vec<_>>(),
    })
}

fn deviation(deviation: Deviation) -> Value {
    let facts = deviation.facts();
    json!({
        "name": facts.name,
        "what": facts.words,
        "section": facts.section,
        "usual": facts.usual == Usual::Granted,
    })
}
