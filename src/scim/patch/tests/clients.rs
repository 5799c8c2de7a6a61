//! What Entra, Okta and others send.

use super::*;

#[test]
fn q1_e3_op_is_taken_in_any_case() {
    let ops = json!([{"op": "Replace", "path": "title", "value": "x"}]);
    assert_eq!(user(json!({})).becomes(ops.clone())["title"], "x");
    user(json!({})).strict().refuses(ops, ScimType::InvalidSyntax, "\"replace\"");
}

#[test]
fn x1_keys_of_messages_are_taken_in_any_case_and_extras_are_ignored() {
    let message = json!({"schemas": [urn::PATCH_OP], "operations": [{"OP": "add", "Path": "title", "Value": "x", "name": 1}]});
    assert_eq!(user(json!({})).message(message.clone()).unwrap().attributes["title"], "x");
    assert!(user(json!({})).strict().message(message).is_err());
}

#[test]
fn x2_d182_a_message_without_its_schema_needs_tolerance() {
    for schemas in [json!([]), json!(null), json!(["urn:x"])] {
        let message =
            json!({"schemas": schemas, "Operations": [{"op": "add", "path": "title", "value": "x"}]});
        assert!(user(json!({})).message(message.clone()).is_ok());
        let error = user(json!({})).strict().message(message).unwrap_err();
        assert_eq!(error.scim_type(), Some(ScimType::InvalidSyntax));
    }
}

#[test]
fn q16_empty_operations_change_nothing() {
    user(json!({})).stays(json!([]));
    assert!(user(json!({})).strict().patch(json!([])).is_err());
    assert!(user(json!({})).message(json!({"schemas": [urn::PATCH_OP]})).is_err());
}

#[test]
fn q2_e4_booleans_come_as_text() {
    let ops = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    assert_eq!(user(json!({"active": true})).becomes(ops)["active"], false);
    let ops = json!([{"op": "replace", "path": "active", "value": "False"}]);
    user(json!({})).strict().refuses(ops, ScimType::InvalidValue, "boolean");
}

#[test]
fn e5_a_boolean_inside_an_element_comes_as_text() {
    let ops = json!([{"op": "add", "path": "roles", "value": [{"value": "r", "primary": "True"}]}]);
    assert_eq!(user(json!({})).becomes(ops)["roles"], json!([{"value": "r", "primary": true}]));
}

