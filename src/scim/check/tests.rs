//! Rules of checking, one test each; names carry the rows of the client and protocol lists.
#![expect(clippy::needless_pass_by_value, reason = "JSON literals read best as they stand")]

use serde_json::{Value, json};

use crate::resource::MemberRef;
use crate::{Checked, Context, Deviation, Dialect, Lenience, Registry, Resource, ScimError, ScimType, urn};

fn check_as(
    kind: &str,
    context: Context,
    body: Value,
    lenience: &mut Lenience<'_>,
) -> Result<Resource<Checked>, ScimError> {
    let registry = Registry::builtin();
    let received = Resource::from(body.as_object().unwrap().clone());
    super::resource(&registry, registry.resource_type(kind).unwrap(), received, context, lenience)
}

fn user_with(more: Value) -> Value {
    let mut body = json!({"schemas": [urn::USER], "userName": "ann"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn tolerant(more: Value) -> Result<Value, ScimError> {
    let dialect = Dialect::tolerant();
    let checked = check_as("User", Context::CreateRequest, user_with(more), &mut Lenience::new(&dialect))?;
    Ok(Value::Object(checked.attributes))
}

fn strict(more: Value) -> Result<Value, ScimError> {
    let dialect = Dialect::strict();
    let checked = check_as("User", Context::CreateRequest, user_with(more), &mut Lenience::new(&dialect))?;
    Ok(Value::Object(checked.attributes))
}

fn group(members: Value) -> Result<Option<Vec<MemberRef>>, ScimError> {
    let dialect = Dialect::tolerant();
    let body = json!({"schemas": [urn::GROUP], "displayName": "T", "members": members});
    let checked = check_as("Group", Context::CreateRequest, body, &mut Lenience::new(&dialect))?;
    assert!(!checked.attributes.contains_key("members"));
    Ok(checked.state.members)
}

#[track_caller]
fn refused(result: Result<Value, ScimError>, keyword: ScimType, words: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.scim_type(), Some(keyword), "{error}");
    assert!(error.detail().contains(words), "{error}");
}

#[test]
fn d1_names_take_the_case_of_the_schema() {
    let body = json!({"DISPLAYNAME": "D", "Name": {"GIVENname": "G"}, "EMAILS": [{"VALUE": "a"}]});
    let checked = strict(body).unwrap();
    assert_eq!(checked["displayName"], "D");
    assert_eq!(checked["name"], json!({"givenName": "G"}));
    assert_eq!(checked["emails"], json!([{"value": "a"}]));
}

#[test]
fn d1_a_name_given_twice_in_two_cases_is_refused() {
    refused(tolerant(json!({"title": "a", "TITLE": "b"})), ScimType::InvalidSyntax, "title is given twice");
    let twice = json!({"name": {"givenName": "a", "GivenName": "b"}});
    refused(tolerant(twice), ScimType::InvalidSyntax, "name.givenName is given twice");
    assert_eq!(tolerant(json!({"title": null, "TITLE": "b"})).unwrap()["title"], "b");
}

#[test]
fn d4_q2_e5_booleans_come_as_text_and_are_kept_as_booleans() {
    let body = json!({"active": "False", "emails": [{"value": "a", "primary": "True"}]});
    let checked = tolerant(body.clone()).unwrap();
    assert_eq!(checked["active"], false);
    assert_eq!(checked["emails"][0]["primary"], true);
    refused(strict(body), ScimType::InvalidValue, "active is a boolean");
    refused(tolerant(json!({"active": "yes"})), ScimType::InvalidValue, "active must be true or false");
}

#[test]
fn d9_binary_is_base64() {
    let certificate = |value: &str| tolerant(json!({"x509Certificates": [{"value": value}]}));
    for good in ["AAEC", "AAE=", "AA", "-_8"] {
        assert!(certificate(good).is_ok(), "{good}");
    }
    for bad in ["no base64!", "AAECA", "AA=EC"] {
        refused(certificate(bad), ScimType::InvalidValue, "base64");
    }
}

#[test]
fn d15_two_primaries_are_refused_or_the_last_one_stays() {
    let body = json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]});
    let checked = tolerant(body.clone()).unwrap();
    assert_eq!(
        (&checked["emails"][0]["primary"], &checked["emails"][1]["primary"]),
        (&json!(false), &json!(true))
    );
    refused(strict(body), ScimType::InvalidValue, "2 values are marked primary");
}

