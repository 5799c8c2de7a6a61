//! Members of groups: what comes out is edges.

use super::*;

#[test]
fn q7_members_are_emptied_by_null_and_by_an_empty_list() {
    for value in [json!(null), json!([])] {
        let ops = json!([{"op": "replace", "path": "members", "value": value}]);
        assert_eq!(group().edges(ops), [EdgeChange::Clear]);
    }
}

#[test]
fn q8_e7_j2_remove_with_a_value_list_removes_only_those() {
    let ops = json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "u1"}]}]);
    assert_eq!(group().edges(ops), [remove(&["u1"])]);
    let ops = json!([{"op": "remove", "path": "members", "value": ["u1", "u2"]}]);
    assert_eq!(group().edges(ops), [remove(&["u1", "u2"])]);
    assert_eq!(group().edges(json!([{"op": "remove", "path": "members", "value": []}])), []);
    let ops = json!([{"op": "remove", "path": "members", "value": [{"value": "u1"}]}]);
    group().strict().refuses(ops, ScimType::InvalidSyntax, "takes no value");
}

#[test]
fn e8_o9_members_are_removed_by_filter() {
    let ops = json!([{"op": "remove", "path": "members[value eq \"u1\"]"}]);
    assert_eq!(group().strict().edges(ops), [remove(&["u1"])]);
    let ops = json!([{"op": "remove", "path": "members[value eq \"u1\" or Value eq \"u2\"]"}]);
    assert_eq!(group().strict().edges(ops), [remove(&["u1", "u2"])]);
    let ops = json!([
        {"op": "remove", "path": "members[value eq \"a\"]"},
        {"op": "add", "path": "members", "value": [{"value": "b", "display": "B"}]}
    ]);
    assert_eq!(group().edges(ops), [remove(&["a"]), add(&["b"])]);
    let ops = json!([{"op": "remove", "path": "members[type eq \"Group\"]"}]);
    let [EdgeChange::RemoveWhere(filter)] = &group().edges(ops)[..] else { panic!("a filter is left") };
    assert!(filter.matches(json!({"value": "g", "type": "Group"}).as_object().unwrap()));
}

#[test]
fn e9_remove_members_without_a_value_clears() {
    assert_eq!(group().edges(json!([{"op": "remove", "path": "members"}])), [EdgeChange::Clear]);
}

#[test]
fn e10_q14_members_are_added_in_every_shape() {
    for value in [json!([{"$ref": null, "value": "u1"}]), json!({"value": "u1"}), json!("u1"), json!(["u1"])]
    {
        let ops = json!([{"op": "Add", "path": "members", "value": value}]);
        assert_eq!(group().edges(ops), [add(&["u1"])]);
        assert_eq!(group().edges(json!([{"op": "add", "value": {"members": value}}])), [add(&["u1"])]);
    }
    let ops = json!([{"op": "add", "path": "members", "value": [{"display": "no id"}]}]);
    group().refuses(ops, ScimType::InvalidValue, "id");
}

#[test]
fn x8_an_unknown_part_of_a_member_is_ignored() {
    let ops = json!([{"op": "add", "path": "members", "value": [{"value": "u1", "displayName": "A"}]}]);
    assert_eq!(group().edges(ops), [add(&["u1"])]);
}

#[test]
fn o10_a_replaced_member_list_is_a_set() {
    let ops = json!([{"op": "replace", "path": "members", "value": [{"value": "a"}, {"value": "b"}, {"value": "a"}]}]);
    assert_eq!(group().edges(ops), [EdgeChange::Clear, add(&["a", "b"])]);
}

#[test]
fn a_member_is_never_changed_in_place() {
    let ops = json!([{"op": "replace", "path": "members[value eq \"a\"].type", "value": "User"}]);
    group().refuses(ops, ScimType::Mutability, "never changed");
    let ops = json!([{"op": "replace", "path": "members[value eq \"a\"].display", "value": "x"}]);
    group().refuses(ops, ScimType::Mutability, "read-only");
}

#[test]
fn members_put_at_a_filter_come_out_right_whoever_is_there() {
    let at = |op: &str, value: Value| json!([{"op": op, "path": "members[value eq \"a\"]", "value": value}]);
    assert_eq!(group().edges(at("add", json!({"value": "a"}))), [add(&["a"])]);
    assert_eq!(group().edges(at("replace", json!({"value": "a"}))), [add(&["a"])]);
    assert_eq!(group().edges(at("replace", json!({"value": "b"}))), [remove(&["a"]), add(&["b"])]);
    assert_eq!(group().edges(at("replace", json!(null))), [remove(&["a"])]);
    group().strict().refuses(at("add", json!({"value": "a"})), ScimType::NoTarget, "members");
}

#[test]
fn q19_o8_a_group_rename_with_its_id_leaves_members_alone() {
    let ops = json!([{"op": "replace", "value": {"id": "g", "displayName": "New"}}]);
    for run in [group(), group().strict()] {
        let applied = run.patch(ops.clone()).unwrap();
        assert_eq!(applied.attributes["displayName"], "New");
        assert!(applied.edges.is_empty());
    }
}

#[test]
fn d203_ten_thousand_members_fit_one_operation() {
    let members: Vec<Value> = (0..10_000).map(|i| json!({"value": i.to_string()})).collect();
    let edges = group().edges(json!([{"op": "add", "path": "members", "value": members}]));
    assert!(matches!(&edges[..], [EdgeChange::Add(refs)] if refs.len() == 10_000));
}
