//! Numbers 211 to 222: Bulk (RFC 7644 section 3.7).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, ERROR, GROUP, NOBODY, PATCH_OP, USER};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

fn send(client: &Client, operations: &Value) -> Answer {
    client.post("/Bulk", &json!({"schemas": [REQUEST], "Operations": operations}))
}

/// The entries of a job that was processed.
fn entries(answer: Answer) -> Vec<Value> {
    let answer = answer.expect(200);
    assert_eq!(answer.json()["schemas"], json!([RESPONSE]));
    answer.json()["Operations"].as_array().cloned().unwrap_or_default()
}

fn run(client: &Client, operations: &Value) -> Vec<Value> {
    entries(send(client, operations))
}

fn statuses(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["status"].as_str().unwrap()).collect()
}

fn user(bulk_id: &str, name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"schemas": [USER], "userName": name}})
}

fn reporting(bulk_id: &str, name: &str, manager: &str) -> Value {
    let mut user = user(bulk_id, name);
    user["data"]["schemas"] = json!([USER, ENTERPRISE]);
    user["data"][ENTERPRISE] = json!({"manager": {"value": manager}, "department": "d"});
    user
}

fn group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let data = json!({"schemas": [GROUP], "displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data})
}

fn id(entry: &Value) -> String {
    entry["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn c211_the_request_names_its_schema_and_each_operation_is_whole() {
    let server = Server::start();
    let client = server.client();
    client.post("/Bulk", &json!({"schemas": [REQUEST]})).error(400, "invalidSyntax");
    client.post("/Bulk", &json!({"schemas": [REQUEST], "Operations": {}})).error(400, "invalidSyntax");
    client.get("/Bulk").expect(405);
    let entries = run(
        &client,
        &json!([
            {"path": "/Users", "bulkId": "a", "data": {"userName": "a"}},
            {"method": "POST", "bulkId": "b", "data": {"userName": "b"}},
            {"method": "POST", "path": "/Users", "bulkId": "c"},
            {"method": "POST", "path": "/Users", "data": {"schemas": [USER], "userName": "d"}},
            {"method": "GET", "path": "/Users", "bulkId": "e"},
            {"method": "POST", "path": "/Nowhere", "bulkId": "f", "data": {}},
            {"method": "POST", "path": "/Bulk", "bulkId": "g", "data": {}},
            {"method": "DELETE", "path": "/Users"},
            user("good", "good"),
        ]),
    );
    assert_eq!(statuses(&entries), ["400", "400", "400", "400", "400", "404", "404", "405", "201"]);
    assert_eq!(client.total("/Users"), 1);
}

#[test]
fn c212_each_entry_tells_status_place_version_and_the_error() {
    let server = Server::start();
    let client = server.client();
    let ann = client.user("ann");
    let path = format!("/Users/{ann}");
    let replacement = json!({"schemas": [USER], "userName": "ann", "title": "t"});
    let change =
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "nickName", "value": "n"}]});
    let entries = run(
        &client,
        &json!([
            user("q", "bob"),
            {"method": "PUT", "path": path, "data": replacement},
            {"method": "PATCH", "path": path, "data": change},
            user("r", "ann"),
            {"method": "DELETE", "path": format!("/Users/{NOBODY}")},
            {"method": "DELETE", "path": path},
        ]),
    );
    assert_eq!(statuses(&entries), ["201", "200", "200", "409", "404", "204"]);
    let bob = client.read_user(&id(&entries[0]));
    assert_eq!(
        (&entries[0]["version"], &entries[0]["location"]),
        (&bob["meta"]["version"], &bob["meta"]["location"])
    );
    for entry in &entries[1..3] {
        assert!(entry["location"].as_str().unwrap().ends_with(&path));
        assert!(entry["version"].as_str().unwrap().starts_with("W/"));
    }
    assert_ne!(entries[1]["version"], entries[2]["version"]);
    assert!(entries[3].get("location").is_none(), "a failed POST has no place");
    for entry in &entries[3..5] {
        assert_eq!(entry["response"]["schemas"], json!([ERROR]));
        assert_eq!(entry["response"]["status"], entry["status"]);
    }
    assert!(entries[4]["location"].as_str().unwrap().ends_with(NOBODY));
    assert!(entries[5]["location"].as_str().unwrap().ends_with(&path));
}

#[test]
fn c213_a_job_goes_on_after_errors_and_stops_after_as_many_as_it_says() {
    let server = Server::start();
    let client = server.client();
    client.user("taken");
    let operations =
        json!([user("1", "a"), user("2", "taken"), user("3", "b"), user("4", "taken"), user("5", "c")]);
    let job = |most: Value| json!({"schemas": [REQUEST], "failOnErrors": most, "Operations": operations});
    let stopped = entries(client.post("/Bulk", &job(json!(1))));
    assert_eq!(statuses(&stopped), ["201", "409"]);
    assert_eq!(client.total("/Users"), 2);
    let stopped = entries(client.post("/Bulk", &job(json!(3))));
    assert_eq!(statuses(&stopped), ["409", "409", "201", "409"]);
    let whole = entries(client.post("/Bulk", &json!({"schemas": [REQUEST], "Operations": operations})));
    assert_eq!(statuses(&whole), ["409", "409", "409", "409", "201"]);
}

