//! Any body is a bulk job or an error, and a plan runs each operation once and after what it refers to.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use scim::bulk::{Job, Plan, Work, resolve_data, resolve_path, without};
use scim::dialect::{Dialect, Lenience};
use scim::json;

static DIALECTS: LazyLock<[Dialect; 2]> = LazyLock::new(|| [Dialect::tolerant(), Dialect::strict()]);

const MOST: usize = 100;

fuzz_target!(|body: &[u8]| {
    let Ok(body) = json::object(body) else { return };
    for dialect in &*DIALECTS {
        let Ok(job) = Job::parse(body.clone(), MOST, &mut Lenience::new(dialect)) else { continue };
        check_plan(&job);
        for wish in job.operations.iter().filter_map(|operation| operation.wish.as_ref().ok()) {
            let known = |id: &str| (id.len() < 4).then(|| "0190d2c4".to_owned());
            let _ = resolve_path(&wish.path, known);
            if let Some(data) = &wish.data {
                let _ = resolve_data(&mut data.clone(), known);
                let mut kept = without(data, &|_: &str| true);
                resolve_data(&mut kept, |_| Some("0190d2c4".to_owned())).expect("every reference is known");
            }
        }
    }
});

fn check_plan(job: &Job) {
    let steps = Plan::new(job, |endpoint| match endpoint {
        "users" => vec!["userName".into()],
        "groups" => vec!["displayName".into()],
        _ => vec![],
    })
    .steps;
    let mut done = vec![0; job.operations.len()];
    for (place, step) in steps.iter().enumerate() {
        assert!(step.after.iter().all(|before| *before < place), "a step waits for a later one");
        match &step.work {
            Work::Run(operation) => done[*operation] += 1,
            Work::Complete(circle) => circle.iter().for_each(|operation| done[*operation] += 1),
            Work::Impossible(circle) => circle.iter().for_each(|operation| done[*operation] += 1),
            Work::Begin { .. } | Work::Wait => {}
        }
    }
    assert!(done.iter().all(|times| *times == 1), "operations are done {done:?} times");
}
