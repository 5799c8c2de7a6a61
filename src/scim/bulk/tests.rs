//! Reading jobs, putting in references, and the promise of a plan: the result of running one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Dialect, Lenience, urn};

fn parse(body: &Value, dialect: &Dialect) -> Result<Job, ScimError> {
    Job::parse(body.as_object().unwrap().clone(), 10, &mut Lenience::new(dialect))
}

fn job(operations: &Value) -> Job {
    parse(&json!({"schemas": [urn::BULK_REQUEST], "Operations": operations}), &Dialect::strict()).unwrap()
}

fn post(id: &str, data: &Value) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": id, "data": data})
}

fn plan(job: &Job) -> Plan {
    Plan::new(job, |endpoint| match endpoint {
        "users" => vec!["userName".into()],
        "groups" => vec!["displayName".into()],
        _ => vec![],
    })
}

#[test]
fn a_job_is_read_with_what_each_answer_repeats() {
    let read = job(&json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ann"}},
        {"method": "DELETE", "path": "/Users/1", "version": "W/\"3\""},
    ]));
    assert_eq!(
        (read.operations[0].method.as_str(), read.operations[0].bulk_id.as_deref()),
        ("POST", Some("a"))
    );
    let wish = read.operations[1].wish.as_ref().unwrap();
    assert_eq!(
        (wish.verb, wish.path.as_str(), wish.version.as_deref()),
        (Verb::Delete, "/Users/1", Some("W/\"3\""))
    );
}

#[test]
fn what_is_wrong_with_one_operation_leaves_the_others() {
    let read = job(&json!([
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "PUT", "path": "/Users/1"},
        {"method": "PATCH", "data": {}},
        {"path": "/Users/1", "bulkId": "x"},
        {"method": "DELETE", "path": "/Users/1"},
    ]));
    let right: Vec<bool> = read.operations.iter().map(|o| o.wish.is_ok()).collect();
    assert_eq!(right, [false, false, false, false, false, true]);
    assert_eq!(read.operations[4].bulk_id.as_deref(), Some("x"));
}

#[test]
fn c221_a_bulk_id_for_two_operations_is_refused_before_anything_is_done() {
    let body =
        json!({"schemas": [urn::BULK_REQUEST], "Operations": [post("a", &json!({})), post("a", &json!({}))]});
    assert_eq!(parse(&body, &Dialect::strict()).unwrap_err().status(), 400);
}

#[test]
fn c216_a_job_with_too_many_operations_is_413_and_names_the_limit() {
    let many: Vec<Value> = (0..11).map(|n| post(&n.to_string(), &json!({}))).collect();
    let error =
        parse(&json!({"schemas": [urn::BULK_REQUEST], "Operations": many}), &Dialect::strict()).unwrap_err();
    assert_eq!(error.status(), 413);
    assert!(error.detail().contains("maxOperations is 10"), "{}", error.detail());
}

#[test]
fn c211_the_message_names_its_schema_and_strict_insists() {
    let body = json!({"operations": [{"method": "delete", "path": "Users/1"}]});
    assert!(parse(&body, &Dialect::strict()).is_err());
    let read = parse(&body, &Dialect::tolerant()).unwrap();
    assert_eq!(read.operations[0].wish.as_ref().unwrap().path, "/Users/1");
}

#[test]
fn fail_on_errors_counts_from_one() {
    for (given, read) in
        [(json!(1), Ok(Some(1))), (json!(null), Ok(None)), (json!(0), Err(())), (json!("1"), Err(()))]
    {
        let body = json!({"schemas": [urn::BULK_REQUEST], "failOnErrors": given, "Operations": [post("a", &json!({}))]});
        assert_eq!(parse(&body, &Dialect::strict()).map(|job| job.fail_on_errors).map_err(drop), read);
    }
}

