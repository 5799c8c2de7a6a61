//! Numbers 182 to 207: PATCH (RFC 7644 section 3.5.2).

use serde_json::json;

use crate::server::Server;
use crate::values::{NOBODY, sorted};

#[test]
fn c203_one_a_hundred_and_many_members_in_one_message() {
    let server = Server::start();
    let scim = server.client();
    let users: Vec<String> = (0..300).map(|i| scim.user(&format!("u{i}"))).collect();
    let group = scim.group("g", &[]);
    let values = |ids: &[String]| ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>();
    for (from, to) in [(0, 1), (1, 101), (101, 300)] {
        let add = json!([{"op": "add", "path": "members", "value": values(&users[from..to])}]);
        scim.patch_group(&group, &add);
    }
    let all: Vec<&str> = users.iter().map(String::as_str).collect();
    assert_eq!(scim.members(&group), sorted(&all));
    // what a message does not name is never read: a change of one member answers without the others
    let remove = json!([{"op": "remove", "path": "members", "value": values(&users[1..])}]);
    let answer = scim.patch(&format!("/Groups/{group}"), &remove).expect(204);
    assert!(answer.body.is_empty());
    assert_eq!(scim.members(&group), sorted(&all[..1]));
}

#[test]
fn c204_a_member_added_twice_and_a_stranger_removed_make_no_version() {
    let server = Server::start();
    let scim = server.client();
    let (ann, bob) = (scim.user("ann"), scim.user("bob"));
    let group = scim.group("g", &[&ann]);
    let before = scim.read_group(&group);
    for change in [
        json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}]),
        json!([{"op": "remove", "path": "members", "value": [{"value": bob}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{NOBODY}\"]")}]),
    ] {
        scim.patch_group(&group, &change);
        assert_eq!(scim.read_group(&group), before, "{change}");
    }
}

#[test]
fn c205_two_thousand_parallel_changes_lose_none() {
    const CLIENTS: usize = 20;
    const EACH: usize = 100;
    let server = Server::start();
    let scim = server.client();
    let group = scim.group("g", &[]);
    let mut all: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (scim, group) = (scim.clone(), group.clone());
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    for i in 0..EACH {
                        let user = scim.user(&format!("u{client}-{i}"));
                        let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                        scim.patch_group(&group, &add);
                        mine.push(user);
                    }
                    mine
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    all.sort();
    assert_eq!(all.len(), CLIENTS * EACH);
    assert_eq!(scim.members(&group), all);
    let listed = server.command_json(&["group", "list"]);
    assert_eq!(listed["groups"][0]["members"], CLIENTS * EACH);
}
