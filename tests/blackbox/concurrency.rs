//! Many clients at once: nothing is lost, nothing is there twice, nothing dangles.

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use crate::server::Server;
use crate::values::{USER, sorted};

const CONNECTIONS: usize = 32;

#[test]
fn two_thousand_parallel_one_member_patches_lose_nothing() {
    const MEMBERS: usize = 2_000;
    let server = Server::start();
    let scim = server.client();
    let group = scim.group("crowded", &[]);
    let users: Vec<String> = thread::scope(|scope| {
        let scim = &scim;
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|worker| {
                scope.spawn(move || {
                    let mine = (worker..MEMBERS).step_by(CONNECTIONS);
                    mine.map(|n| scim.user(&format!("member-{n}"))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(users.len(), MEMBERS);
    thread::scope(|scope| {
        for worker in 0..CONNECTIONS {
            let (scim, group, users) = (&scim, &group, &users);
            scope.spawn(move || {
                for id in users.iter().skip(worker).step_by(CONNECTIONS) {
                    let value = json!([{"$ref": null, "value": id}]);
                    scim.patch_group(group, &json!([{"op": "Add", "path": "members", "value": value}]));
                }
            });
        }
    });
    assert_eq!(scim.members(&group), sorted(&users.iter().map(String::as_str).collect::<Vec<_>>()));
    for id in users.iter().step_by(200) {
        assert_eq!(scim.read_user(id)["groups"][0]["value"], group);
    }
    server.command(&["doctor", "--verify"]);
}

#[test]
fn twenty_parallel_creates_of_one_name_are_one_201_and_19_409() {
    let server = Server::start();
    let scim = server.client();
    for round in 0..5 {
        let barrier = Barrier::new(20);
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let workers: Vec<_> = (0..20)
                .map(|worker| {
                    let (scim, barrier) = (&scim, &barrier);
                    scope.spawn(move || {
                        // the same name in two cases
                        let name =
                            if worker % 2 == 0 { format!("one-{round}") } else { format!("ONE-{round}") };
                        let body = json!({"schemas": [USER], "userName": name, "title": format!("{worker}")});
                        barrier.wait();
                        let answer = scim.post("/Users", &body);
                        if answer.status == 409 {
                            answer.error(409, "uniqueness");
                            409
                        } else {
                            answer.expect(201).status
                        }
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses[0], 201, "round {round}: {statuses:?}");
        assert_eq!(statuses[1..], [409; 19], "round {round}");
        assert_eq!(scim.find("/Users", &format!("userName eq \"one-{round}\"")).len(), 1);
        assert_eq!(scim.total("/Users"), round + 1);
    }
}

#[test]
fn a_name_that_many_rename_to_is_given_to_one() {
    let server = Server::start();
    let scim = server.client();
    let users: Vec<String> = (0..10).map(|n| scim.user(&format!("candidate-{n}"))).collect();
    let barrier = Barrier::new(users.len());
    let won: Vec<bool> = thread::scope(|scope| {
        let workers: Vec<_> = users
            .iter()
            .map(|id| {
                let (scim, barrier) = (&scim, &barrier);
                scope.spawn(move || {
                    let rename = json!([{"op": "replace", "value": {"userName": "winner", "title": id}}]);
                    barrier.wait();
                    scim.patch(&format!("/Users/{id}"), &rename).expect_one_of(&[200, 409]).status == 200
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let found = scim.find("/Users", "userName eq \"winner\"");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["title"], found[0]["id"], "the winner's whole PATCH, and only it");
    assert_eq!(scim.find("/Users", "title pr").len(), 1);
}

#[test]
fn parallel_patches_of_one_user_all_take_effect() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("shared");
    thread::scope(|scope| {
        for worker in 0..8 {
            let (scim, id) = (&scim, &id);
            scope.spawn(move || {
                for n in 0..10 {
                    let value = json!([{"value": format!("{worker}-{n}@x")}]);
                    let add = json!([{"op": "add", "path": "emails", "value": value}]);
                    scim.patch(&format!("/Users/{id}"), &add).expect(200);
                }
            });
        }
    });
    assert_eq!(scim.read_user(&id)["emails"].as_array().unwrap().len(), 80);
    assert_eq!(scim.find_ids("/Users", "emails.value eq \"7-9@x\""), [id]);
}

#[test]
fn a_user_deleted_while_a_group_gains_it_leaves_no_dangling_member() {
    let server = Server::start();
    let scim = server.client();
    let keeper = scim.user("keeper");
    let group = scim.group("race", &[&keeper]);
    for round in 0..40 {
        let user = scim.user(&format!("racer-{round}"));
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let (scim, barrier, user, group) = (&scim, &barrier, &user, &group);
            scope.spawn(move || {
                let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                barrier.wait();
                scim.patch(&format!("/Groups/{group}"), &add).expect_one_of(&[204, 400]);
            });
            scope.spawn(move || {
                barrier.wait();
                scim.delete(&format!("/Users/{user}")).expect(204);
            });
        });
        assert_eq!(scim.members(&group), [keeper.as_str()], "round {round}");
        assert!(scim.find("/Groups", &format!("members eq \"{user}\"")).is_empty(), "round {round}");
    }
    server.command(&["doctor", "--verify"]);
}

#[test]
fn a_group_deleted_while_it_gains_a_member_leaves_no_dangling_membership() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("stays");
    for round in 0..40 {
        let group = scim.group(&format!("race-{round}"), &[]);
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let (scim, barrier, user, group) = (&scim, &barrier, &user, &group);
            scope.spawn(move || {
                let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                barrier.wait();
                scim.patch(&format!("/Groups/{group}"), &add).expect_one_of(&[204, 404]);
            });
            scope.spawn(move || {
                barrier.wait();
                scim.delete(&format!("/Groups/{group}")).expect(204);
            });
        });
        assert!(scim.read_user(&user).get("groups").is_none(), "round {round}");
    }
    server.command(&["doctor", "--verify"]);
}