#[test]
fn e6_q3_a_role_marked_primary_is_made_and_found_again() {
    let ops = json!([
        {"op": "replace", "path": "roles[primary eq \"True\"].display", "value": "D"},
        {"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "V"},
        {"op": "replace", "path": "roles[primary eq true].type", "value": "T"}
    ]);
    let role = json!([{"primary": true, "display": "D", "value": "V", "type": "T"}]);
    assert_eq!(user(json!({})).becomes(ops)["roles"], role);
}

#[test]
fn q3_e17_e19_a_missing_element_is_made_from_the_filter() {
    for op in ["add", "replace"] {
        let ops = json!([{"op": op, "path": "emails[type eq \"work\"].value", "value": "a@x"}]);
        let home = json!({"type": "home", "value": "h@x", "primary": true});
        let run = user(json!({"emails": [home]}));
        assert_eq!(run.becomes(ops.clone())["emails"], json!([home, {"type": "work", "value": "a@x"}]));
        run.strict().refuses(ops, ScimType::NoTarget, "emails.value");
    }
}

#[test]
fn q3_a_filter_that_describes_no_element_has_no_target() {
    for filter in
        ["value co \"@x\"", "type eq \"a\" or type eq \"b\"", "not (type eq \"a\")", "value eq \"old\""]
    {
        let ops = json!([{"op": "replace", "path": format!("emails[{filter}].value"), "value": "new"}]);
        let run = user(json!({}));
        if filter.starts_with("not") {
            run.refuses(ops, ScimType::NoTarget, "emails");
        } else {
            run.refuses(ops, ScimType::NoTarget, "matches no value");
        }
    }
}

#[test]
fn e18_three_adds_with_one_filter_make_one_address() {
    let ops = json!([
        {"op": "Add", "path": "addresses[type eq \"work\"].Formatted", "value": "F"},
        {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "L"},
        {"op": "Add", "path": "addresses[TYPE EQ \"work\"].region", "value": "R"}
    ]);
    let address = json!([{"type": "work", "formatted": "F", "locality": "L", "region": "R"}]);
    assert_eq!(user(json!({})).becomes(ops)["addresses"], address);
}

#[test]
fn q4_e20_dotted_and_urn_keys_are_paths() {
    let ops = json!([{"op": "replace", "value": {
        "displayName": "B",
        "name.givenName": "K",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "A",
        "emails[type eq \"work\"].value": "w@x"
    }}]);
    let after = user(json!({"name": {"familyName": "F"}})).becomes(ops.clone());
    assert_eq!(after["name"], json!({"familyName": "F", "givenName": "K"}));
    assert_eq!(after[urn::ENTERPRISE_USER], json!({"employeeNumber": "A"}));
    assert_eq!(after["emails"], json!([{"type": "work", "value": "w@x"}]));
    assert_eq!(after["schemas"], json!([urn::USER, urn::ENTERPRISE_USER]));
    user(json!({})).strict().refuses(ops, ScimType::InvalidSyntax, "path");
}

#[test]
fn q5_nested_complex_values_are_merged_with_and_without_path() {
    let run = || user(json!({"name": {"familyName": "F", "givenName": "G"}})).strict();
    let want = json!({"familyName": "F", "givenName": "K"});
    for op in ["add", "replace"] {
        assert_eq!(run().becomes(json!([{"op": op, "value": {"name": {"givenName": "K"}}}]))["name"], want);
        assert_eq!(
            run().becomes(json!([{"op": op, "path": "name", "value": {"givenName": "K"}}]))["name"],
            want
        );
    }
}

#[test]
fn q6_d207_null_and_empty_text_clear() {
    for value in [json!(null), json!("")] {
        let ops = json!([{"op": "replace", "path": "title", "value": value}]);
        assert!(user(json!({"title": "x"})).becomes(ops.clone()).get("title").is_none());
        user(json!({})).stays(ops);
    }
    let ops = json!([{"op": "replace", "path": "title", "value": null}]);
    assert!(user(json!({"title": "x"})).strict().becomes(ops).get("title").is_none());
    assert!(
        user(json!({"title": "x"}))
            .becomes(json!([{"op": "replace", "path": "title"}]))
            .get("title")
            .is_none()
    );
}

#[test]
fn q6_an_element_goes_when_only_type_and_primary_remain_and_clearing_again_is_a_success() {
    for value in [json!(null), json!("")] {
        let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": value}]);
        let run = user(json!({"emails": [{"type": "work", "primary": true, "value": "a@x"}]}));
        assert!(run.becomes(ops.clone()).get("emails").is_none());
        user(json!({})).stays(ops.clone());
        let kept = user(json!({"emails": [{"type": "work", "value": "a@x", "display": "A"}]}));
        assert_eq!(kept.becomes(ops)["emails"], json!([{"type": "work", "display": "A"}]));
    }
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": null}]);
    user(json!({})).strict().refuses(ops, ScimType::NoTarget, "emails");
}

#[test]
fn q8_remove_with_a_value_list_works_for_every_list() {
    let roles = json!([{"value": "a", "type": "t"}, {"value": "b"}, {"display": "only"}]);
    let after = |value: Value| {
        user(json!({"roles": roles})).becomes(json!([{"op": "remove", "path": "roles", "value": value}]))["roles"]
            .clone()
    };
    assert_eq!(after(json!([{"value": "A"}])), json!([roles[1], roles[2]]));
    assert_eq!(after(json!([{"value": "a", "type": "other"}])), roles);
    assert_eq!(after(json!("b")), json!([roles[0], roles[2]]));
    assert_eq!(after(json!({"display": "ONLY"})), json!([roles[0], roles[1]]));
}

#[test]
fn q9_d192_adding_what_is_there_changes_nothing() {
    let run = user(json!({"title": "x", "emails": [{"type": "work", "value": "a@x"}]}));
    run.stays(json!([{"op": "add", "path": "emails", "value": [{"value": "a@x", "type": "work"}]}]));
    run.stays(json!([{"op": "add", "path": "emails", "value": [{"value": "A@X"}, {"type": "WORK", "value": "a@x"}]}, {"op": "remove", "path": "emails[value eq \"A@X\" and not (type pr)]"}]));
    run.stays(json!([{"op": "add", "path": "title", "value": "x"}]));
    run.stays(
        json!([{"op": "remove", "path": "nickName"}, {"op": "remove", "path": "emails[type eq \"home\"]"}]),
    );
}

#[test]
fn q11_unknown_names_are_left_out_or_refused_by_kind() {
    let run = || user(json!({}));
    run().stays(json!([{"op": "replace", "value": {"shoeSize": 9}}]));
    run().stays(json!([{"op": "replace", "path": "shoeSize", "value": 9}]));
    run().stays(json!([{"op": "replace", "path": "emails[shoe eq 9].value", "value": "x"}]));
    run().stays(json!([{"op": "add", "path": "emails", "value": []}]));
    run().strict().refuses(
        json!([{"op": "replace", "value": {"shoeSize": 9}}]),
        ScimType::InvalidSyntax,
        "shoeSize",
    );
    for path in ["shoeSize", "name.shoe", "emails[shoe eq 9].value", "emails[type eq \"a\"].shoe", "urn:x:y"]
    {
        let ops = json!([{"op": "replace", "path": path, "value": 9}]);
        run().strict().refuses(ops, ScimType::InvalidPath, "has no attribute");
    }
}

#[test]
fn q11_a_misspelled_enterprise_urn_is_understood() {
    let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department";
    let after = user(json!({})).becomes(json!([{"op": "add", "path": path, "value": "D"}]));
    assert_eq!(after[urn::ENTERPRISE_USER]["department"], "D");
    let value = json!({"urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": "D"}});
    let after = user(json!({})).becomes(json!([{"op": "add", "value": value}]));
    assert_eq!(after[urn::ENTERPRISE_USER]["department"], "D");
}

