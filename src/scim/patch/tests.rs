//! Rules of PATCH, one test each; names carry the rows of the client and protocol lists.

use serde_json::{Value, json};

use super::{Applied, EdgeChange, Patch, apply};
use crate::resource::MemberRef;
use crate::{Deviation, Dialect, Lenience, Registry, ScimError, ScimType, urn};

struct Run<'r> {
    kind: &'r str,
    dialect: Dialect,
    stored: Value,
}

fn user(more: Value) -> Run<'static> {
    let mut stored = json!({"schemas": [urn::USER], "userName": "ann"});
    stored.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    if more.get(urn::ENTERPRISE_USER).is_some() {
        stored["schemas"] = json!([urn::USER, urn::ENTERPRISE_USER]);
    }
    Run { kind: "User", dialect: Dialect::tolerant(), stored }
}

fn group() -> Run<'static> {
    let stored = json!({"schemas": [urn::GROUP], "displayName": "Team"});
    Run { kind: "Group", dialect: Dialect::tolerant(), stored }
}

impl Run<'_> {
    fn strict(mut self) -> Self {
        self.dialect = Dialect::strict();
        self
    }

    fn without(mut self, deviation: Deviation) -> Self {
        self.dialect = self.dialect.without(deviation);
        self
    }

    fn message(&self, message: Value) -> Result<Applied, ScimError> {
        let registry = Registry::builtin();
        let mut lenience = Lenience::new(&self.dialect);
        let Value::Object(body) = message else { panic!("a message is an object") };
        let patch = Patch::parse(body, &mut lenience)?;
        let resource_type = registry.resource_type(self.kind).unwrap();
        apply(&registry, resource_type, self.stored.as_object().unwrap(), &patch, &mut lenience)
    }

    fn patch(&self, operations: Value) -> Result<Applied, ScimError> {
        self.message(json!({"schemas": [urn::PATCH_OP], "Operations": operations}))
    }

    fn becomes(&self, operations: Value) -> Value {
        Value::Object(self.patch(operations).unwrap().attributes)
    }

    fn stays(&self, operations: Value) {
        let applied = self.patch(operations).unwrap();
        assert!(!applied.changed && applied.edges.is_empty());
        assert_eq!(Value::Object(applied.attributes), self.stored);
    }

    fn edges(&self, operations: Value) -> Vec<EdgeChange> {
        let applied = self.patch(operations).unwrap();
        assert!(!applied.changed);
        applied.edges
    }

    #[track_caller]
    fn refuses(&self, operations: Value, keyword: ScimType, words: &str) {
        let error = self.patch(operations).unwrap_err();
        assert_eq!(error.scim_type(), Some(keyword), "{error}");
        assert!(error.detail().contains(words), "{error}");
        assert!(error.detail().starts_with("Operations["), "{error}");
    }
}

fn add(ids: &[&str]) -> EdgeChange {
    EdgeChange::Add(ids.iter().map(|id| MemberRef { value: (*id).to_owned(), kind: None }).collect())
}

fn remove(ids: &[&str]) -> EdgeChange {
    EdgeChange::Remove(ids.iter().map(|id| (*id).to_owned()).collect())
}

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

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
fn d182_too_many_operations_are_refused_by_number() {
    let op = json!({"op": "add", "path": "title", "value": "x"});
    assert!(user(json!({})).patch(Value::Array(vec![op.clone(); 1000])).is_ok());
    let error = user(json!({})).patch(Value::Array(vec![op; 1001])).unwrap_err();
    assert!(error.detail().contains("1001") && error.detail().contains("1000"));
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
fn d17_a_value_that_is_there_with_its_type_gains_what_is_new() {
    let run = user(json!({"emails": [{"type": "work", "value": "a@x"}]}));
    let ops = json!([{"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@x", "primary": true}]}]);
    assert_eq!(run.becomes(ops)["emails"], json!([{"type": "work", "value": "a@x", "primary": true}]));
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
fn q19_o8_a_group_rename_with_its_id_leaves_members_alone() {
    let ops = json!([{"op": "replace", "value": {"id": "g", "displayName": "New"}}]);
    for run in [group(), group().strict()] {
        let applied = run.patch(ops.clone()).unwrap();
        assert_eq!(applied.attributes["displayName"], "New");
        assert!(applied.edges.is_empty());
    }
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
    assert_eq!(after.as_object().unwrap().keys().last().unwrap(), "nickName");
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
fn a_bare_value_at_a_filter_changes_the_elements_value_alone() {
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": "new"}]);
    let run = user(json!({"emails": [{"value": "a", "type": "work"}]}));
    assert_eq!(run.becomes(ops)["emails"], json!([{"value": "new", "type": "work"}]));
    let ops = json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": [{"value": "n", "type": "work"}]}]);
    assert_eq!(run.becomes(ops)["emails"], json!([{"value": "n", "type": "work"}]));
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
fn d203_ten_thousand_members_fit_one_operation() {
    let members: Vec<Value> = (0..10_000).map(|i| json!({"value": i.to_string()})).collect();
    let edges = group().edges(json!([{"op": "add", "path": "members", "value": members}]));
    assert!(matches!(&edges[..], [EdgeChange::Add(refs)] if refs.len() == 10_000));
}

#[test]
fn d206_what_was_wrong_before_is_not_held_against_the_client() {
    let run = Run { stored: json!({"schemas": [urn::USER], "title": "x"}), ..user(json!({})) };
    assert_eq!(run.becomes(json!([{"op": "replace", "path": "title", "value": "y"}]))["title"], "y");
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
    let used: Vec<_> = lenience.used().iter().copied().collect();
    assert_eq!(used, [Deviation::OpCase, Deviation::CreateFromFilter, Deviation::MissingSchemas]);
}
