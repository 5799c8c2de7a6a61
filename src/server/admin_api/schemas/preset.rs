//! `PUT /api/presets/{name}`: switches a ready-made set on or off.

use super::changed;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem};
use crate::admin_api::ask::body;
use ::directory::{Edit, Preset};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    enabled: bool,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, preset: Preset) -> Result<Answer, Problem> {
    let Asked { enabled } = body(call.request)?;
    let (edit, word) =
        if enabled { (Edit::SwitchOn(preset), "on") } else { (Edit::SwitchOff(preset), "off") };
    changed(call, edit, format!("switch {} {word}", preset.name())).await
}