#[test]
fn q13_free_text_in_canonical_values_is_kept_as_sent() {
    let ops = json!([
        {"op": "replace", "path": "locale", "value": "NNRDFX"},
        {"op": "replace", "path": "profileUrl", "value": "no uri"},
        {"op": "add", "path": "phoneNumbers[type eq \"brain\"].value", "value": "45-955-7623"}
    ]);
    let after = user(json!({})).becomes(ops);
    assert_eq!((after["locale"].as_str(), after["profileUrl"].as_str()), (Some("NNRDFX"), Some("no uri")));
    assert_eq!(after["phoneNumbers"][0], json!({"type": "brain", "value": "45-955-7623"}));
}

#[test]
fn q15_e21_s9_a_manager_comes_in_every_shape() {
    let shapes = [
        json!("271"),
        json!([{"$ref": null, "value": "271"}]),
        json!({"value": "271"}),
        json!({"managerId": "271"}),
    ];
    for value in shapes {
        for path in [MANAGER, "manager"] {
            let after = user(json!({})).becomes(json!([{"op": "Add", "path": path, "value": value}]));
            assert_eq!(after[urn::ENTERPRISE_USER], json!({"manager": {"value": "271"}}));
        }
    }
    let ops = json!([{"op": "add", "path": format!("{MANAGER}.value"), "value": "271"}]);
    assert_eq!(user(json!({})).strict().becomes(ops)[urn::ENTERPRISE_USER]["manager"]["value"], "271");
}

#[test]
fn e22_a_manager_is_cleared_in_every_shape() {
    let run = || user(json!({urn::ENTERPRISE_USER: {"manager": {"value": "1", "$ref": "../Users/1"}}}));
    for op in ["add", "replace"] {
        for value in [json!(""), json!({"value": ""}), json!(null), json!({"value": null}), json!([])] {
            let after = run().becomes(json!([{"op": op, "path": MANAGER, "value": value}]));
            assert_eq!(after, user(json!({})).stored, "{op} {value}");
        }
    }
    for path in [MANAGER, &format!("{MANAGER}.value"), urn::ENTERPRISE_USER] {
        assert_eq!(run().strict().becomes(json!([{"op": "remove", "path": path}])), user(json!({})).stored);
    }
}

#[test]
fn a_new_manager_does_not_keep_the_uri_of_the_old_one() {
    let run = user(json!({urn::ENTERPRISE_USER: {"manager": {"value": "1", "$ref": "../Users/1"}}}));
    let after = run.becomes(json!([{"op": "replace", "path": MANAGER, "value": {"value": "2"}}]));
    assert_eq!(after[urn::ENTERPRISE_USER]["manager"], json!({"value": "2"}));
    let given = json!({"$ref": "../Users/2", "value": "2"});
    let after = run.becomes(json!([{"op": "replace", "path": MANAGER, "value": given}]));
    assert_eq!(after[urn::ENTERPRISE_USER]["manager"], given);
}

#[test]
fn q18_e28_names_are_taken_in_any_case() {
    let ops = json!([
        {"op": "replace", "path": "DISPLAYNAME", "value": "D"},
        {"op": "replace", "path": "NAME.GIVENNAME", "value": "G"},
        {"op": "replace", "path": "EMAILS[TYPE EQ \"other\"].Value", "value": "o@x"},
        {"op": "replace", "value": {"NickName": "N"}}
    ]);
    let run = user(json!({"emails": [{"type": "other", "value": "x"}]})).strict();
    let after = run.becomes(ops);
    assert_eq!((&after["displayName"], &after["nickName"]), (&json!("D"), &json!("N")));
    assert_eq!(after["name"], json!({"givenName": "G"}));
    assert_eq!(after["emails"], json!([{"type": "other", "value": "o@x"}]));
}

#[test]
fn q20_a_password_is_taken_and_dropped() {
    user(json!({})).stays(json!([{"op": "replace", "path": "password", "value": "x"}]));
    user(json!({})).stays(json!([{"op": "replace", "value": {"password": "x"}}]));
    user(json!({})).stays(json!([{"op": "remove", "path": "password"}]));
    user(json!({})).refuses(
        json!([{"op": "add", "path": "password", "value": {}}]),
        ScimType::InvalidValue,
        "text",
    );
}

