//! Concurrent changes and reads of the whole directory, explained by changes one after the other.
//!
//! The restless engine gives way between any two accesses, so that a race needs no luck; sled adds real threads, group
//! commit and the disk. `ROLLCALL_HISTORIES` says how many histories each test makes.

#[path = "../../../tests/lib/linear/mod.rs"]
mod histories;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use scim::{Registry, ScimType};
use serde_json::{Value, json};
use store::{Kv, Settings};
use tokio::sync::Barrier;
use uuid::Uuid;

use self::histories::{Answer, Call, Event, Look, Program, Slot, explain, program};
use super::House;
use super::searching::{ALL, bound};
use crate::{Ctx, Deleted, Directory, DirectoryError, Entry, Kind, Links, Tenant};

static REGISTRY: LazyLock<Arc<Registry>> = LazyLock::new(|| Arc::new(Registry::builtin()));

/// One directory, the clock of its history, and who is who in it.
struct Stage {
    house: House,
    clock: AtomicU64,
}

impl Stage {
    fn new(kv: Kv, tenant: Tenant) -> Arc<Self> {
        let house = House::over(kv.clone(), Directory::new(kv, Arc::clone(&REGISTRY), tenant));
        Arc::new(Self { house, clock: AtomicU64::new(0) })
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    async fn run(&self, calls: Vec<Call>) -> Vec<Event> {
        let mut events = Vec::new();
        for call in calls {
            let called = self.tick();
            let answer = self.answer(&call).await;
            events.push(Event { call, answer, called, answered: self.tick() });
        }
        events
    }

    async fn answer(&self, call: &Call) -> Answer {
        let answered = match call {
            Call::CreateUser { user, name } => {
                self.create(Kind::User, *user, json!({"userName": name})).await
            }
            Call::CreateGroup { group, name, members } => {
                let body = json!({"displayName": name, "members": listed(members)});
                self.create(Kind::Group, *group, body).await
            }
            Call::RenameUser { user, name } => self.set(Kind::User, *user, "userName", json!(name)).await,
            Call::TitleUser { user, title } => self.set(Kind::User, *user, "title", json!(title)).await,
            Call::RenameGroup { group, name } => {
                self.set(Kind::Group, *group, "displayName", json!(name)).await
            }
            Call::AddMembers { group, users } => self.patch(Kind::Group, *group, json!([add(users)])).await,
            Call::RemoveMembers { group, users } => {
                let remove = json!({"op": "remove", "path": "members", "value": listed(users)});
                self.patch(Kind::Group, *group, json!([remove])).await
            }
            Call::SetMembers { group, users } => {
                self.set(Kind::Group, *group, "members", listed(users)).await
            }
            Call::KeepMember { group, user } => {
                let path = format!("members[not (value eq \"{}\")]", id(Kind::User, *user));
                self.patch(Kind::Group, *group, json!([{"op": "remove", "path": path}])).await
            }
            Call::RenameAndAdd { group, name, user } => {
                let rename = json!({"op": "replace", "path": "displayName", "value": name});
                self.patch(Kind::Group, *group, json!([rename, add(&BTreeSet::from([*user]))])).await
            }
            Call::DeleteUser { user } => self.delete(Kind::User, *user).await,
            Call::DeleteGroup { group } => self.delete(Kind::Group, *group).await,
            Call::ReadUser { user, by: Look::Alone } => self.read(Kind::User, *user).await,
            Call::ReadUser { user, by: Look::Listed } => self.read_listed(*user).await,
            Call::ReadGroup { group } => self.read(Kind::Group, *group).await,
            Call::CountUsers => self.house.directory.count(Kind::User).await.map(Answer::Count),
            Call::CountGroups => self.house.directory.count(Kind::Group).await.map(Answer::Count),
            Call::FindUser { name } => self.find(name).await,
        };
        answered.unwrap_or_else(refusal)
    }

    fn ctx(&self, new_id: Uuid) -> Ctx {
        Ctx { new_id, ..self.house.ctx() }
    }

    async fn create(&self, kind: Kind, slot: Slot, body: Value) -> Result<Answer, DirectoryError> {
        let resource = self.house.checked(kind, body);
        let entry =
            self.house.directory.create(&self.ctx(id(kind, slot)), kind, &resource, Links::With).await?;
        Ok(whole(&entry))
    }

    async fn set(&self, kind: Kind, slot: Slot, path: &str, value: Value) -> Result<Answer, DirectoryError> {
        self.patch(kind, slot, json!([{"op": "replace", "path": path, "value": value}])).await
    }

    async fn patch(&self, kind: Kind, slot: Slot, operations: Value) -> Result<Answer, DirectoryError> {
        Ok(match (kind, self.house.patch(kind, id(kind, slot), operations).await?) {
            (_, None) => Answer::Missing,
            (Kind::Group, Some(entry)) => Answer::Changed { version: entry.meta.version },
            (Kind::User | Kind::Custom(_), Some(entry)) => whole(&entry),
        })
    }

    async fn delete(&self, kind: Kind, slot: Slot) -> Result<Answer, DirectoryError> {
        let ctx = self.house.ctx();
        Ok(match self.house.directory.delete(&ctx, kind, id(kind, slot)).await? {
            Deleted::Yes => Answer::Deleted,
            Deleted::NotFound => Answer::Missing,
        })
    }

    async fn read(&self, kind: Kind, slot: Slot) -> Result<Answer, DirectoryError> {
        let read = self.house.directory.get(kind, id(kind, slot), Links::With).await?;
        Ok(read.as_ref().map_or(Answer::Missing, whole))
    }

    async fn read_listed(&self, user: Slot) -> Result<Answer, DirectoryError> {
        let found = self.house.directory.search(Kind::User, None, ALL, Links::With).await?;
        let read = found.entries.iter().find(|entry| entry.id == id(Kind::User, user));
        Ok(read.map_or(Answer::Missing, whole))
    }

    async fn find(&self, name: &str) -> Result<Answer, DirectoryError> {
        let filter = bound(&self.house, Kind::User, &format!("userName eq \"{name}\""));
        let found = self.house.directory.search(Kind::User, Some(&filter), ALL, Links::Without).await?;
        Ok(Answer::Found(found.entries.iter().map(|entry| slot(entry.id)).collect()))
    }
}

const FIRST_USER: u128 = 0x0190_0000_0000_7000_8000_0000_0001_0000;
const FIRST_GROUP: u128 = 0x0190_0000_0000_7000_8000_0000_0002_0000;

fn id(kind: Kind, slot: Slot) -> Uuid {
    let first = if kind == Kind::Group { FIRST_GROUP } else { FIRST_USER };
    Uuid::from_u128(first + slot as u128)
}

fn slot(id: Uuid) -> Slot {
    usize::from(u16::try_from(id.as_u128() & 0xffff).unwrap())
}

fn listed(users: &BTreeSet<Slot>) -> Value {
    users.iter().map(|slot| json!({"value": id(Kind::User, *slot)})).collect()
}

fn add(users: &BTreeSet<Slot>) -> Value {
    json!({"op": "add", "path": "members", "value": listed(users)})
}

fn whole(entry: &Entry) -> Answer {
    let shown = entry.to_object("");
    let text = |name: &str| shown.get(name).and_then(Value::as_str).map(str::to_owned);
    let version = entry.meta.version;
    if entry.kind == Kind::Group {
        let members = entry.members.iter().map(|member| slot(member.id)).collect();
        return Answer::Group { name: text("displayName").unwrap(), version, members };
    }
    let groups = entry.groups.iter().map(|group| slot(group.id)).collect();
    Answer::User { name: text("userName").unwrap(), title: text("title"), version, groups }
}

fn refusal(error: DirectoryError) -> Answer {
    match error {
        DirectoryError::Scim(error) if error.scim_type() == Some(ScimType::Uniqueness) => Answer::Taken,
        DirectoryError::Scim(error) if error.detail().starts_with("members:") => Answer::UnknownMember,
        other => panic!("no call is answered so: {other:?}"),
    }
}

/// Runs a program: its first calls one by one, then all clients at once.
async fn history(stage: &Arc<Stage>, Program { first, clients }: Program) -> Vec<Vec<Event>> {
    let mut history = vec![stage.run(first).await];
    let start = Arc::new(Barrier::new(clients.len()));
    let running: Vec<_> = clients
        .into_iter()
        .map(|calls| {
            let (stage, start) = (Arc::clone(stage), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                stage.run(calls).await
            })
        })
        .collect();
    for client in running {
        history.push(client.await.unwrap());
    }
    history
}

#[expect(clippy::disallowed_methods, reason = "how long a campaign is, is for who starts it to say")]
fn campaign() -> std::ops::Range<u64> {
    let wanted = std::env::var("ROLLCALL_HISTORIES").ok();
    0..wanted.map_or(200, |number| number.parse().expect("ROLLCALL_HISTORIES is a number"))
}

#[tokio::test]
async fn whatever_comes_in_between_some_order_explains_it() {
    for number in campaign() {
        let stage = Stage::new(Kv::restless(number), Tenant::DEFAULT);
        let history = history(&stage, program(number)).await;
        explain(&history).unwrap_or_else(|story| panic!("program {number}: {story}"));
        stage.house.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_on_disk_are_explained_by_some_order() {
    let folder = tempfile::tempdir().unwrap();
    let kv = Kv::open(folder.path(), Settings { cache_bytes: 16 << 20 }).unwrap();
    for number in campaign() {
        let tenant = Tenant(u16::try_from(number).unwrap());
        let stage = Stage::new(kv.clone(), tenant);
        let history = history(&stage, program(number)).await;
        explain(&history).unwrap_or_else(|story| panic!("program {number}: {story}"));
        stage.house.assert_sound().await;
    }
    kv.close().await;
}
