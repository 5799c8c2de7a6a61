//! What holds for attributes of schemas from data as for built-in ones: exact values, secrets, and what is kept.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::{Client, form};
use crate::server::Server;
use crate::things::{BADGE, badged};
use crate::values::USER;

/// 2^53, from where on a float has no place for every whole number.
const LARGE: u64 = 9_007_199_254_740_992;

/// A user with these values of the badge.
fn create(client: &Client, user_name: &str, values: &Value) -> Answer {
    client.post("/Users", &json!({"schemas": [USER, BADGE], "userName": user_name, BADGE: values}))
}

fn made(client: &Client, user_name: &str, values: &Value) -> String {
    create(client, user_name, values).expect(201).json()["id"].as_str().unwrap().to_owned()
}

fn found(client: &Client, filter: &str) -> Vec<String> {
    let page = client.get(&format!("/Users?filter={}", form(filter))).expect(200).json();
    let users = page["Resources"].as_array().cloned().unwrap_or_default();
    users.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

/// Indexes an attribute of the badge, and waits until its rows are there.
#[expect(clippy::disallowed_methods, reason = "who waits asks again after a while")]
fn index(server: &Server, attribute: &str) {
    let local = server.local();
    let name = format!("{BADGE}:{attribute}");
    let asked = json!({ "resourceType": "User", "attribute": name });
    let told = local.call("POST", "/api/indexes", Some(&asked));
    assert!((200..300).contains(&told.status), "{}", told.story());
    for _ in 0..200 {
        let all = local.call("GET", "/api/schemas", None).json();
        let indexes = all["indexes"].as_array().unwrap();
        let one = indexes.iter().find(|one| one["attribute"] == name.as_str()).unwrap();
        if one["state"] == "ready" {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("the index is never ready")
}

#[test]
fn c005_c128_whole_numbers_are_kept_and_compared_exactly() {
    let server = Server::start();
    let attributes = json!([
        {"name": "serial", "type": "integer", "uniqueness": "server"},
        {"name": "list", "type": "integer", "multiValued": true},
    ]);
    badged(&server, &attributes);
    let strict = server.strict();
    let first = made(&strict, "ann", &json!({"serial": LARGE, "list": [LARGE, LARGE + 1]}));
    assert_eq!(strict.read_user(&first)[BADGE]["list"], json!([LARGE, LARGE + 1]));
    made(&strict, "bob", &json!({"serial": LARGE + 1}));
    create(&strict, "cyd", &json!({"serial": LARGE + 1})).error(409, "uniqueness");
    assert_eq!(found(&strict, &format!("{BADGE}:serial eq {LARGE}")), ["ann"]);
    assert_eq!(found(&strict, &format!("{BADGE}:serial gt {LARGE}")), ["bob"]);
    assert_eq!(found(&strict, &format!("{BADGE}:serial gt {LARGE} or {BADGE}:serial lt 1.5")), ["bob"]);
}

#[test]
fn c005_both_zeros_are_one_number_with_an_index_as_without() {
    let server = Server::start();
    badged(&server, &json!([{"name": "weight", "type": "decimal"}]));
    let client = server.client();
    for (name, weight) in [("ann", json!(0.0)), ("bob", json!(-0.0)), ("cyd", json!(0)), ("dan", json!(-1.5))]
    {
        made(&client, name, &json!({"weight": weight}));
    }
    let answers = || ["eq 0", "ge 0", "lt 0"].map(|test| found(&client, &format!("{BADGE}:weight {test}")));
    let scanned = answers();
    assert_eq!(scanned, [vec!["ann", "bob", "cyd"], vec!["ann", "bob", "cyd"], vec!["dan"]]);
    index(&server, "weight");
    assert_eq!(answers(), scanned);
}

#[test]
fn c007_what_is_no_xsd_date_time_is_refused() {
    let server = Server::start();
    badged(&server, &json!([{"name": "since", "type": "dateTime"}]));
    let strict = server.strict();
    for wrong in
        ["2020-01-01T00", "2020-01-01T00:00Z", "2020-01-01T00:00:00Z[Europe/Vienna]", "20200101T000000Z"]
    {
        create(&strict, "ann", &json!({"since": wrong})).error(400, "invalidValue");
    }
    made(&strict, "ann", &json!({"since": "2020-12-31T24:00:00Z"}));
    assert_eq!(found(&strict, &format!("{BADGE}:since eq \"2021-01-01T00:00:00Z\"")), ["ann"]);
}

#[test]
fn c023_c024_nothing_the_client_may_not_change_goes_with_an_extension() {
    let server = Server::start();
    badged(&server, &json!([{"name": "once", "mutability": "immutable"}, {"name": "kept"}]));
    let strict = server.strict();
    let ann = made(&strict, "ann", &json!({"once": "1", "kept": "k"}));
    let path = format!("/Users/{ann}");
    strict.patch(&path, &json!([{"op": "remove", "path": BADGE}])).error(400, "mutability");
    let anew = json!([
        {"op": "remove", "path": BADGE},
        {"op": "add", "path": BADGE, "value": {"once": "2"}},
    ]);
    strict.patch(&path, &anew).error(400, "mutability");
    // what clients may not write any more stays through a replacement
    badged(
        &server,
        &json!([{"name": "once", "mutability": "immutable"}, {"name": "kept", "mutability": "readOnly"}]),
    );
    let put = strict.put(&path, &json!({"schemas": [USER], "userName": "ann"})).expect(200).json();
    assert_eq!(put[BADGE], json!({"once": "1", "kept": "k"}));
}

#[test]
fn c027_a_part_that_is_never_returned_cannot_be_guessed() {
    let server = Server::start();
    let part = json!([{"name": "label"}, {"name": "grade", "returned": "never"}]);
    let attributes = json!([
        {"name": "box", "type": "complex", "subAttributes": part},
        {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": part},
        {"name": "mark", "type": "complex", "subAttributes": [{"name": "value", "returned": "never"}, {"name": "label"}]},
        {"name": "hid", "type": "complex", "returned": "never", "subAttributes": [{"name": "label"}]},
    ]);
    badged(&server, &attributes);
    let client = server.client();
    let secret = json!({"box": {"label": "b", "grade": "4711"}, "parts": [{"label": "p", "grade": "4711"}]});
    let ann = made(&client, "ann", &secret);
    let path = format!("/Users/{ann}");
    for by in ["mark", "box.grade", "hid.label"] {
        client.get(&format!("/Users?sortBy={BADGE}:{by}")).error(400, "invalidValue");
    }
    for filter in [
        "mark sw \"4\"",
        "mark eq \"4711\"",
        "hid.label eq \"4711\"",
        "box[grade eq \"4711\"]",
        "parts[grade sw \"4\"]",
        "parts[label eq \"p\" and grade pr]",
        "box.grade pr",
    ] {
        let filter = form(&format!("{BADGE}:{filter}"));
        client.get(&format!("/Users?filter={filter}")).error(400, "invalidFilter");
    }
    let guess = format!("{BADGE}:parts[grade eq \"4711\"].label");
    client.patch(&path, &json!([{"op": "replace", "path": guess, "value": "x"}])).error(400, "invalidFilter");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "who waits asks again after a while")]
fn c025_values_that_are_only_written_from_now_on_go() {
    let server = Server::start();
    badged(&server, &json!([{"name": "hint"}, {"name": "colour"}]));
    let client = server.client();
    let ann = made(&client, "ann", &json!({"hint": "4711", "colour": "red"}));
    let attributes =
        json!([{"name": "hint", "mutability": "writeOnly", "returned": "never"}, {"name": "colour"}]);
    let definition = json!({ "id": BADGE, "attributes": attributes });
    let local = server.local();
    // they are data that an administrator has to give up
    let path = format!("/api/schemas/{BADGE}");
    assert_eq!(local.call("PUT", &path, Some(&definition)).status, 409);
    let dropped = local.call("PUT", &format!("{path}?discard=true"), Some(&definition));
    assert_eq!(dropped.status, 200, "{}", dropped.story());
    let path = format!("/Users/{ann}");
    assert_eq!(client.get(&path).expect(200).json()[BADGE], json!({"colour": "red"}));
    let is_gone =
        || local.call("GET", "/api/schemas", None).json()["removing"].as_array().unwrap().is_empty();
    for _ in 0..200 {
        if is_gone() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    // it is not there either once it may be read again
    badged(&server, &json!([{"name": "hint"}, {"name": "colour"}]));
    assert_eq!(client.get(&path).expect(200).json()[BADGE], json!({"colour": "red"}));
}

#[test]
fn c029_each_of_several_parts_is_unique_and_found_by_an_index() {
    let server = Server::start();
    let tags = json!([{"name": "tags", "multiValued": true, "uniqueness": "server"}]);
    badged(&server, &json!([{"name": "box", "type": "complex", "subAttributes": tags}]));
    let strict = server.strict();
    made(&strict, "ann", &json!({"box": {"tags": ["L1", "L2"]}}));
    create(&strict, "bob", &json!({"box": {"tags": ["l2"]}})).error(409, "uniqueness");
    assert_eq!(found(&strict, &format!("{BADGE}:box.tags eq \"l1\"")), ["ann"]);
}

#[test]
fn c153_a_resource_without_the_value_is_in_the_order_also_where_it_is_required_by_now() {
    let server = Server::start();
    let local = server.local();
    let schema = |code: Value| json!({"id": "urn:example:Widget", "attributes": [{"name": "label"}, code]});
    let put = |path: &str, body: &Value| {
        let told = local.call("PUT", path, Some(body));
        assert_eq!(told.status, 200, "{}", told.story());
    };
    put("/api/schemas/urn:example:Widget", &schema(json!({"name": "code"})));
    let widget = json!({"name": "Widget", "endpoint": "/Widgets", "schema": "urn:example:Widget"});
    put("/api/resource-types/Widget", &widget);
    let client = server.client();
    let one = |more: &Value| {
        let mut body = json!({"schemas": ["urn:example:Widget"], "label": "x"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.post("/Widgets", &body).expect(201);
    };
    one(&json!({"code": "b"}));
    one(&json!({}));
    put(
        "/api/schemas/urn:example:Widget",
        &schema(json!({"name": "code", "required": true, "uniqueness": "server"})),
    );
    one(&json!({"code": "a"}));
    for order in ["ascending", "descending"] {
        let page = client.get(&format!("/Widgets?sortBy=code&sortOrder={order}")).expect(200).json();
        assert_eq!(page["Resources"].as_array().unwrap().len(), 3, "{page}");
    }
}