#[test]
fn e24_a_list_of_one_is_unwrapped_for_a_single_value() {
    let ops = json!([{"op": "Replace", "path": "displayName", "value": [{"$ref": null, "value": "User X"}]}]);
    assert_eq!(user(json!({})).becomes(ops)["displayName"], "User X");
    let ops = json!([{"op": "Replace", "path": "displayName", "value": [{"$ref": null, "value": null}]}]);
    assert!(user(json!({"displayName": "x"})).becomes(ops).get("displayName").is_none());
    let ops = json!([{"op": "replace", "path": "displayName", "value": ["x"]}]);
    user(json!({})).strict().refuses(ops, ScimType::InvalidValue, "single value");
    let ops = json!([{"op": "replace", "path": "displayName", "value": ["x", "y"]}]);
    user(json!({})).refuses(ops, ScimType::InvalidValue, "a list was given");
}

#[test]
fn e25_an_extension_path_with_a_dot_is_an_alias() {
    let path = format!("{}.department", urn::ENTERPRISE_USER);
    let ops = json!([{"op": "replace", "path": path, "value": "D"}]);
    assert_eq!(user(json!({})).becomes(ops.clone())[urn::ENTERPRISE_USER], json!({"department": "D"}));
    user(json!({})).strict().refuses(ops, ScimType::InvalidPath, "has no attribute");
}

#[test]
fn o7_a_value_without_path_is_taken() {
    let ops = json!([{"op": "replace", "value": {"active": false}}]);
    assert_eq!(user(json!({"active": true})).strict().becomes(ops)["active"], false);
    user(json!({})).refuses(json!([{"op": "replace", "value": 1}]), ScimType::InvalidValue, "object");
    user(json!({})).refuses(json!([{"op": "add", "path": "title"}]), ScimType::InvalidValue, "missing");
}

#[test]
fn s16_app_roles_are_plain_values() {
    let text = "{\"id\":\"1\",\"value\":\"Admin\"}";
    let ops = json!([{"op": "Add", "path": "roles", "value": [{"value": text}]}]);
    assert_eq!(user(json!({})).becomes(ops)["roles"], json!([{"value": text}]));
}

#[test]
fn s2_replace_of_a_complex_value_that_is_absent_adds_it() {
    let ops = json!([{"op": "replace", "path": "name", "value": {"givenName": "G"}}]);
    assert_eq!(user(json!({})).strict().becomes(ops)["name"], json!({"givenName": "G"}));
}

#[test]
fn a_bare_value_at_a_filter_changes_the_elements_value_alone() {
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": "new"}]);
    let run = user(json!({"emails": [{"value": "a", "type": "work"}]}));
    assert_eq!(run.becomes(ops)["emails"], json!([{"value": "new", "type": "work"}]));
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": [{"value": "n", "type": "work"}]}]);
    assert_eq!(run.becomes(ops)["emails"], json!([{"value": "n", "type": "work"}]));
}

#[test]
fn a_parts_path_without_filter_speaks_of_all_elements() {
    let run = user(json!({"emails": [{"value": "a"}, {"value": "b"}]})).strict();
    let after = run.becomes(json!([{"op": "replace", "path": "emails.type", "value": "work"}]));
    assert_eq!(after["emails"], json!([{"value": "a", "type": "work"}, {"value": "b", "type": "work"}]));
    let after =
        user(json!({})).strict().becomes(json!([{"op": "add", "path": "emails.value", "value": "a"}]));
    assert_eq!(after["emails"], json!([{"value": "a"}]));
}

#[test]
fn schemas_in_a_patch_are_the_servers_business() {
    user(json!({})).stays(json!([{"op": "add", "path": "schemas", "value": ["urn:x"]}]));
    user(json!({})).stays(json!([{"op": "replace", "value": {"schemas": ["urn:x"]}}]));
}

#[test]
fn every_deviation_used_is_noted() {
    let registry = Registry::builtin();
    let dialect = Dialect::tolerant();
    let mut lenience = Lenience::new(&dialect);
    let body =
        json!({"Operations": [{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "x"}]});
    let patch = Patch::parse(body.as_object().unwrap().clone(), &mut lenience).unwrap();
    let stored = user(json!({})).stored;
    let user = registry.resource_type("User").unwrap();
    apply(&registry, user, stored.as_object().unwrap(), &patch, &mut lenience).unwrap();
    let noted: Vec<_> = lenience.used().keys().copied().collect();
    assert_eq!(noted, [Deviation::OpCase, Deviation::CreateFromFilter, Deviation::MissingSchemas]);
}