#[test]
fn d17_a_value_is_kept_once() {
    let body = json!({"emails": [{"value": "a", "type": "t"}, {"type": "T", "value": "A"}, {"value": "a"}]});
    assert_eq!(strict(body).unwrap()["emails"], json!([{"value": "a", "type": "t"}, {"value": "a"}]));
}

#[test]
fn d19_d20_q12_null_and_empty_are_absent() {
    let body =
        json!({"title": null, "roles": [], "name": {"givenName": null}, "emails": [null], "addresses": null});
    assert_eq!(strict(body).unwrap(), user_with(json!({})));
    assert_eq!(tolerant(json!({"title": "", "name": {"givenName": ""}})).unwrap(), user_with(json!({})));
}

#[test]
fn d23_d46_e13_o4_what_the_server_keeps_is_left_out() {
    let body =
        json!({"id": "x", "meta": {"resourceType": "User"}, "groups": [{"value": "g"}], "password": "p"});
    assert_eq!(strict(body).unwrap(), user_with(json!({})));
}

#[test]
fn d35_l1_extension_data_without_its_uri_needs_tolerance() {
    let body = json!({urn::ENTERPRISE_USER: {"department": "D"}});
    let checked = tolerant(body.clone()).unwrap();
    assert_eq!(checked["schemas"], json!([urn::USER, urn::ENTERPRISE_USER]));
    refused(strict(body), ScimType::InvalidSyntax, "does not list it");
}

#[test]
fn d36_e37_schemas_lists_what_carries_data() {
    let body =
        json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], urn::ENTERPRISE_USER: {"department": null}});
    assert_eq!(strict(body).unwrap(), user_with(json!({})));
}

#[test]
fn e12_l2_q11_unknown_schemas_and_attributes_are_left_out_or_refused() {
    let body = json!({"schemas": [urn::USER, "urn:scim:schemas:core:1.0"], "urn:scim:schemas:core:1.0": {}});
    assert_eq!(tolerant(body.clone()).unwrap(), user_with(json!({})));
    refused(strict(body), ScimType::InvalidSyntax, "has no schema");
    assert_eq!(
        tolerant(json!({"schemas": ["urn:scim:schemas:core:1.0"]})).unwrap()["schemas"],
        json!([urn::USER])
    );
    let body = json!({"shoeSize": 9, "name": {"shoe": 1}});
    assert_eq!(tolerant(body.clone()).unwrap(), user_with(json!({})));
    refused(strict(body), ScimType::InvalidSyntax, "shoeSize");
    refused(
        strict(json!({"name": {"shoe": 1}})),
        ScimType::InvalidSyntax,
        "name has no sub-attribute \"shoe\"",
    );
}

#[test]
fn q11_the_misspelled_enterprise_urn_is_left_out() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";
    let body = json!({"schemas": [urn::USER, urn], urn: {"department": "D"}});
    assert_eq!(tolerant(body.clone()).unwrap().get(urn::ENTERPRISE_USER), None);
    assert!(strict(body).is_err());
}

#[test]
fn x2_schemas_may_be_missing_where_that_is_tolerated() {
    for schemas in [json!(null), json!([]), json!(urn::USER)] {
        assert!(tolerant(json!({"schemas": schemas})).is_ok());
        assert!(strict(json!({"schemas": schemas})).is_err());
    }
    assert!(tolerant(json!({"schemas": [1]})).is_err());
    assert!(tolerant(json!({"schemas": {}})).is_err());
}

#[test]
fn d178_what_is_required_must_be_there() {
    for user_name in [json!(null), json!("")] {
        refused(tolerant(json!({"userName": user_name})), ScimType::InvalidValue, "userName is required");
    }
    let dialect = Dialect::tolerant();
    let body = json!({"schemas": [urn::GROUP]});
    assert!(check_as("Group", Context::ReplaceRequest, body.clone(), &mut Lenience::new(&dialect)).is_err());
    assert!(check_as("Group", Context::PatchRequest, body, &mut Lenience::new(&dialect)).is_ok());
}

