//! Numbers 234 to 238 and 242 to 244: what is told of changes, and how it gets to receivers.

use serde_json::{Value, json};

use super::receiver::{Poller, Poster, Set, opened, plain};
use crate::server::Server;
use crate::things::{BADGE, badged};
use crate::values::USER;

fn shorts(sets: &[Set]) -> Vec<&str> {
    sets.iter().map(Set::short).collect()
}

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": format!("hr-{name}"),
        "title": "Nurse",
    })
}

fn replace(path: &str, value: &Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

#[test]
fn c234_an_event_names_its_subject_by_sub_id_and_has_no_sub() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    let ann = server.client().create_user(&user("ann"))["id"].as_str().unwrap().to_owned();
    let set = &poller.take()[0];
    let expected =
        json!({ "format": "scim", "uri": format!("/Users/{ann}"), "id": ann, "externalId": "hr-ann" });
    assert_eq!(set.claims["sub_id"], expected);
    assert_eq!(set.claims.get("sub"), None);
    assert_eq!(set.claims["iss"], server.ready.tenant_url);
    assert!(set.claims["iat"].is_i64() && set.claims["aud"].is_array());
}

#[test]
fn c235_an_event_holds_values_or_names_and_never_both() {
    let server = Server::start();
    let (notice, full) = (Poller::new(&server, &json!({})), Poller::new(&server, &json!({"form": "full"})));
    let client = server.client();
    let ann = client.user("ann");
    client.patch_user(&ann, &replace("title", &json!("Doctor")));
    client.put(&format!("/Users/{ann}"), &user("ann")).expect(200);
    for set in notice.take() {
        assert!(set.kind.ends_with(":notice"), "{}", set.kind);
        assert!(set.payload["attributes"].is_array() && set.payload.get("data").is_none());
    }
    let sets = full.take();
    assert_eq!(shorts(&sets), ["prov:create:full", "prov:patch:full", "prov:put:full"]);
    for set in &sets {
        assert!(set.payload["data"].is_object() && set.payload.get("attributes").is_none());
        assert!(set.payload["version"].as_str().unwrap().starts_with("W/\""));
    }
    assert_eq!(sets[0].payload["data"]["id"], json!(ann));
    let operations = json!([{ "op": "replace", "path": "title", "value": "Doctor" }]);
    assert_eq!(sets[1].payload["data"]["Operations"], operations);
}

#[test]
fn c236_events_of_one_transaction_share_txn_and_each_event_has_a_jti_that_stays() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    let client = server.client();
    let ann = client.user("ann");
    client.group("team", &[&ann]);
    client.delete(&format!("/Users/{ann}")).expect(204);
    let sets = poller.look();
    // the deletion of a member changes its group, in one transaction
    assert_eq!(
        shorts(&sets),
        ["prov:create:notice", "prov:create:notice", "prov:patch:notice", "prov:delete"]
    );
    let txn = |set: &Set| set.claims["txn"].clone();
    assert_eq!(txn(&sets[2]), txn(&sets[3]));
    assert_ne!(txn(&sets[1]), txn(&sets[2]));
    let names: std::collections::BTreeSet<String> = sets.iter().map(Set::jti).collect();
    assert_eq!(names.len(), sets.len());
    let again: Vec<String> = poller.look().iter().map(Set::jti).collect();
    assert_eq!(again, sets.iter().map(Set::jti).collect::<Vec<_>>());
}

#[test]
fn c237_each_kind_of_change_has_its_event() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    let client = server.client();
    let ann = client.user("ann");
    client.put(&format!("/Users/{ann}"), &user("ann")).expect(200);
    client.patch_user(&ann, &replace("active", &json!(false)));
    client.patch_user(&ann, &replace("active", &json!(true)));
    client.delete(&format!("/Users/{ann}")).expect(204);
    let sets = poller.take();
    let expected = [
        "prov:create:notice",
        "prov:put:notice",
        "prov:patch:notice",
        "prov:deactivate",
        "prov:patch:notice",
        "prov:activate",
        "prov:delete",
    ];
    assert_eq!(shorts(&sets), expected);
    // a delete has neither payload nor form, and no feed:remove goes with it
    assert_eq!(sets[6].payload, json!({}));
}