#[test]
fn c214_references_are_put_in_at_any_depth_in_extensions_uris_and_filters() {
    let mut data = json!({
        "members": [{"value": "bulkId:a", "$ref": "https://h/scim/v2/Users/bulkId:a"}],
        urn::ENTERPRISE_USER: {"manager": {"value": "bulkId:b"}},
        "Operations": [{"path": "members[value eq \"bulkId:a\" or value eq \"bulkId:b\"]"}],
        "title": "not a bulkId:a",
    })
    .as_object()
    .unwrap()
    .clone();
    resolve_data(&mut data, |id| Some(format!("<{id}>"))).unwrap();
    assert_eq!(
        Value::Object(data),
        json!({
            "members": [{"value": "<a>", "$ref": "https://h/scim/v2/Users/<a>"}],
            urn::ENTERPRISE_USER: {"manager": {"value": "<b>"}},
            "Operations": [{"path": "members[value eq \"<a>\" or value eq \"<b>\"]"}],
            "title": "not a bulkId:a",
        })
    );
    assert_eq!(resolve_path("/Users/bulkId:a", |_| Some("7".into())), Ok("/Users/7".into()));
    assert_eq!(resolve_path("/Users/bulkId:a", |_| None), Err(Unresolved("a".into())));
}

#[test]
fn a_member_or_manager_that_is_not_there_yet_is_left_out_as_a_whole() {
    let data = json!({
        "userName": "x", "owner": "bulkId:b",
        "members": [{"value": "bulkId:b", "type": "User"}, {"value": "1"}],
        urn::ENTERPRISE_USER: {"manager": {"value": "bulkId:b"}, "department": "d"},
    });
    assert_eq!(
        Value::Object(without(data.as_object().unwrap(), &|id| id == "b")),
        json!({"userName": "x", "members": [{"value": "1"}], urn::ENTERPRISE_USER: {"department": "d"}})
    );
}

#[test]
fn independent_creates_wait_for_nothing() {
    let job = job(&json!([post("a", &json!({"userName": "a"})), post("b", &json!({"userName": "b"}))]));
    assert!(plan(&job).steps.iter().all(|step| step.after.is_empty()));
}

#[test]
fn c218_creates_with_one_name_keep_their_order() {
    let job = job(&json!([post("a", &json!({"userName": "x"})), post("b", &json!({"USERNAME": "X"}))]));
    assert_eq!(plan(&job).steps[1], Step { work: Work::Run(1), after: vec![0] });
}

#[test]
fn c215_what_refers_forward_waits_and_what_follows_it_waits_too() {
    let job = job(&json!([
        {"method": "PATCH", "path": "/Groups/g", "data": {"Operations": [{"value": [{"value": "bulkId:a"}]}]}},
        {"method": "DELETE", "path": "/Groups/g"},
        post("a", &json!({"userName": "a"})),
    ]));
    let works: Vec<Work> = plan(&job).steps.into_iter().map(|step| step.work).collect();
    assert_eq!(works, [Work::Run(1), Work::Run(2), Work::Run(0)]);
}

#[test]
fn c215_a_circle_is_begun_and_then_completed() {
    let manager = |id: &str| json!({urn::ENTERPRISE_USER: {"manager": {"value": format!("bulkId:{id}")}}});
    let job = job(&json!([post("a", &manager("b")), post("b", &manager("a")), post("c", &manager("a"))]));
    let circle = Arc::new(BTreeSet::from([0, 1]));
    let works: Vec<Work> =
        plan(&job).steps.into_iter().map(|step| step.work).filter(|w| *w != Work::Wait).collect();
    let begin = |operation| Work::Begin { operation, circle: circle.clone() };
    assert_eq!(works, [begin(0), begin(1), Work::Complete(circle.clone()), Work::Run(2)]);
}

#[test]
fn groups_in_each_other_are_impossible() {
    let group = |id: &str, member: &str| json!({"method": "POST", "path": "/Groups", "bulkId": id, "data": {"members": [{"value": format!("bulkId:{member}")}]}});
    let job = job(&json!([group("a", "b"), group("b", "a"), group("c", "c")]));
    let works: Vec<Work> = plan(&job).steps.into_iter().map(|step| step.work).collect();
    assert_eq!(works, [Work::Impossible([0, 1].into()), Work::Impossible([2].into())]);
}

#[test]
fn a_chain_as_long_as_a_job_can_be_is_planned_without_recursion() {
    let count = 10_000;
    let operations: Vec<Value> = (0..count)
        .map(|n| post(&n.to_string(), &json!({"x": {"value": format!("bulkId:{}", (n + 1) % count)}})))
        .collect();
    let body = json!({"schemas": [urn::BULK_REQUEST], "Operations": operations}).as_object().unwrap().clone();
    let job = Job::parse(body, count, &mut Lenience::new(&Dialect::strict())).unwrap();
    assert!(plan(&job).steps.len() > count);
}

