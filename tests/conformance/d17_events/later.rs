//! Numbers 239 to 242: requests that are answered before they are done.

use serde_json::{Value, json};

use super::receiver::Poller;
use crate::answer::Answer;
use crate::client::Client;
use crate::server::Server;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn later(client: &Client, method: &str, path: &str, body: Option<&Value>, prefer: &str) -> Answer {
    let headers = [("Prefer", prefer), ("Accept", "text/html"), ("Content-Type", "application/scim+json")];
    client.send(method, path, &headers, body.map(Value::to_string).as_deref().map(str::as_bytes))
}

/// Asks until the request is done; gives what became of it.
fn end(client: &Client, txn: &str) -> Value {
    ends(client, txn)[0].clone()
}

/// Asks until the request is done; gives what became of each of its operations.
#[expect(clippy::disallowed_methods, reason = "a client that asks again waits in between")]
fn ends(client: &Client, txn: &str) -> Vec<Value> {
    for _ in 0..600 {
        let answer = client.get(&format!("/.requests/{txn}"));
        if answer.status == 200 {
            return answer.json()["Operations"].as_array().unwrap().clone();
        }
        assert_eq!(answer.status, 202, "{}", answer.story());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the request was never done")
}

#[test]
fn c239_respond_async_is_202_without_a_body_with_set_txn_and_preference_applied() {
    let server = Server::start();
    let client = server.client();
    let body = json!({ "schemas": [USER], "userName": "ann" });
    let accepted = later(&client, "POST", "/Users", Some(&body), "respond-async");
    assert_eq!(accepted.status, 202, "{}", accepted.story());
    assert!(accepted.body.is_empty(), "{}", accepted.story());
    assert_eq!(accepted.header("preference-applied"), Some("respond-async"));
    let txn = accepted.header("set-txn").unwrap().to_owned();
    let location = format!("{}/.requests/{txn}", server.ready.tenant_url);
    assert_eq!(accepted.header("location"), Some(location.as_str()));
    assert_eq!(end(&client, &txn)["status"], "201");
    assert_eq!(client.find("/Users", "userName eq \"ann\"").len(), 1);
}

#[test]
fn c239_what_an_account_may_not_do_is_refused_at_once() {
    let server = Server::start();
    let reader = server.client_with(&server.local().scoped_token("reader", &["users:read"]).secret);
    let body = json!({ "schemas": [USER], "userName": "ann" });
    for (path, body) in [("/Users", body.clone()), ("/Bulk", bulk(&json!([make("ann")])))] {
        let refused = later(&reader, "POST", path, Some(&body), "respond-async");
        assert_ne!(refused.status, 202, "{}", refused.story());
        assert_eq!(refused.header("set-txn"), None);
    }
}

#[test]
fn c239_wait_gives_the_usual_answer_where_there_is_one_in_time() {
    let server = Server::start();
    let client = server.client();
    let body = json!({ "schemas": [USER], "userName": "ann" });
    let created = later(&client, "POST", "/Users", Some(&body), "respond-async, wait=30");
    assert_eq!(created.status, 201, "{}", created.story());
    assert_eq!(created.json()["userName"], "ann");
    assert_eq!(created.header("set-txn"), None);
}

#[test]
fn c241_a_completion_event_has_the_result_or_the_error() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    let client = server.client();
    let body = json!({ "schemas": [USER], "userName": "ann" });
    let ended = [(); 2].map(|()| {
        let accepted = later(&client, "POST", "/Users", Some(&body), "respond-async");
        let txn = accepted.header("set-txn").unwrap().to_owned();
        end(&client, &txn);
        txn
    });
    let sets = poller.take_ends(ended.len());
    // order is kept for each resource, and these are of two
    let told = |kind: &str, txn: &str| {
        let mut found = sets.iter().filter(|set| set.short() == kind && set.claims["txn"] == txn);
        let one = found.next().unwrap_or_else(|| panic!("no {kind} of {txn}"));
        assert!(found.next().is_none(), "two of {kind} of {txn}");
        one
    };
    let done = ended.each_ref().map(|txn| told("misc:asyncresp", txn));
    let (created, refused) = (&done[0].payload, &done[1].payload);
    assert_eq!((&created["method"], &created["status"]), (&json!("POST"), &json!("201")));
    assert!(created["location"].as_str().unwrap().ends_with(done[0].uri()));
    assert_eq!((&refused["status"], &refused["response"]["scimType"]), (&json!("409"), &json!("uniqueness")));
    // the change itself belongs to the same transaction
    told("prov:create:notice", &ended[0]);
}