#[test]
fn c238_a_resource_that_enters_or_leaves_a_scope_is_told() {
    let server = Server::start();
    let scope = json!({ "kind": "filter", "resourceType": "User", "filter": "title eq \"Nurse\"" });
    let nurses = Poller::new(&server, &json!({ "scope": scope }));
    let client = server.client();
    let ann = client.user("ann");
    assert_eq!(nurses.take().len(), 0);
    client.patch_user(&ann, &replace("title", &json!("Nurse")));
    client.patch_user(&ann, &replace("nickName", &json!("Annie")));
    client.patch_user(&ann, &replace("title", &json!("Doctor")));
    client.patch_user(&ann, &replace("nickName", &json!("Dr")));
    let expected = ["feed:add", "prov:patch:notice", "prov:patch:notice", "feed:remove"];
    assert_eq!(shorts(&nurses.take()), expected);

    let team = client.group("team", &[]);
    let members = Poller::new(&server, &json!({ "scope": { "kind": "group", "group": team } }));
    client.patch_group(&team, &json!([{ "op": "add", "path": "members", "value": [{ "value": ann }] }]));
    client.patch_user(&ann, &replace("nickName", &json!("A")));
    client.delete(&format!("/Users/{ann}")).expect(204);
    let sets = members.take();
    let expected = ["prov:patch:notice", "feed:add", "prov:patch:notice", "prov:patch:notice", "prov:delete"];
    assert_eq!(shorts(&sets), expected);
    assert_eq!(sets[1].uri(), format!("/Users/{ann}"));
}

#[test]
fn c242_events_are_signed_by_a_published_key_also_after_it_was_rotated() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    server.client().user("ann");
    poller.take();
    let old = server.command_json(&["stream", "keys"])["keys"][0]["kid"].clone();
    server.command(&["stream", "rotate-key"]);
    server.client().user("bob");
    // every token that is looked at is verified by the published keys
    assert_eq!(poller.take().len(), 1);
    let keys = plain(&server.stranger().get("/.events/jwks"));
    let published: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert_eq!(published.len(), 2);
    assert!(published.contains(&&old), "what the old key signed must be verified for a while");
}

#[test]
fn c242_a_poll_without_the_streams_token_is_refused() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    let path = format!("/.events/{}", poller.id);
    server.stranger().post(&path, &json!({})).expect(401);
    // the token of a service account is not the stream's
    server.client().post(&path, &json!({})).expect(401);
}

#[test]
fn c243_a_push_is_tried_again_until_it_is_accepted() {
    let server = Server::start();
    let receiver = Poster::start(&["503 Service Unavailable", "500 Internal Server Error"]);
    server.command(&[
        "stream",
        "create",
        "siem",
        "--push",
        &receiver.url,
        "--authorization",
        "Bearer s3cret",
    ]);
    server.client().user("ann");
    let tries = [receiver.next(), receiver.next(), receiver.next()];
    for posted in &tries {
        assert_eq!(posted.header("content-type"), Some("application/secevent+jwt"));
        assert_eq!(posted.header("authorization"), Some("Bearer s3cret"));
        // the same event is the same bytes
        assert_eq!(posted.body, tries[0].body);
    }
    assert!(!server.data_holds("Bearer s3cret"), "a secret is not kept in clear");
    assert_eq!(opened(&server, &tries[0].body).short(), "prov:create:notice");
}

#[test]
fn c243_a_poll_gives_what_is_not_acknowledged_again() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    for name in ["ann", "bob", "cy"] {
        server.client().user(name);
    }
    let first = poller.poll(&json!({ "returnImmediately": true, "maxEvents": 2 }));
    assert_eq!(first["moreAvailable"], true);
    let names: Vec<&String> = first["sets"].as_object().unwrap().keys().collect();
    // the second is acknowledged before the first; the first is refused
    poller.poll(&json!({ "maxEvents": 0, "ack": [names[1]] }));
    assert_eq!(poller.look().len(), 2);
    let errors = json!({ names[0]: { "err": "invalid_key", "description": "unknown" } });
    poller.poll(&json!({ "maxEvents": 0, "setErrs": errors }));
    assert_eq!(poller.take().len(), 1);
    assert_eq!(poller.look().len(), 0);
    let stream = server.command_json(&["stream", "show", "poll"]);
    assert_eq!((&stream["status"]["delivered"], &stream["status"]["refused"]), (&json!(3), &json!(1)));
    assert!(stream["status"]["lastError"].as_str().unwrap().contains("invalid_key: unknown"));
}

#[test]
fn c243_a_poll_waits_for_something_to_tell() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| poller.wait());
        server.client().user("ann");
        assert_eq!(waiting.join().unwrap().len(), 1);
    });
}