#[test]
fn q13_e35_values_are_kept_as_sent() {
    let body = json!({"locale": "NNRDFX", "profileUrl": "none", "phoneNumbers": [{"value": "55555555555", "type": "brain"}]});
    let checked = strict(body.clone()).unwrap();
    assert_eq!(checked, user_with(body));
}

#[test]
fn q15_e23_l1_a_manager_comes_in_every_shape() {
    for manager in [json!("7"), json!([{"value": "7"}]), json!({"value": "7"}), json!({"managerId": "7"})] {
        let checked = tolerant(json!({urn::ENTERPRISE_USER: {"manager": manager}})).unwrap();
        assert_eq!(checked[urn::ENTERPRISE_USER], json!({"manager": {"value": "7"}}));
    }
    let body = json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], urn::ENTERPRISE_USER: {"manager": "7"}});
    refused(strict(body), ScimType::InvalidValue, "takes an object");
    let kept =
        json!({urn::ENTERPRISE_USER: {"manager": {"value": "7", "displayName": "Kept by the server"}}});
    assert_eq!(tolerant(kept).unwrap()[urn::ENTERPRISE_USER], json!({"manager": {"value": "7"}}));
}

#[test]
fn q14_o11_members_come_in_every_shape_and_each_once() {
    let u1 = || MemberRef { value: "u1".into(), kind: None };
    for members in
        [json!([{"value": "u1", "display": null}]), json!("u1"), json!({"value": "u1"}), json!(["u1", "u1"])]
    {
        assert_eq!(group(members), Ok(Some(vec![u1()])));
    }
    let typed = MemberRef { value: "g".into(), kind: Some("Group".into()) };
    assert_eq!(group(json!([{"value": "g", "type": "Group", "$ref": null}])), Ok(Some(vec![typed])));
    assert_eq!(group(json!([])), Ok(Some(vec![])));
    assert_eq!(group(json!(null)), Ok(Some(vec![])));
}

#[test]
fn x6_a_member_without_an_id_is_refused() {
    for members in [json!([{"display": "Ann"}]), json!({"value": ""}), json!([{"value": null}]), json!([{}])]
    {
        let error = group(members).unwrap_err();
        assert_eq!(error.scim_type(), Some(ScimType::InvalidValue));
        assert!(error.detail().contains("the id of a user or group"));
    }
}

#[test]
fn d202_wrong_types_are_refused_by_name() {
    for (body, words) in [
        (json!({"title": {}}), "title must be text; an object was given"),
        (json!({"title": ["a", "b"]}), "title must be text; a list was given"),
        (json!({"name": 5}), "name must be an object; a number was given"),
        (json!({"emails": [[1]]}), "emails must be an object; a list was given"),
        (json!({"emails": true}), "emails must be an object; a boolean was given"),
        (json!({urn::ENTERPRISE_USER: "x"}), "must be an object; text was given"),
        (json!({"active": 1}), "active must be true or false; a number was given"),
    ] {
        refused(tolerant(body), ScimType::InvalidValue, words);
    }
}

#[test]
fn numbers_as_text_and_wrapped_values_need_tolerance() {
    let enterprise = |number: Value| json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], urn::ENTERPRISE_USER: {"employeeNumber": number}});
    let checked = tolerant(enterprise(json!(701_984))).unwrap();
    assert_eq!(checked[urn::ENTERPRISE_USER]["employeeNumber"], "701984");
    refused(strict(enterprise(json!(5))), ScimType::InvalidValue, "a number was given");
    assert_eq!(tolerant(json!({"title": [{"value": "T"}]})).unwrap()["title"], "T");
    refused(strict(json!({"title": ["T"]})), ScimType::InvalidValue, "a list was given");
    assert_eq!(tolerant(json!({"emails": {"value": "a"}})).unwrap()["emails"], json!([{"value": "a"}]));
    refused(strict(json!({"emails": {"value": "a"}})), ScimType::InvalidValue, "emails is a list");
}

#[test]
fn what_is_checked_twice_stays_as_it_is() {
    let body = json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER],
        "emails": [{"value": "a", "primary": "True"}, "b"],
        "title": ["T"],
        urn::ENTERPRISE_USER: {"manager": "7", "employeeNumber": 5}
    });
    let once = tolerant(body).unwrap();
    assert_eq!(strict(once.clone()), Ok(once));
}