#[test]
fn c242_how_a_request_ended_is_told_to_the_account_that_sent_it_and_nobody_else() {
    let server = Server::start();
    let body = json!({ "schemas": [USER], "userName": "ann" });
    let accepted = later(&server.client(), "POST", "/Users", Some(&body), "respond-async");
    let path = format!("/.requests/{}", accepted.header("set-txn").unwrap());
    server.stranger().get(&path).expect(401);
    server.strict().get(&path).expect(404);
    server.client().get("/.requests/unknown").expect(404);
    // the version may be left out here as elsewhere, and OPTIONS tells what goes
    let short = server.client().with_base(&server.ready.tenant_url.replace("/v2", ""));
    let known = short.get(&path);
    assert!([200, 202].contains(&known.status), "{}", known.story());
    let allowed = short.send("OPTIONS", &path, &[], None).expect(204);
    assert_eq!(allowed.header("allow"), Some("GET, HEAD, OPTIONS"));
}

#[test]
fn c242_an_accepted_request_is_done_once_also_when_the_server_is_killed() {
    let mut server = Server::start();
    for round in 0..3 {
        let client = server.client();
        let mut txns = Vec::new();
        for number in 0..10 {
            let name = format!("user-{round}-{number}");
            let body = json!({ "schemas": [USER], "userName": name });
            let accepted = later(&client, "POST", "/Users", Some(&body), "respond-async");
            assert_eq!(accepted.status, 202, "{}", accepted.story());
            txns.push(accepted.header("set-txn").unwrap().to_owned());
        }
        server = Server::start_in(server.crash());
        let client = server.client();
        for txn in txns {
            let done = end(&client, &txn);
            assert_eq!(done["status"], "201", "{done}");
        }
        assert_eq!(client.total("/Users"), 10 * (round + 1));
    }
}

fn bulk(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations })
}

fn make(name: &str) -> Value {
    let data = json!({ "schemas": [USER], "userName": name });
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": data })
}

#[test]
fn c240_an_asynchronous_bulk_has_an_event_for_each_operation_by_its_index() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    let client = server.client();
    let mut again = make("ann");
    again["bulkId"] = json!("again");
    let body = bulk(&json!([make("ann"), again, make("bob"), {"method": "DELETE", "path": "/Users/nobody"}]));
    let accepted = later(&client, "POST", "/Bulk", Some(&body), "respond-async");
    assert_eq!(accepted.status, 202, "{}", accepted.story());
    let txn = accepted.header("set-txn").unwrap().to_owned();
    let ended = ends(&client, &txn);
    let statuses = ended.iter().map(|end| end["status"].clone()).collect::<Vec<_>>();
    assert_eq!(statuses, ["201", "409", "201", "404"], "{ended:?}");
    let sets = poller.take_ends(statuses.len());
    let done: Vec<_> = sets.iter().filter(|set| set.short() == "misc:asyncresp").collect();
    let told: Vec<_> =
        done.iter().map(|set| (set.claims["txn"].clone(), set.payload["status"].clone())).collect();
    let expected: Vec<_> = statuses
        .iter()
        .enumerate()
        .map(|(i, status)| (json!(format!("{txn}:{i}")), status.clone()))
        .collect();
    assert_eq!(told, expected);
    assert!(done.iter().all(|set| set.payload.get("bulkId").is_none()));
    assert_eq!((done[0].uri().len(), done[1].uri()), ("/Users/".len() + 36, "/Users"));
    assert_eq!(done[1].payload["response"]["scimType"], "uniqueness");
    // each change belongs to the transaction of its operation
    let created: Vec<_> = sets.iter().filter(|set| set.short() == "prov:create:notice").collect();
    let txns: Vec<_> = created.iter().map(|set| set.claims["txn"].clone()).collect();
    assert!(txns.contains(&json!(format!("{txn}:2"))), "{txns:?}");
}

#[test]
fn c240_an_accepted_bulk_is_done_once_also_when_the_server_is_killed() {
    let mut server = Server::start();
    for round in 0..3 {
        let names: Vec<Value> = (0..200).map(|number| make(&format!("user-{round}-{number}"))).collect();
        let accepted = later(&server.client(), "POST", "/Bulk", Some(&bulk(&json!(names))), "respond-async");
        assert_eq!(accepted.status, 202, "{}", accepted.story());
        let txn = accepted.header("set-txn").unwrap().to_owned();
        server = Server::start_in(server.crash());
        let client = server.client();
        let ended = ends(&client, &txn);
        assert_eq!(ended.len(), 200);
        for end in &ended {
            assert_eq!(end["status"], "201", "{end}");
            let place = end["location"].as_str().unwrap().rsplit('/').next().unwrap();
            client.read_user(place);
        }
        assert_eq!(client.total("/Users"), 200 * (round + 1));
    }
}
