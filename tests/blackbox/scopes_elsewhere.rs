//! Scopes where one request can be about several types, or is about none: searches over all, bulk jobs, memberships,
//! types from data, `/Me`, and what is done after the answer.

use serde_json::{Value, json};

use crate::client::Client;
use crate::local::Local;
use crate::server::Server;
use crate::values::{GROUP, PATCH_OP, USER};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const MEMBERSHIP: &str = "urn:ietf:params:scim:schemas:core:2.0:GroupMember";
const ROLE: &str = "urn:okta:scim:schemas:core:1.0:Role";
const SCOPES: [&str; 4] = ["users:read", "users:write", "teams:read", "teams:write"];

/// A server that offers all there is.
fn serving() -> Server {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &["--group-members"]);
    let switched =
        server.local().call("PUT", "/api/presets/oktaGovernance", Some(&json!({ "enabled": true })));
    assert_eq!(switched.status, 200, "{}", switched.story());
    server
}

/// A client of an account with exactly these scopes.
fn client(server: &Server, local: &Local, scopes: &[&str]) -> Client {
    server.client_with(&local.scoped_token(&format!("with {}", scopes.join(" ")), scopes).secret)
}

/// The names of the resource types in an answer.
fn types(answer: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = answer.iter().map(|r| r["meta"]["resourceType"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The status of each operation of a job.
fn statuses(job: &Value) -> Vec<&str> {
    job["Operations"].as_array().unwrap().iter().map(|o| o["status"].as_str().unwrap()).collect()
}

#[test]
fn each_route_that_is_no_plain_one_asks_for_the_scopes_of_what_it_touches() {
    let server = serving();
    let (full, local) = (server.client(), server.local());
    full.post("/Roles", &json!({"schemas": [ROLE], "displayName": "Admin"})).expect(201);
    let (user, group) = (full.user("ann"), full.group("Sales", &[]));
    for bits in 0..16_u32 {
        let scopes: Vec<&str> = (0..4).filter(|bit| bits & (1 << bit) != 0).map(|bit| SCOPES[bit]).collect();
        let has = |scope: &str| scopes.contains(&scope);
        let may = |scope: &str, status: u16| if has(scope) { status } else { 403 };
        let scim = client(&server, &local, &scopes);

        let search = json!({"schemas": [SEARCH], "count": 100});
        let mut seen: Vec<&str> = vec![];
        seen.extend(has("teams:read").then_some("Group"));
        seen.extend(has("users:read").then_some(["Role", "User"]).into_iter().flatten());
        for answer in [scim.get("/"), scim.post("/.search", &search)] {
            let answer = answer.expect(if seen.is_empty() { 403 } else { 200 });
            if answer.status == 200 {
                assert_eq!(types(&answer.list()), seen, "{scopes:?}");
            }
        }
        scim.post("/Users/.search", &search).expect(may("users:read", 200));
        scim.post("/Groups/.search", &search).expect(may("teams:read", 200));
        scim.get("/Roles").expect(may("users:read", 200));
        scim.text("POST", "/Roles", "{}").expect(may("users:write", 400));

        let membership =
            json!({"schemas": [MEMBERSHIP], "group": {"value": group}, "member": {"value": user}});
        let path = format!("/GroupMembers/{group}.{user}");
        scim.post("/GroupMembers", &membership).expect(may("teams:write", 201));
        scim.get("/GroupMembers").expect(may("teams:read", 200));
        scim.get(&path).expect(may("teams:read", if has("teams:write") { 200 } else { 404 }));
        scim.delete(&path).expect(may("teams:write", 204));

        let change = json!([{"op": "add", "path": "externalId", "value": format!("{bits}")}]);
        let message = json!({"schemas": [PATCH_OP], "Operations": change});
        let job = json!({"schemas": [BULK], "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "u",
             "data": {"schemas": [USER], "userName": format!("of {bits}")}},
            {"method": "PATCH", "path": format!("/Groups/{group}"), "data": message},
            {"method": "POST", "path": "/Groups/.search", "bulkId": "s", "data": search},
            {"method": "POST", "path": "/GroupMembers", "bulkId": "m", "data": membership},
            {"method": "POST", "path": "/Bulk", "bulkId": "b", "data": {}},
        ]});
        let done = scim.post("/Bulk", &job).expect(200).json();
        let write = [("users:write", "201"), ("teams:write", "204")];
        let [made, changed] = write.map(|(scope, status)| if has(scope) { status } else { "403" });
        assert_eq!(statuses(&done), [made, changed, "404", "404", "404"], "{scopes:?}");

        // it stands for nobody, and that is no matter of scopes
        scim.get("/Me").expect(501);
    }
    for (method, path) in [("GET", "/"), ("POST", "/.search"), ("POST", "/Bulk"), ("GET", "/Me")] {
        server.stranger().send(method, path, &[], None).expect(401);
    }
    server.stranger().get("/GroupMembers").expect(401);
}

#[test]
fn a_request_that_is_done_later_has_no_more_rights_than_one_that_is_done_at_once() {
    let server = serving();
    let (full, local) = (server.client(), server.local());
    let group = full.group("Sales", &[]);
    let headers = [("prefer", "respond-async"), ("content-type", "application/scim+json")];
    let change = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
    let patch = json!({"schemas": [PATCH_OP, GROUP], "Operations": change});
    let place = format!("/Groups/{group}");
    let reader = client(&server, &local, &["teams:read"]);
    reader.send("PATCH", &place, &headers, Some(patch.to_string().as_bytes())).expect(403);

    // a bulk job is kept, and each of its operations is asked for its scope
    let scim = client(&server, &local, &["users:write"]);
    let job = json!({
        "schemas": [BULK],
        "Operations": [{"method": "PATCH", "path": place, "data": patch}],
    });
    // often enough that an answer which comes before the 202 would be seen missing
    for _ in 0..50 {
        let accepted = scim.send("POST", "/Bulk", &headers, Some(job.to_string().as_bytes()));
        assert_eq!(accepted.status, 202, "{}", accepted.story());
        let place = format!("/.requests/{}", accepted.header("set-txn").unwrap());
        let ended = loop {
            let answer = scim.get(&place);
            match answer.status {
                202 => {}
                _ => break answer.expect(200).json(),
            }
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        };
        assert_eq!(statuses(&ended), ["403"]);
        full.get(&place).expect(404);
        server.stranger().get(&place).expect(401);
    }
    assert_eq!(full.read_group(&group)["displayName"], "Sales");
}
