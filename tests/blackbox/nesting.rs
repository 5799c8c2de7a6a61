//! Groups in groups: members of both kinds, indirect membership, and no cycles.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, element, sorted};

fn add(scim: &Client, group: &str, member: &str) -> crate::answer::Answer {
    let value = json!([{"value": member}]);
    scim.patch(&format!("/Groups/{group}"), &json!([{"op": "add", "path": "members", "value": value}]))
}

#[test]
fn s17_a_group_is_a_member_with_its_type_and_address() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let inner = scim.group("inner", &[&user]);
    let outer = scim.group("outer", &[&inner, &user]);
    let read = scim.read_group(&outer);
    let nested = element(&read["members"], "value", &inner);
    assert_eq!(nested["type"], "Group");
    assert_eq!(nested["$ref"], format!("{}/Groups/{inner}", server.ready.tenant_url));
    assert_eq!(element(&read["members"], "value", &user)["type"], "User");
    assert_eq!(scim.members(&outer), sorted(&[&inner, &user]));
    assert_eq!(scim.find_ids("/Groups", &format!("members eq \"{inner}\"")), [outer]);
}

#[test]
fn a_user_names_its_groups_direct_and_indirect() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let inner = scim.group("inner", &[&user]);
    let middle = scim.group("middle", &[&inner]);
    let outer = scim.group("outer", &[&middle]);
    let read = scim.read_user(&user);
    assert_eq!(read["groups"].as_array().unwrap().len(), 3, "{read}");
    let kind = |group: &str| element(&read["groups"], "value", group)["type"].clone();
    assert_eq!(kind(&inner), "direct");
    assert_eq!(kind(&middle), "indirect");
    assert_eq!(kind(&outer), "indirect");
    let direct = element(&read["groups"], "value", &inner);
    assert_eq!(direct["$ref"], format!("{}/Groups/{inner}", server.ready.tenant_url));
    // direct and indirect at once is direct, and named once
    add(&scim, &outer, &user).expect(204);
    let read = scim.read_user(&user);
    assert_eq!(element(&read["groups"], "value", &outer)["type"], "direct");
    assert_eq!(read["groups"].as_array().unwrap().len(), 3);
}

#[test]
fn a_cycle_of_groups_is_refused() {
    let server = Server::start();
    let scim = server.client();
    let (a, b, c) = (scim.group("a", &[]), scim.group("b", &[]), scim.group("c", &[]));
    add(&scim, &a, &a).expect(400);
    add(&scim, &a, &b).expect(204);
    add(&scim, &b, &a).expect(400);
    add(&scim, &b, &c).expect(204);
    let detail = add(&scim, &c, &a).error(400, "invalidValue");
    assert!(detail.contains(&a) || detail.contains("cycle"), "no reason: {detail}");
    assert!(scim.members(&c).is_empty());
    let put = json!({"schemas": [GROUP], "displayName": "c", "members": [{"value": b}]});
    scim.put(&format!("/Groups/{c}"), &put).expect(400);
    assert!(scim.members(&c).is_empty());
    // what is no cycle is fine: two ways from a to c
    add(&scim, &a, &c).expect(204);
    assert_eq!(scim.members(&a), sorted(&[&b, &c]));
    // and once the way is cut, the other direction opens
    let cut = json!([{"op": "remove", "path": "members"}]);
    scim.patch_group(&a, &cut);
    add(&scim, &c, &a).expect(204);
}

#[test]
fn two_halves_of_a_cycle_at_once_do_not_close_it() {
    let server = Server::start();
    let scim = server.client();
    for round in 0..10 {
        let (a, b) = (scim.group(&format!("a{round}"), &[]), scim.group(&format!("b{round}"), &[]));
        let barrier = std::sync::Barrier::new(2);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let (scim, barrier) = (&scim, &barrier);
            let half = |group: String, member: String| {
                scope.spawn(move || {
                    barrier.wait();
                    add(scim, &group, &member).expect_one_of(&[204, 400]).status
                })
            };
            let halves = [half(a.clone(), b.clone()), half(b.clone(), a.clone())];
            halves.map(|half| half.join().unwrap()).to_vec()
        });
        let closed = scim.members(&a) == [b.clone()] && scim.members(&b) == [a.clone()];
        assert!(!closed, "round {round}: {statuses:?}");
        assert!(statuses.contains(&204), "round {round}: one of them is fine: {statuses:?}");
    }
}

#[test]
fn a_deleted_inner_group_leaves_its_outer_group_and_its_users() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let inner = scim.group("inner", &[&user]);
    let outer = scim.group("outer", &[&inner]);
    assert_eq!(scim.read_user(&user)["groups"].as_array().unwrap().len(), 2);
    scim.delete(&format!("/Groups/{inner}")).expect(204);
    assert!(scim.members(&outer).is_empty());
    assert_eq!(scim.read_user(&user).get("groups"), None::<&Value>);
    server.command(&["doctor", "--verify"]);
}

#[test]
fn a_deleted_user_leaves_every_group() {
    let server = Server::start();
    let scim = server.client();
    let (user, other) = (scim.user("goes"), scim.user("stays"));
    let groups: Vec<String> = (0..5).map(|n| scim.group(&format!("g{n}"), &[&user, &other])).collect();
    scim.delete(&format!("/Users/{user}")).expect(204);
    for group in &groups {
        assert_eq!(scim.members(group), [other.as_str()]);
    }
    assert!(scim.find("/Groups", &format!("members eq \"{user}\"")).is_empty());
}