#[test]
fn every_use_of_tolerance_is_noted_and_a_clean_body_uses_none() {
    let dialect = Dialect::tolerant();
    let mut lenience = Lenience::new(&dialect);
    check_as("User", Context::CreateRequest, user_with(json!({"active": true})), &mut lenience).unwrap();
    assert!(lenience.used().is_empty());
    let body = user_with(json!({"active": "True", urn::ENTERPRISE_USER: {"manager": "7"}}));
    check_as("User", Context::CreateRequest, body, &mut lenience).unwrap();
    let used: Vec<_> = lenience.used().keys().copied().collect();
    assert_eq!(used, [Deviation::BooleanText, Deviation::BareValue, Deviation::UndeclaredExtension]);
}

#[test]
fn more_values_than_are_kept_are_refused_by_number() {
    let roles =
        |n: usize| json!({"roles": (0..n).map(|i| json!({"value": i.to_string()})).collect::<Vec<_>>()});
    assert!(strict(roles(super::MAX_ELEMENTS)).is_ok());
    refused(strict(roles(super::MAX_ELEMENTS + 1)), ScimType::InvalidValue, "roles has 5001 values");
    let members: Vec<Value> = (0..=super::MAX_ELEMENTS).map(|i| json!({"value": i.to_string()})).collect();
    assert!(group(json!(members)).is_ok());
}

/// Things with an extension they must carry, and users with one they may.
fn things() -> Registry {
    let (mut schemas, mut types) = Registry::builtin_parts();
    let text = r#"[
        {"id": "urn:example:Thing", "attributes": [
            {"name": "label", "required": true}, {"name": "serial", "mutability": "immutable"},
            {"name": "maker", "type": "complex", "subAttributes": [
                {"name": "name", "required": true}, {"name": "number", "mutability": "immutable"}]},
            {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "name", "required": true}, {"name": "number", "mutability": "immutable"}]},
            {"name": "note", "mutability": "writeOnly", "returned": "never"}]},
        {"id": "urn:example:ext:Thing", "attributes": [
            {"name": "owner", "required": true}, {"name": "born", "type": "dateTime", "mutability": "immutable"},
            {"name": "seen", "type": "dateTime", "mutability": "readOnly"},
            {"name": "hint", "mutability": "writeOnly", "returned": "never"}]},
        {"name": "Thing", "endpoint": "/Things", "schema": "urn:example:Thing",
         "schemaExtensions": [{"schema": "urn:example:ext:Thing", "required": true}]}
    ]"#;
    for document in crate::document::documents(text.as_bytes()).unwrap() {
        match document {
            crate::Document::Schema(schema) => schemas.push(schema),
            crate::Document::ResourceType(resource_type) => types.push(resource_type),
            crate::Document::Index(_) => unreachable!(),
        }
    }
    Registry::new(schemas, types).unwrap()
}

fn thing(body: Value) -> Result<crate::json::Object, ScimError> {
    let (registry, dialect) = (things(), Dialect::tolerant());
    let received = Resource::from(body.as_object().unwrap().clone());
    let resource_type = registry.resource_type("Thing").unwrap();
    let checked = super::resource(
        &registry,
        resource_type,
        received,
        Context::CreateRequest,
        &mut Lenience::new(&dialect),
    )?;
    Ok(checked.attributes)
}

#[test]
fn d79_a_required_extension_must_be_there() {
    refused(
        thing(json!({"label": "a"})).map(Value::Object),
        ScimType::InvalidValue,
        "must carry the extension",
    );
    let empty = json!({"label": "a", "urn:example:ext:Thing": {"seen": "2011-05-13T04:42:34Z"}});
    refused(thing(empty).map(Value::Object), ScimType::InvalidValue, "must carry the extension");
    let partial = json!({"label": "a", "urn:example:ext:Thing": {"born": "2011-05-13T04:42:34Z"}});
    refused(thing(partial).map(Value::Object), ScimType::InvalidValue, "owner is required");
}

