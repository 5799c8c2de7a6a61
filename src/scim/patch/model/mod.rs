//! PATCH held against a slow model of a few attributes, and the property that doing it twice is doing it once.
//!
//! `tests/run differential` runs these properties on many more cases: their number is `PROPTEST_CASES`.

mod elements;
mod group;
mod steps;
mod user;

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use self::group::Group;
use self::steps::Step;
use self::user::User;
use super::{Applied, Patch, apply};
use crate::{Dialect, Lenience, Registry, ScimError, urn};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::builtin);

/// What the engine makes of these operations.
fn engine(kind: &str, start: &Value, operations: &[Value]) -> Result<Applied, ScimError> {
    let dialect = Dialect::tolerant();
    let mut lenience = Lenience::new(&dialect);
    let body = json!({"schemas": [urn::PATCH_OP], "Operations": operations});
    let patch = Patch::parse(body.as_object().unwrap().clone(), &mut lenience)?;
    let resource_type = REGISTRY.resource_type(kind).unwrap();
    let stored = start.as_object().unwrap();
    let applied = apply(&REGISTRY, resource_type, stored, &patch, &mut lenience)?;
    assert_eq!(applied.changed, applied.attributes != *stored);
    Ok(applied)
}

/// What the engine makes of a user.
fn real(start: &Value, steps: &[Step]) -> Result<Value, ScimError> {
    let operations: Vec<Value> = steps.iter().map(Step::to_json).collect();
    engine("User", start, &operations).map(|applied| Value::Object(applied.attributes))
}

proptest! {
    #[test]
    fn a_patch_does_what_the_model_does(mut user in User::any(), steps in prop::collection::vec(Step::any(), 1..6)) {
        let found = real(&user.to_json(), &steps);
        let failed = steps.iter().position(|step| user.step(step).is_err());
        match failed {
            None => prop_assert_eq!(found, Ok(user.to_json())),
            Some(i) => {
                let error = found.expect_err("the model refuses it");
                let place = format!("Operations[{i}]: ");
                prop_assert!(error.detail().starts_with(&place), "{}", error);
            }
        }
    }

    #[test]
    fn a_patch_of_members_does_what_the_model_does(
        mut group in Group::any(),
        steps in prop::collection::vec(group::Step::any(), 1..8),
    ) {
        let operations: Vec<Value> = steps.iter().map(group::Step::to_json).collect();
        let applied = engine("Group", &group.to_json(), &operations).expect("the model refuses nothing");
        let mut members = group.members.clone();
        for edge in &applied.edges {
            group::follow(&mut members, edge);
        }
        for step in &steps {
            group.step(step);
        }
        prop_assert_eq!(Value::Object(applied.attributes), group.to_json());
        prop_assert_eq!(members, group.members);
    }

    #[test]
    fn applying_twice_is_applying_once(user in User::any(), step in Step::any()) {
        prop_assume!(step.keeps_its_target());
        if let Ok(once) = real(&user.to_json(), std::slice::from_ref(&step)) {
            prop_assert_eq!(real(&once, &[step]), Ok(once));
        }
    }

    #[test]
    fn operations_one_by_one_are_operations_together(
        user in User::any(),
        steps in prop::collection::vec(Step::any(), 1..6),
    ) {
        let start = user.to_json();
        let one_by_one = steps.iter().try_fold(start.clone(), |user, step| real(&user, std::slice::from_ref(step)));
        match real(&start, &steps) {
            Ok(together) => prop_assert_eq!(one_by_one, Ok(together)),
            Err(_) => prop_assert!(one_by_one.is_err()),
        }
    }
}