fn operation() -> impl Strategy<Value = Value> {
    let name = || proptest::sample::select(vec!["x", "y"]);
    let id = || proptest::sample::select(vec!["1", "2", "bulkId:0", "bulkId:1", "bulkId:2"]);
    prop_oneof![
        3 => (name(), id()).prop_map(|(name, id)| json!({
            "method": "POST", "path": "/Users", "data": {"userName": name, "manager": {"value": id}}
        })),
        1 => (id(), name()).prop_map(|(id, name)| json!({
            "method": "PUT", "path": format!("/Users/{id}"), "data": {"userName": name}
        })),
        2 => (id(), id()).prop_map(|(group, member)| json!({
            "method": "PATCH", "path": format!("/Groups/{group}"), "data": {"Operations": [{"op": "add", "value": {"members": member}}]}
        })),
        1 => id().prop_map(|id| json!({"method": "DELETE", "path": format!("/Users/{id}")})),
    ]
}

/// The slow model: whether two operations could notice each other.
fn notice(a: &Operation, b: &Operation) -> bool {
    let (a, b) = (a.wish.as_ref().unwrap(), b.wish.as_ref().unwrap());
    let about = |wish: &Wish| wish.path.split('/').nth(2).map(str::to_owned);
    let speaks = |wish: &Wish, id: &str| {
        wish.data.as_ref().is_some_and(|d| json!(d).to_string().contains(&format!("\"{id}\"")))
    };
    let one =
        |a: &Wish, b: &Wish| about(a).is_some_and(|id| about(b).as_ref() == Some(&id) || speaks(b, &id));
    let users = |wish: &Wish| wish.path.starts_with("/Users");
    let name = |wish: &Wish| wish.data.as_ref().and_then(|d| d.get("userName").cloned());
    let names = users(a)
        && users(b)
        && match (a.verb, b.verb) {
            (Verb::Post, Verb::Post) => name(a) == name(b),
            (Verb::Delete, Verb::Delete) => false,
            _ => true,
        };
    one(a, b) || one(b, a) || names
}

proptest! {
    #[test]
    fn c218_operations_that_could_notice_each_other_never_overlap(operations in proptest::collection::vec(operation(), 1..9)) {
        let mut operations = operations;
        for (n, operation) in operations.iter_mut().enumerate() {
            operation["bulkId"] = json!(n.to_string());
        }
        let job = job(&json!(operations));
        // What refers to nothing that is made is refused when its turn comes, and does nothing.
        let posts = |id: &str| operations.iter().any(|o| o["bulkId"] == id && o["method"] == "POST");
        let runs = |operation: usize| {
            let text = operations[operation].to_string();
            text.split("bulkId:").skip(1).all(|rest| posts(&rest[..1]))
        };
        let steps = plan(&job).steps;
        // Everything a step waits for, at whatever distance.
        let mut before: Vec<BTreeSet<usize>> = Vec::new();
        for (i, step) in steps.iter().enumerate() {
            prop_assert!(step.after.iter().all(|&a| a < i));
            let all = step.after.iter().flat_map(|&a| before[a].iter().copied().chain([a])).collect();
            before.push(all);
        }
        let place = |operation: usize, last: bool| {
            let is = |step: &Step| match &step.work {
                Work::Run(i) => *i == operation,
                Work::Begin { operation: i, .. } => !last && *i == operation,
                Work::Complete(ring) => last && ring.contains(&operation),
                Work::Impossible(ring) => ring.contains(&operation),
                Work::Wait => false,
            };
            steps.iter().position(is).unwrap()
        };
        for a in 0..operations.len() {
            for b in 0..operations.len() {
                let refers = job.operations[a].wish.as_ref().is_ok_and(|w| json!(w.data).to_string().contains(&format!("\"bulkId:{b}\"")) || w.path.ends_with(&format!("bulkId:{b}")));
                let made = job.operations[b].wish.as_ref().unwrap().verb == Verb::Post;
                if a != b && refers && made {
                    let (own, other) = (place(a, true), place(b, false));
                    prop_assert!(before[own].contains(&other) || own == other, "{a} refers to {b}");
                }
                if a < b && runs(a) && runs(b) && notice(&job.operations[a], &job.operations[b]) {
                    let (one, two) = (place(a, true), place(b, true));
                    prop_assert!(one == two || before[two].contains(&one) || before[one].contains(&two), "{a} and {b}: {steps:?}");
                }
            }
        }
    }
}