#[test]
fn d178_a_value_without_a_required_part_is_refused() {
    let ext = json!({"owner": "o"});
    for (name, value) in
        [("maker", json!({"number": "7"})), ("parts", json!([{"name": "a"}, {"number": "7"}]))]
    {
        let body = json!({"label": "a", name: value, "urn:example:ext:Thing": ext});
        let said = format!("{name}.name is required");
        refused(thing(body).map(Value::Object), ScimType::InvalidValue, &said);
    }
    let whole = json!({"label": "a", "parts": [{"name": "a"}], "urn:example:ext:Thing": ext});
    assert!(thing(whole).is_ok());
}

#[test]
fn d25_what_is_write_only_is_not_kept_in_an_extension_either() {
    let body = json!({"label": "a", "note": "n", "URN:example:EXT:Thing": {"owner": "o", "HINT": "h"}});
    let kept = thing(body).unwrap();
    assert_eq!(kept["schemas"], json!(["urn:example:Thing", "urn:example:ext:Thing"]));
    assert_eq!(kept["urn:example:ext:Thing"], json!({"owner": "o"}));
    assert!(!kept.contains_key("note"));
}

#[test]
fn d24_a_replacement_keeps_what_is_immutable_and_cannot_change_it() {
    let registry = things();
    let resource_type = registry.resource_type("Thing").unwrap();
    let ext = "urn:example:ext:Thing";
    let stored =
        thing(json!({"label": "a", "serial": "S1", ext: {"owner": "o", "born": "2011-05-13T04:42:34Z"}}))
            .unwrap();
    let replaced = |body| {
        let mut replacement = thing(body).unwrap();
        super::immutable(&registry, resource_type, &stored, &mut replacement)
            .map(|()| Value::Object(replacement))
    };
    let kept = replaced(json!({"label": "b", ext: {"owner": "p"}})).unwrap();
    assert_eq!(kept["serial"], "S1");
    assert_eq!(kept[ext], json!({"owner": "p", "born": "2011-05-13T04:42:34Z"}));
    let same =
        json!({"label": "b", "serial": "s1", ext: {"owner": "p", "born": "2011-05-13T06:42:34+02:00"}});
    assert!(replaced(same).is_ok());
    for other in [
        json!({"label": "b", "serial": "S2", ext: {"owner": "p"}}),
        json!({"label": "b", ext: {"owner": "p", "born": "2012-05-13T04:42:34Z"}}),
    ] {
        refused(replaced(other), ScimType::Mutability, "cannot be changed once it is set");
    }
}

#[test]
fn d24_a_part_of_the_one_value_that_is_immutable_stays_with_it() {
    let registry = things();
    let resource_type = registry.resource_type("Thing").unwrap();
    let body = |maker: Value| {
        let parts = json!([{"name": "a", "number": "1"}]);
        thing(json!({"label": "a", "maker": maker, "parts": parts, "urn:example:ext:Thing": {"owner": "o"}}))
    };
    let stored = body(json!({"name": "m", "number": "7"})).unwrap();
    let replaced = |maker: Value| {
        let mut replacement = body(maker).unwrap();
        replacement["parts"] = json!([{"name": "a", "number": "2"}]);
        super::immutable(&registry, resource_type, &stored, &mut replacement)
            .map(|()| Value::Object(replacement))
    };
    assert_eq!(replaced(json!({"name": "n"})).unwrap()["maker"], json!({"name": "n", "number": "7"}));
    assert_eq!(replaced(Value::Null).unwrap().get("maker"), None);
    let other = replaced(json!({"name": "m", "number": "8"}));
    refused(other, ScimType::Mutability, "maker.number cannot be changed once it is set");
}

#[test]
fn d10_a_reference_is_a_uri_where_the_dialect_is_strict() {
    for uri in ["https://a.example/x?y=1#z", "../Users/1", "none", "urn:a:b", "/a%20b", "mailto:a@b"] {
        assert!(strict(json!({"schemas": [urn::USER], "profileUrl": uri})).is_ok(), "{uri}");
    }
    for free in ["not a uri", "<x>", "a%2", "http://ä.example"] {
        let body = json!({"schemas": [urn::USER], "profileUrl": free});
        refused(strict(body.clone()), ScimType::InvalidValue, "is a URI");
        assert_eq!(tolerant(body).unwrap()["profileUrl"], free);
    }
}