#[test]
fn c243_a_webhook_has_the_headers_of_standard_webhooks() {
    let server = Server::start();
    let receiver = Poster::start(&[]);
    let made = server.command_json(&["stream", "create", "crm", "--webhook", &receiver.url, "--full"]);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let ann = server.client().user("ann");
    let posted = receiver.next();
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    assert_eq!(body["type"], "urn:ietf:params:scim:event:prov:create:full");
    assert_eq!(body["data"]["data"]["id"], json!(ann));
    for name in ["webhook-id", "webhook-timestamp"] {
        assert!(posted.header(name).is_some(), "{name}");
    }
    assert!(!server.data_holds(made["secret"].as_str().unwrap()), "a secret is not kept in clear");
    // the signature itself is verified in tests/events, by another implementation
    assert!(posted.header("webhook-signature").unwrap().starts_with("v1,"));
}

#[test]
fn c243_a_receiver_inside_the_network_is_refused() {
    let server = Server::start();
    for inner in
        ["https://10.0.0.1/", "https://[fd00::1]/", "https://169.254.169.254/latest", "http://r.example/"]
    {
        let body = json!({ "name": "x", "delivery": { "method": "push", "url": inner } });
        let refused = server.local().call("POST", "/api/streams", Some(&body));
        assert_eq!(refused.status, 400, "{inner}");
        assert_eq!(refused.json()["error"]["field"], "delivery");
    }
}

#[test]
fn c244_events_survive_a_crash_and_are_told_again_from_any_place() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    for name in ["ann", "bob", "cy"] {
        server.client().user(name);
    }
    let sets = poller.look();
    let first_acknowledged = sets[0].jti();
    poller.poll(&json!({ "maxEvents": 0, "ack": [first_acknowledged] }));
    let stream = poller.id.clone();
    let server = Server::start_in(server.crash());
    let shown = server.command_json(&["stream", "show", &stream]);
    assert_eq!((&shown["status"]["delivered"], &shown["status"]["lagRecords"]), (&json!(1), &json!(2)));
    let version =
        sets[1].payload["version"].as_str().unwrap().trim_start_matches("W/").trim_matches('"').to_owned();
    let lag = |from: &str| {
        let shown = server.command_json(&["stream", "replay", &stream, "--from", from]);
        shown["status"]["lagRecords"].as_u64().unwrap()
    };
    assert_eq!((lag("start"), lag(&version), lag("now")), (3, 2, 0));
    assert_eq!((lag("2020-01-01T00:00:00Z"), lag("2100-01-01T00:00:00Z")), (3, 0));
}

#[test]
fn c244_a_paused_stream_keeps_its_events() {
    let server = Server::start();
    let poller = Poller::new(&server, &json!({}));
    server.command(&["stream", "pause", "poll"]);
    server.client().user("ann");
    assert_eq!(poller.look().len(), 0);
    let resumed = server.command_json(&["stream", "resume", "poll"]);
    assert_eq!(resumed["state"], "running");
    assert_eq!(shorts(&poller.take()), ["prov:create:notice"]);
}

#[test]
fn c237_nothing_of_what_is_never_returned_is_told() {
    let server = Server::start();
    let part = json!([{"name": "label"}, {"name": "grade", "returned": "never"}]);
    let attributes = json!([
        {"name": "box", "type": "complex", "subAttributes": part},
        {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": part},
        {"name": "hint", "returned": "never"},
    ]);
    badged(&server, &attributes);
    let poller = Poller::new(&server, &json!({"form": "full"}));
    let client = server.client();
    let values = json!({"box": {"label": "b", "grade": "4711"}, "parts": [{"label": "p", "grade": "4711"}], "hint": "4711"});
    let ann = client.create_user(&json!({"schemas": [USER, BADGE], "userName": "ann", BADGE: values}));
    let path = format!("/Users/{}", ann["id"].as_str().unwrap());
    let hint = format!("{BADGE}:hint");
    client.patch(&path, &json!([{"op": "replace", "path": hint, "value": "4712"}])).expect(200);
    let sets = poller.take();
    assert_eq!(sets.len(), 2);
    assert_eq!(sets[0].payload["data"][BADGE], json!({"box": {"label": "b"}, "parts": [{"label": "p"}]}));
    // that it changed is told, as of any attribute
    assert_eq!((sets[1].short(), &sets[1].payload["attributes"]), ("prov:patch:notice", &json!([hint])));
    assert!(sets.iter().all(|set| !set.payload.to_string().contains("471")));
}
