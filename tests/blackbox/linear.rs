//! Concurrent clients over HTTP, whose answers some order of their calls explains.
//!
//! `ROLLCALL_HISTORIES` says how many histories are made; the directory's own test makes many more of them.

#[path = "../lib/linear/mod.rs"]
mod histories;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use serde_json::{Value, json};

use self::histories::{Answer, Call, Event, Look, Program, Slot, explain, program};
use crate::answer;
use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, NOBODY, USER};

/// What the clients of one history share: its clock, and the ids of what they made.
struct Stage {
    scim: Client,
    clock: AtomicU64,
    ids: Mutex<HashMap<(&'static str, Slot), String>>,
}

impl Stage {
    fn new(scim: Client) -> Self {
        Self { scim, clock: AtomicU64::new(0), ids: Mutex::default() }
    }

    fn run(&self, calls: Vec<Call>) -> Vec<Event> {
        let tick = || self.clock.fetch_add(1, Ordering::SeqCst);
        let one = |call: Call| {
            let called = tick();
            let answer = self.answer(&call);
            Event { call, answer, called, answered: tick() }
        };
        calls.into_iter().map(one).collect()
    }

    /// The id of a resource, or one that nobody has where it was never made.
    fn id(&self, kind: &'static str, slot: Slot) -> String {
        self.ids.lock().unwrap().get(&(kind, slot)).cloned().unwrap_or_else(|| NOBODY.to_owned())
    }

    fn path(&self, kind: &'static str, slot: Slot) -> String {
        format!("{kind}/{}", self.id(kind, slot))
    }

    fn listed(&self, users: &BTreeSet<Slot>) -> Value {
        users.iter().map(|slot| json!({"value": self.id("/Users", *slot)})).collect()
    }

    fn answer(&self, call: &Call) -> Answer {
        let scim = &self.scim;
        let set = |kind, slot, path: &str, value: Value| {
            scim.patch(&self.path(kind, slot), &json!([{"op": "replace", "path": path, "value": value}]))
        };
        let on = |group: Slot, operations: Value| scim.patch(&self.path("/Groups", group), &operations);
        let add =
            |users: &BTreeSet<Slot>| json!({"op": "add", "path": "members", "value": self.listed(users)});
        let count = |kind: &str| Answer::Count(scim.total(kind));
        let answered = match call {
            Call::CreateUser { user, name } => {
                self.create("/Users", *user, &json!({"schemas": [USER], "userName": name}))
            }
            Call::CreateGroup { group, name, members } => {
                let body = json!({"schemas": [GROUP], "displayName": name, "members": self.listed(members)});
                self.create("/Groups", *group, &body)
            }
            Call::RenameUser { user, name } => set("/Users", *user, "userName", json!(name)),
            Call::TitleUser { user, title } => set("/Users", *user, "title", json!(title)),
            Call::RenameGroup { group, name } => set("/Groups", *group, "displayName", json!(name)),
            Call::SetMembers { group, users } => set("/Groups", *group, "members", self.listed(users)),
            Call::AddMembers { group, users } => on(*group, json!([add(users)])),
            Call::RemoveMembers { group, users } => {
                on(*group, json!([{"op": "remove", "path": "members", "value": self.listed(users)}]))
            }
            Call::KeepMember { group, user } => {
                let path = format!("members[not (value eq \"{}\")]", self.id("/Users", *user));
                on(*group, json!([{"op": "remove", "path": path}]))
            }
            Call::RenameAndAdd { group, name, user } => {
                let rename = json!({"op": "replace", "path": "displayName", "value": name});
                on(*group, json!([rename, add(&BTreeSet::from([*user]))]))
            }
            Call::DeleteUser { user } => scim.delete(&self.path("/Users", *user)),
            Call::DeleteGroup { group } => scim.delete(&self.path("/Groups", *group)),
            Call::ReadUser { user, by: Look::Alone } => scim.get(&self.path("/Users", *user)),
            Call::ReadUser { user, by: Look::Listed } => {
                let id = self.id("/Users", *user);
                let list = scim.get("/Users").expect(200).json();
                let listed = list["Resources"].as_array().into_iter().flatten();
                return listed
                    .into_iter()
                    .find(|user| user["id"] == id)
                    .map_or(Answer::Missing, |user| self.shown(user));
            }
            Call::ReadGroup { group } => scim.get(&self.path("/Groups", *group)),
            Call::CountUsers => return count("/Users"),
            Call::CountGroups => return count("/Groups"),
            Call::FindUser { name } => {
                let found = scim.find_ids("/Users", &format!("userName eq \"{name}\""));
                return Answer::Found(self.slots("/Users", found.iter().map(String::as_str)));
            }
        };
        self.told(&answered)
    }

