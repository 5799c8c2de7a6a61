//! RFC 7644 section 3.5.2, by the rows of the protocol list.

use super::*;

#[test]
fn d182_too_many_operations_are_refused_by_number() {
    let op = json!({"op": "add", "path": "title", "value": "x"});
    assert!(user(json!({})).patch(Value::Array(vec![op.clone(); 1000])).is_ok());
    let error = user(json!({})).patch(Value::Array(vec![op; 1001])).unwrap_err();
    assert!(error.detail().contains("1001") && error.detail().contains("1000"));
}

#[test]
fn filters_of_more_tests_than_are_worth_the_time_are_refused() {
    let list = vec![r#"type eq "x""#; 1_000].join(" or ");
    let op = json!({"op": "remove", "path": format!("emails[{list}]")});
    assert!(user(json!({})).patch(Value::Array(vec![op.clone(); 2])).is_ok());
    user(json!({})).refuses(Value::Array(vec![op; 3]), ScimType::InvalidPath, "3000 tests");
    let key = json!({"op": "replace", "value": {format!("emails[{list}].display"): null}});
    user(json!({})).refuses(Value::Array(vec![key; 3]), ScimType::InvalidPath, "3000 tests");
}

#[test]
fn d183_an_op_nobody_knows_and_none_at_all_are_refused() {
    user(json!({})).refuses(
        json!([{"op": "set", "path": "title", "value": 1}]),
        ScimType::InvalidSyntax,
        "\"set\"",
    );
    user(json!({})).refuses(json!([{"path": "title"}]), ScimType::InvalidSyntax, "op is missing");
    user(json!({})).refuses(json!(["x"]), ScimType::InvalidSyntax, "object");
}

#[test]
fn d184_remove_without_a_path_has_no_target() {
    user(json!({})).refuses(json!([{"op": "remove"}]), ScimType::NoTarget, "path");
}

#[test]
fn d185_an_error_names_its_operation_and_leaves_nothing() {
    let ops = json!([
        {"op": "replace", "path": "title", "value": "x"},
        {"op": "replace", "path": "active", "value": "perhaps"}
    ]);
    let error = user(json!({})).patch(ops).unwrap_err();
    assert!(error.detail().starts_with("Operations[1]: active"));
}

#[test]
fn d186_each_operation_sees_what_the_former_left() {
    let ops = json!([
        {"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@x"}]},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x"},
        {"op": "add", "path": "title", "value": "x"},
        {"op": "remove", "path": "title"}
    ]);
    let after = user(json!({})).strict().becomes(ops);
    assert_eq!(after["emails"], json!([{"type": "work", "value": "b@x"}]));
    assert!(after.get("title").is_none());
}

#[test]
fn d17_a_value_that_is_there_with_its_type_gains_what_is_new() {
    let run = user(json!({"emails": [{"type": "work", "value": "a@x"}]}));
    let ops = json!([{"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@x", "primary": true}]}]);
    assert_eq!(run.becomes(ops)["emails"], json!([{"type": "work", "value": "a@x", "primary": true}]));
}

#[test]
fn d188_read_only_by_path_is_refused_and_in_a_value_left_out() {
    for path in [
        "id",
        "meta.created",
        "groups",
        "groups[value eq \"x\"].display",
        "urn:ietf:params:scim:schemas:core:2.0:User:id",
    ] {
        let ops = json!([{"op": "replace", "path": path, "value": "x"}]);
        user(json!({})).refuses(ops, ScimType::Mutability, "read-only");
        user(json!({})).refuses(json!([{"op": "remove", "path": path}]), ScimType::Mutability, "read-only");
    }
    let ops = json!([{"op": "replace", "value": {"meta": {"x": 1}, "groups": [], "meta.created": "x"}}]);
    user(json!({})).stays(ops);
    let ops = json!([{"op": "replace", "value": {"meta": {"created": "x"}}}]);
    user(json!({})).strict().refuses(ops, ScimType::Mutability, "read-only");
}