#[test]
fn c214_references_are_resolved_in_data_extensions_and_paths() {
    let server = Server::start();
    let client = server.client();
    let title = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "t"}]});
    let leave = json!({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "members[value eq \"bulkId:boss\"]"}]});
    let entries = run(
        &client,
        &json!([
            user("boss", "boss"),
            reporting("ann", "ann", "bulkId:boss"),
            group("team", "team", &["bulkId:boss", "bulkId:ann"]),
            {"method": "PATCH", "path": "/Users/bulkId:ann", "data": title},
            {"method": "PATCH", "path": "/Groups/bulkId:team", "data": leave},
        ]),
    );
    assert_eq!(statuses(&entries), ["201", "201", "201", "200", "204"]);
    assert_eq!(entries[1]["bulkId"], "ann");
    let (boss, ann) = (id(&entries[0]), client.read_user(&id(&entries[1])));
    assert_eq!(ann[ENTERPRISE]["manager"]["value"], boss);
    assert_eq!(ann["title"], "t");
    assert_eq!(client.members(&id(&entries[2])), [id(&entries[1])]);
    assert!(entries[3]["location"].as_str().unwrap().ends_with(&id(&entries[1])));
}

#[test]
fn c215_forward_and_circular_references_are_resolved() {
    let server = Server::start();
    let client = server.client();
    let entries = run(
        &client,
        &json!([
            group("team", "team", &["bulkId:a", "bulkId:b", "bulkId:inner"]),
            group("inner", "inner", &["bulkId:b"]),
            reporting("a", "a", "bulkId:b"),
            reporting("b", "b", "bulkId:a"),
            reporting("own", "own", "bulkId:own"),
        ]),
    );
    assert_eq!(statuses(&entries), ["201"; 5]);
    let ids: Vec<String> = entries.iter().map(id).collect();
    let manager = |n: usize| client.read_user(&ids[n])[ENTERPRISE]["manager"]["value"].clone();
    assert_eq!((manager(2), manager(3), manager(4)), (json!(ids[3]), json!(ids[2]), json!(ids[4])));
    assert_eq!(client.read_user(&ids[2])[ENTERPRISE]["department"], "d");
    assert_eq!(client.read_user(&ids[2])["meta"]["version"], entries[2]["version"]);
    let mut members = vec![ids[1].clone(), ids[2].clone(), ids[3].clone()];
    members.sort();
    assert_eq!(client.members(&ids[0]), members);
}

#[test]
fn c215_a_circle_that_cannot_be_is_409_and_leaves_nothing() {
    let server = Server::start();
    let client = server.client();
    client.user("taken");
    let entries = run(
        &client,
        &json!([
            group("g", "g", &["bulkId:h"]),
            group("h", "h", &["bulkId:g"]),
            reporting("a", "a", "bulkId:b"),
            reporting("b", "taken", "bulkId:a"),
            reporting("c", "c", "bulkId:b"),
        ]),
    );
    assert_eq!(statuses(&entries), ["409"; 5]);
    assert_eq!(entries[3]["response"]["scimType"], "uniqueness");
    assert_eq!((client.total("/Groups"), client.total("/Users")), (0, 1));
}

#[test]
fn c216_over_either_limit_is_413_and_names_it() {
    let server = Server::start();
    let client = server.client();
    let bulk = client.get("/ServiceProviderConfig").expect(200).json()["bulk"].clone();
    assert_eq!(bulk["supported"], true);
    let (most, size) = (bulk["maxOperations"].as_u64().unwrap(), bulk["maxPayloadSize"].as_u64().unwrap());
    let many: Vec<Value> = (0..=most).map(|_| json!({"method": "DELETE", "path": "/Users/1"})).collect();
    let refused = send(&client, &json!(many)).expect(413);
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("maxOperations") && detail.contains(&most.to_string()), "{detail}");
    let body = "x".repeat(usize::try_from(size).unwrap() + 1);
    let refused = client.text("POST", "/Bulk", &body).expect(413);
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("maxPayloadSize") && detail.contains(&size.to_string()), "{detail}");
}

#[test]
fn c217_version_is_the_if_match_of_an_operation() {
    let server = Server::start();
    let client = server.client();
    let ann = client.user("ann");
    let path = format!("/Users/{ann}");
    let version = client.read_user(&ann)["meta"]["version"].clone();
    let put = |version: &Value, title: &str| json!({"method": "PUT", "path": path, "version": version, "data": {"schemas": [USER], "userName": "ann", "title": title}});
    let entries =
        run(&client, &json!([put(&json!("W/\"0\""), "no"), put(&version, "yes"), put(&version, "late")]));
    assert_eq!(statuses(&entries), ["412", "200", "412"]);
    assert_eq!(client.read_user(&ann)["title"], "yes");
    let entries = run(&client, &json!([{"method": "DELETE", "path": path, "version": version}]));
    assert_eq!(statuses(&entries), ["412"]);
}

