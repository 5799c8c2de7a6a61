//! Groups of more members than one piece of an answer holds.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, sorted};

/// More than two pieces, and not a whole number of them.
const MEMBERS: usize = 1_300;

fn users(scim: &Client) -> Vec<String> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let made = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if number >= MEMBERS {
                        return;
                    }
                    let id = scim.user(&format!("member{number}"));
                    made.lock().unwrap().push(id);
                }
            });
        }
    });
    made.into_inner().unwrap()
}

fn values(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().unwrap();
    sorted(&members.iter().map(|m| m["value"].as_str().unwrap()).collect::<Vec<_>>())
}

#[test]
fn a_large_group_is_answered_in_pieces_and_is_whole() {
    let server = Server::start();
    let scim = server.client();
    let users = users(&scim);
    let refs: Vec<&str> = users.iter().map(String::as_str).collect();
    let group = scim.group("large", &refs);
    let path = format!("/Groups/{group}");

    let answer = scim.get(&path).expect(200);
    let etag = answer.header("etag").unwrap().to_owned();
    assert!(answer.header("content-length").is_none(), "its length is not known beforehand");
    let read = answer.json();
    assert_eq!(read["schemas"], json!([GROUP]));
    assert_eq!(read["meta"]["version"], json!(etag));
    assert_eq!(values(&read), sorted(&refs));
    let member = &read["members"][0];
    assert_eq!(member["type"], "User");
    assert!(member["display"].as_str().unwrap().starts_with("member"));
    assert_eq!(
        member["$ref"],
        format!("{}/Users/{}", server.ready.tenant_url, member["value"].as_str().unwrap())
    );

    // projections that leave members, some of each, some of them, none of them
    let some = scim.get(&format!("{path}?attributes=members.value")).expect(200).json();
    assert_eq!(values(&some), sorted(&refs));
    assert_eq!(some["members"][0].as_object().unwrap().len(), 1);
    assert!(some.get("displayName").is_none());
    let none = scim.get(&format!("{path}?excludedAttributes=members")).expect(200);
    assert!(none.header("content-length").is_some() && none.json().get("members").is_none());

    // a small one tells its length
    let small = scim.group("small", &refs[..10]);
    assert!(scim.get(&format!("/Groups/{small}")).expect(200).header("content-length").is_some());

    let removed = json!([{"op": "remove", "path": "members", "value": [{"value": users[0]}]}]);
    scim.patch(&path, &removed).expect(204);
    let after = scim.get(&path).expect(200);
    assert_ne!(after.header("etag"), Some(etag.as_str()));
    assert_eq!(values(&after.json()), sorted(&refs[1..]));
    scim.delete(&path).expect(204);
    scim.get(&path).expect(404);
    server.command(&["doctor", "--verify"]);
}