#[test]
fn d190_a_new_primary_turns_the_others_off() {
    let emails = json!([{"value": "a", "primary": true}, {"value": "b", "type": "work"}]);
    let run = || user(json!({"emails": emails})).strict();
    let after =
        run().becomes(json!([{"op": "add", "path": "emails", "value": [{"value": "c", "primary": true}]}]));
    assert_eq!(after["emails"][0], json!({"value": "a", "primary": false}));
    assert_eq!(after["emails"][1], emails[1]);
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": true}]);
    let after = run().becomes(ops);
    assert_eq!(after["emails"][0]["primary"], false);
    assert_eq!(after["emails"][1]["primary"], true);
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "z", "primary": true}}]);
    assert_eq!(
        run().becomes(ops)["emails"],
        json!([{"value": "a", "primary": false}, {"value": "z", "primary": true}])
    );
}

#[test]
fn d190_two_primaries_at_once_need_tolerance() {
    let ops = json!([{"op": "replace", "path": "emails.primary", "value": true}]);
    let run = || user(json!({"emails": [{"value": "a"}, {"value": "b"}]}));
    assert_eq!(run().becomes(ops.clone())["emails"][1]["primary"], true);
    run().without(Deviation::SeveralPrimaries).refuses(ops, ScimType::InvalidValue, "primary");
}

#[test]
fn d191_add_appends_replaces_or_merges() {
    let run = user(json!({"title": "x", "emails": [{"value": "a"}]})).strict();
    let after = run.becomes(json!([
        {"op": "add", "path": "title", "value": "y"},
        {"op": "add", "path": "emails", "value": [{"value": "b"}]},
        {"op": "add", "path": "nickName", "value": "n"}
    ]));
    assert_eq!((&after["title"], &after["nickName"]), (&json!("y"), &json!("n")));
    assert_eq!(after["emails"], json!([{"value": "a"}, {"value": "b"}]));
    assert_eq!(after.as_object().unwrap().keys().next_back().unwrap(), "nickName");
}

#[test]
fn d193_d200_extensions_are_merged_by_urn_and_schemas_follow() {
    let run = user(json!({urn::ENTERPRISE_USER: {"division": "V"}}));
    let value = json!({urn::ENTERPRISE_USER: {"department": "D", "division": null}});
    let after = run.becomes(json!([{"op": "add", "value": value}]));
    assert_eq!(after[urn::ENTERPRISE_USER], json!({"department": "D"}));
    let ops = json!([{"op": "replace", "path": urn::ENTERPRISE_USER, "value": {"department": "E"}}]);
    assert_eq!(run.becomes(ops)[urn::ENTERPRISE_USER], json!({"division": "V", "department": "E"}));
    let gone = format!("{}:division", urn::ENTERPRISE_USER);
    assert_eq!(run.becomes(json!([{"op": "remove", "path": gone}])), user(json!({})).stored);
    let ops = json!([{"op": "add", "path": urn::ENTERPRISE_USER, "value": "x"}]);
    run.refuses(ops, ScimType::InvalidValue, "an object");
}

#[test]
fn d194_d196_remove_takes_away_values_elements_and_parts() {
    let emails = json!([{"value": "a", "type": "work", "display": "A"}, {"value": "b", "type": "home"}]);
    let run = || user(json!({"title": "x", "emails": emails})).strict();
    assert!(run().becomes(json!([{"op": "remove", "path": "title"}])).get("title").is_none());
    assert!(run().becomes(json!([{"op": "remove", "path": "emails"}])).get("emails").is_none());
    let after = run().becomes(json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]));
    assert_eq!(after["emails"], json!([emails[1]]));
    let after = run().becomes(json!([{"op": "remove", "path": "emails[type eq \"work\"].display"}]));
    assert_eq!(after["emails"][0], json!({"value": "a", "type": "work"}));
    let after = run().becomes(json!([{"op": "remove", "path": "emails[value pr]"}]));
    assert!(after.get("emails").is_none());
}