    fn create(&self, kind: &'static str, slot: Slot, body: &Value) -> answer::Answer {
        let answered = self.scim.post(kind, body);
        if answered.status == 201 {
            let id = answered.json()["id"].as_str().unwrap().to_owned();
            self.ids.lock().unwrap().insert((kind, slot), id);
        }
        answered
    }

    /// An answer in the model's words.
    fn told(&self, answered: &answer::Answer) -> Answer {
        match answered.status {
            404 => return Answer::Missing,
            409 => return Answer::Taken,
            400 => return Answer::UnknownMember,
            204 if answered.request.starts_with("DELETE") => return Answer::Deleted,
            204 => return Answer::Changed { version: number(answered.header("etag")) },
            200 | 201 => {}
            _ => panic!("no call is answered so\n{}", answered.story()),
        }
        self.shown(&answered.json())
    }

    /// A resource in the model's words.
    fn shown(&self, body: &Value) -> Answer {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let version = number(body["meta"]["version"].as_str());
        let linked = |name: &str, kind: &'static str| {
            let links = body[name].as_array().into_iter().flatten();
            self.slots(kind, links.map(|link| link["value"].as_str().unwrap()))
        };
        if body["meta"]["resourceType"] == "Group" {
            let members = linked("members", "/Users");
            return Answer::Group { name: text("displayName").unwrap(), version, members };
        }
        let groups = linked("groups", "/Groups");
        Answer::User { name: text("userName").unwrap(), title: text("title"), version, groups }
    }

    /// Who these ids are. One that is made in this moment by another client is known once its answer came.
    fn slots<'i>(&self, kind: &'static str, ids: impl Iterator<Item = &'i str>) -> BTreeSet<Slot> {
        let slot = |id: &str| loop {
            let known = self.ids.lock().unwrap();
            if let Some(((_, slot), _)) = known.iter().find(|((k, _), known)| *k == kind && *known == id) {
                return *slot;
            }
            drop(known);
            thread::yield_now();
        };
        ids.map(slot).collect()
    }

    fn clear(&self) {
        for ((kind, _), id) in self.ids.lock().unwrap().iter() {
            self.scim.delete(&format!("{kind}/{id}")).expect_one_of(&[204, 404]);
        }
    }
}

/// The number in a version.
fn number(version: Option<&str>) -> u64 {
    let digits: String = version.unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "how long a campaign is, is for who starts it to say")]
fn campaign() -> u64 {
    let wanted = std::env::var("ROLLCALL_HISTORIES").ok();
    wanted.map_or(40, |number| number.parse().expect("ROLLCALL_HISTORIES is a number"))
}

#[test]
fn answers_over_http_are_explained_by_some_order() {
    let server = Server::start();
    let scim = server.client();
    for number in 0..campaign() {
        let Program { first, clients } = program(number);
        let stage = Stage::new(scim.clone());
        let mut history = vec![stage.run(first)];
        let start = Barrier::new(clients.len());
        thread::scope(|scope| {
            let run = |calls: Vec<Call>| {
                start.wait();
                stage.run(calls)
            };
            let clients: Vec<_> = clients.into_iter().map(|calls| scope.spawn(move || run(calls))).collect();
            history.extend(clients.into_iter().map(|client| client.join().unwrap()));
        });
        explain(&history).unwrap_or_else(|story| panic!("program {number}: {story}"));
        stage.clear();
    }
}
