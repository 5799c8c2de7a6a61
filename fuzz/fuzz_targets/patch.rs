//! Any body is a PATCH or an error, and what a PATCH leaves is what a PUT of the same would leave.
#![no_main]

mod sample;

use libfuzzer_sys::fuzz_target;
use scim::dialect::{Dialect, Lenience};
use scim::json::{self, Object};
use scim::patch::{self, Applied, Patch};

use self::sample::{REGISTRY, STORED, STRICT, TOLERANT, put};

/// What a PATCH comes to, and whether a deviation from the RFCs was made use of.
fn apply(name: &str, stored: &Object, body: &Object, dialect: &Dialect) -> Option<(Applied, bool)> {
    let resource_type = REGISTRY.resource_type(name).expect("it is built in");
    let mut lenience = Lenience::new(dialect);
    let patch = Patch::parse(body.clone(), &mut lenience).ok()?;
    let applied = patch::apply(&REGISTRY, resource_type, stored, &patch, &mut lenience).ok()?;
    Some((applied, !lenience.used().is_empty()))
}

fuzz_target!(|body: &[u8]| {
    let Ok(body) = json::object(body) else { return };
    for (name, stored) in &*STORED {
        let tolerant = apply(name, stored, &body, &TOLERANT);
        if let Some((Applied { attributes, changed, .. }, _)) = &tolerant {
            assert_eq!(*changed, attributes != stored);
            let text = serde_json::to_vec(attributes).expect("JSON prints");
            let again = put(name, &text).expect("what a PATCH leaves is a valid resource");
            assert_eq!(*attributes, again, "a PATCH left what a PUT would not");
        }
        if let Some((strict, _)) = apply(name, stored, &body, &STRICT) {
            let (tolerant, bent) = tolerant.expect("what a strict dialect takes a tolerant one takes too");
            assert!(bent || strict == tolerant, "nothing was bent, but {strict:?} is not {tolerant:?}");
        }
    }
});