#[test]
fn c218_the_order_of_the_message_holds_for_what_depends_on_it() {
    let server = Server::start();
    let client = server.client();
    let ann = client.user("ann");
    let path = format!("/Users/{ann}");
    let title = |value: &str| json!({"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": value}]}});
    let mut operations: Vec<Value> = (0..20).map(|n| title(&n.to_string())).collect();
    operations.extend([
        user("early", "ann"),
        json!({"method": "DELETE", "path": path}),
        title("gone"),
        user("late", "Ann"),
    ]);
    let entries = run(&client, &json!(operations));
    let (titles, rest) = entries.split_at(20);
    assert_eq!(statuses(titles), ["200"; 20]);
    assert_eq!(statuses(rest), ["409", "204", "404", "201"]);
    let many: Vec<Value> = (0..50).map(|n| user(&n.to_string(), "same")).collect();
    let entries = run(&client, &json!(many));
    assert_eq!(entries[0]["status"], "201");
    assert!(entries[1..].iter().all(|entry| entry["status"] == "409"));
}

#[test]
fn c219_a_job_gives_what_its_operations_give_one_by_one() {
    let (one, two) = (Server::start(), Server::start());
    let (single, bulk) = (one.client(), two.client());
    let mut operations = Vec::new();
    for n in 0..60 {
        // names clash now and then, and some bodies are wrong
        let name = format!("user{}", n % 45);
        let mut operation = reporting(&format!("u{n}"), &name, NOBODY);
        operation["data"]["title"] = json!(if n % 7 == 0 { json!({}) } else { json!(format!("t{n}")) });
        operations.push(operation);
        if n % 10 == 9 {
            operations.push(group(&format!("g{n}"), &format!("group{}", n % 3), &[]));
        }
    }
    let bulk_statuses: Vec<String> =
        run(&bulk, &json!(operations)).iter().map(|e| e["status"].as_str().unwrap().to_owned()).collect();
    let single_statuses: Vec<String> = operations
        .iter()
        .map(|o| single.post(o["path"].as_str().unwrap(), &o["data"]).status.to_string())
        .collect();
    assert_eq!(bulk_statuses, single_statuses);
    let all = |client: &Client, path: &str| {
        let mut found = client.get(&format!("{path}?count=1000")).list();
        for resource in &mut found {
            let resource = resource.as_object_mut().unwrap();
            resource.remove("id");
            resource.remove("meta");
        }
        let mut texts: Vec<String> = found.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    for path in ["/Users", "/Groups"] {
        assert_eq!(all(&bulk, path), all(&single, path));
    }
}

#[test]
fn c219_an_operation_needs_the_permission_it_needs_alone() {
    let server = Server::start();
    let client = server.client_with(&server.local().scoped_token("writer", &["users:write"]).secret);
    let entries = run(&client, &json!([user("a", "a"), group("g", "g", &[])]));
    assert_eq!(statuses(&entries), ["201", "403"]);
}

#[test]
fn c220_a_processed_job_is_200_even_if_everything_in_it_failed() {
    let server = Server::start();
    let client = server.client();
    let entries = run(&client, &json!([{"method": "DELETE", "path": format!("/Users/{NOBODY}")}]));
    assert_eq!(statuses(&entries), ["404"]);
}

#[test]
fn c221_an_unknown_bulk_id_fails_its_operation_and_a_repeated_one_the_job() {
    let server = Server::start();
    let client = server.client();
    let entries = run(
        &client,
        &json!([
            reporting("a", "a", "bulkId:nobody"),
            {"method": "DELETE", "path": "/Users/bulkId:nobody"},
            user("b", "b"),
        ]),
    );
    assert_eq!(statuses(&entries), ["400", "400", "201"]);
    let detail = entries[0]["response"]["detail"].as_str().unwrap();
    assert!(detail.contains("bulkId:nobody"), "{detail}");
    send(&client, &json!([user("x", "x"), user("x", "y")])).error(400, "invalidValue");
    assert_eq!(client.total("/Users"), 1);
}

#[test]
fn c222_other_writers_get_their_turn_while_a_large_job_runs() {
    let server = Server::start();
    let client = server.client();
    let most =
        client.get("/ServiceProviderConfig").expect(200).json()["bulk"]["maxOperations"].as_u64().unwrap();
    let many: Vec<Value> = (0..most.min(4_000)).map(|n| user(&n.to_string(), &format!("bulk{n}"))).collect();
    let count = many.len();
    let other = server.client();
    let job = std::thread::spawn(move || run(&client, &json!(many)));
    let mut written = 0;
    while !job.is_finished() {
        other.user(&format!("single{written}"));
        written += 1;
    }
    let entries = job.join().unwrap();
    assert!(entries.len() == count && entries.iter().all(|entry| entry["status"] == "201"));
    assert!(written >= 3, "only {written} single writes got through while the job ran");
}