#[test]
fn d195_what_is_required_can_be_neither_removed_nor_emptied() {
    user(json!({})).refuses(json!([{"op": "remove", "path": "userName"}]), ScimType::Mutability, "required");
    user(json!({})).refuses(json!([{"op": "remove", "path": "schemas"}]), ScimType::Mutability, "required");
    let ops = json!([{"op": "replace", "path": "userName", "value": null}]);
    user(json!({})).refuses(ops, ScimType::InvalidValue, "required");
    group().refuses(
        json!([{"op": "replace", "value": {"displayName": ""}}]),
        ScimType::InvalidValue,
        "required",
    );
}

#[test]
fn d198_d199_all_matches_are_replaced_or_changed() {
    let emails = json!([{"value": "a", "type": "work"}, {"value": "b", "type": "home", "display": "B"}]);
    let run = || user(json!({"emails": emails})).strict();
    let ops = json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "c"}}]);
    assert_eq!(run().becomes(ops)["emails"], json!([emails[0], {"value": "c"}]));
    let ops = json!([{"op": "replace", "path": "emails[value pr].type", "value": "x"}]);
    let want = json!([{"value": "a", "type": "x"}, {"value": "b", "type": "x", "display": "B"}]);
    assert_eq!(run().becomes(ops)["emails"], want);
    let ops = json!([{"op": "replace", "path": "emails[type eq \"none\"]", "value": {"value": "c"}}]);
    run().refuses(ops.clone(), ScimType::NoTarget, "matches no value");
    let want = json!([emails[0], emails[1], {"type": "none", "value": "c"}]);
    assert_eq!(user(json!({"emails": emails})).becomes(ops)["emails"], want);
}

#[test]
fn d201_a_bad_path_is_refused_with_its_place() {
    for path in [
        "",
        " ",
        "a b",
        "emails[",
        "emails[type eq",
        "emails[type eq \"x\"",
        "emails[type eq \"x\"]x",
        "a..b",
        "9a",
        "emails[]",
    ] {
        let ops = json!([{"op": "replace", "path": path, "value": "x"}]);
        user(json!({})).refuses(ops, ScimType::InvalidPath, "Operations[0]");
    }
    let ops = json!([{"op": "replace", "path": "userName[value eq \"x\"]", "value": "x"}]);
    user(json!({})).refuses(ops, ScimType::InvalidPath, "list of objects");
    let ops = json!([{"op": "replace", "path": "emails[primary gt true]", "value": "x"}]);
    user(json!({})).refuses(ops, ScimType::InvalidFilter, "no order");
}

#[test]
fn d202_a_bad_value_type_is_refused_by_name() {
    user(json!({})).refuses(
        json!([{"op": "add", "path": "title", "value": {}}]),
        ScimType::InvalidValue,
        "title must be text",
    );
    user(json!({})).refuses(
        json!([{"op": "add", "path": "name", "value": true}]),
        ScimType::InvalidValue,
        "name must be an object",
    );
    user(json!({})).refuses(
        json!([{"op": "add", "path": "emails[type eq \"work\"].primary", "value": 1}]),
        ScimType::InvalidValue,
        "emails.primary must be true or false",
    );
}

#[test]
fn d206_what_was_wrong_before_is_not_held_against_the_client() {
    let run = Run { stored: json!({"schemas": [urn::USER], "title": "x"}), ..user(json!({})) };
    assert_eq!(run.becomes(json!([{"op": "replace", "path": "title", "value": "y"}]))["title"], "y");
}

#[test]
fn a_list_does_not_grow_past_what_is_kept() {
    let roles = |n: usize| (0..n).map(|i| json!({"value": i.to_string()})).collect::<Vec<_>>();
    let run = user(json!({"roles": roles(crate::check::MAX_ELEMENTS)}));
    run.stays(json!([{"op": "add", "path": "roles", "value": [{"value": "7"}]}]));
    let ops = json!([{"op": "add", "path": "roles", "value": [{"value": "one more"}]}]);
    run.refuses(ops, ScimType::InvalidValue, "at most 5000");
}
