//! The recycle bin, held against a model that keeps sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use store::Batch;
use uuid::Uuid;

use super::{House, refusal};
use crate::{Change, Deleting, Kind, Position, Rejoined, Restored};

async fn delete(house: &House, kind: Kind, id: Uuid) {
    house.directory.delete(&house.ctx(), kind, id).await.unwrap();
}

async fn restore(house: &House, kind: Kind, id: Uuid) -> Rejoined {
    match house.directory.restore(&house.ctx(), kind, id, &Batch::new()).await.unwrap() {
        Restored::Yes(rejoined) => rejoined,
        Restored::NotFound => panic!("{kind} {id} is not in the bin"),
    }
}

#[tokio::test]
async fn c210_a_restored_user_is_who_it_was_in_the_groups_that_are_left() {
    let house = House::new();
    let ann = house.try_create(Kind::User, json!({"userName": "ann", "title": "T"})).await.unwrap();
    let (kept, gone) = (house.group("kept", &[ann.id]).await, house.group("gone", &[ann.id]).await);
    delete(&house, Kind::User, ann.id).await;
    assert_eq!(house.shown(Kind::User, ann.id).await, None);
    assert!(house.members(kept).await.is_empty());
    delete(&house, Kind::Group, gone).await;
    assert!(house.directory.purge(Kind::Group, gone, &Batch::new()).await.unwrap());
    house.assert_sound().await;

    let rejoined = restore(&house, Kind::User, ann.id).await;
    assert_eq!(rejoined, Rejoined { groups: 1, members: 0, waiting: 0, lost: 1 });
    let shown = house.shown(Kind::User, ann.id).await.unwrap();
    assert_eq!((&shown["userName"], &shown["title"]), (&json!("ann"), &json!("T")));
    assert_eq!(shown["groups"][0]["value"], json!(kept));
    assert_eq!(house.directory.bin_size().await.unwrap(), 0);
    house.assert_sound().await;
}

#[tokio::test]
async fn c210_a_name_taken_meanwhile_is_refused_with_its_holder() {
    let house = House::new();
    let old = house.user("ann").await;
    delete(&house, Kind::User, old).await;
    let new = house.user("ANN").await;
    let refused = refusal(house.directory.restore(&house.ctx(), Kind::User, old, &Batch::new()).await);
    assert_eq!(refused.status(), 409);
    assert!(refused.detail().contains(&new.to_string()), "{refused}");
    assert_eq!(house.directory.bin_size().await.unwrap(), 1);
    house.assert_sound().await;
    delete(&house, Kind::User, new).await;
    restore(&house, Kind::User, old).await;
    house.assert_sound().await;
}

#[tokio::test]
async fn a_restore_is_a_create_in_the_feed_and_a_change_of_its_groups() {
    let house = House::new();
    let ann = house.user("ann").await;
    let group = house.group("g", &[ann]).await;
    delete(&house, Kind::User, ann).await;
    let (before, version) = (house.directory.end_of_feed(), house.kv.revision().get());
    restore(&house, Kind::User, ann).await;
    let told = house.directory.follow(before, 10).await.unwrap();
    let told: Vec<_> = told.iter().map(|feed| (feed.record.change, feed.record.id)).collect();
    assert_eq!(told, [(Change::Create, ann), (Change::Members, group)]);
    let meta = house.directory.get(Kind::Group, group, crate::Links::Without).await.unwrap().unwrap().meta;
    assert!(meta.version > version);
    assert!(before > Position::default());
}

#[tokio::test]
async fn both_ends_come_back_in_either_order() {
    for user_first in [true, false] {
        let house = House::new();
        let ann = house.user("ann").await;
        let group = house.group("g", &[ann]).await;
        delete(&house, Kind::Group, group).await;
        delete(&house, Kind::User, ann).await;
        let order = [(Kind::User, ann), (Kind::Group, group)];
        let (first, second) = if user_first { (order[0], order[1]) } else { (order[1], order[0]) };
        restore(&house, first.0, first.1).await;
        house.assert_sound().await;
        restore(&house, second.0, second.1).await;
        assert_eq!(house.members(group).await, [ann]);
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn a_restored_group_never_contains_itself() {
    let house = House::new();
    let inner = house.group("inner", &[]).await;
    let middle = house.group("middle", &[inner]).await;
    let outer = house.group("outer", &[middle]).await;
    delete(&house, Kind::Group, middle).await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": outer}]}]);
    house.patch(Kind::Group, inner, add).await.unwrap();
    let rejoined = restore(&house, Kind::Group, middle).await;
    assert_eq!(rejoined, Rejoined { groups: 0, members: 1, waiting: 0, lost: 1 });
    assert_eq!(house.members(middle).await, [inner]);
    assert!(house.members(outer).await.is_empty());
    house.assert_sound().await;
}

#[tokio::test]
async fn what_was_deleted_before_a_moment_is_purged_and_nothing_else() {
    let house = House::new();
    let mut users = Vec::new();
    for i in 0..6 {
        users.push(house.user(&format!("u{i}")).await);
    }
    house.group("g", &users).await;
    for user in &users[..3] {
        delete(&house, Kind::User, *user).await;
    }
    let moment = house.ctx().now;
    for user in &users[3..] {
        delete(&house, Kind::User, *user).await;
    }
    assert_eq!(house.directory.purge_before(moment).await.unwrap(), 3);
    let left = house.directory.bin(None, 10).await.unwrap();
    assert_eq!(left.iter().map(|e| e.id).collect::<Vec<_>>(), [users[5], users[4], users[3]]);
    let rest = house.directory.bin(Some(left[0].place()), 1).await.unwrap();
    assert_eq!(rest[0].id, users[4]);
    house.assert_sound().await;
}

#[tokio::test]
async fn without_a_bin_nothing_is_kept() {
    let house = House::new();
    let directory = house.directory.clone().with_deleting(Deleting::ForGood);
    let ann = house.user("ann").await;
    house.group("g", &[ann]).await;
    directory.delete(&house.ctx(), Kind::User, ann).await.unwrap();
    assert_eq!(directory.bin_size().await.unwrap(), 0);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ends_deleted_and_restored_at_once_leave_nothing_behind() {
    for _ in 0..30 {
        let house = Arc::new(House::new());
        let mut users = Vec::new();
        for i in 0..4 {
            users.push(house.user(&format!("u{i}")).await);
        }
        let group = house.group("g", &users).await;
        let all: Vec<_> = users.iter().map(|id| (Kind::User, *id)).chain([(Kind::Group, group)]).collect();
        for step in 0..2 {
            let tasks: Vec<_> = all
                .iter()
                .map(|(kind, id)| {
                    let (house, kind, id) = (house.clone(), *kind, *id);
                    tokio::spawn(async move {
                        if step == 0 {
                            delete(&house, kind, id).await;
                        } else {
                            restore(&house, kind, id).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            house.assert_sound().await;
        }
        assert_eq!(house.members(group).await, users);
    }
}

/// What can be done to the resources of a history, by their places.
#[derive(Debug, Clone)]
enum Op {
    Create(Kind, u8),
    Delete(usize),
    Restore(usize),
    Purge(usize),
    Add(usize, usize),
    Remove(usize, usize),
    Replace(usize, Vec<usize>),
    Rename(usize, u8),
}

fn op() -> impl Strategy<Value = Op> {
    let kind = || prop_oneof![Just(Kind::User), Just(Kind::Group)];
    let place = || 0usize..8;
    prop_oneof![
        3 => (kind(), 0u8..6).prop_map(|(kind, name)| Op::Create(kind, name)),
        3 => place().prop_map(Op::Delete),
        4 => place().prop_map(Op::Restore),
        1 => place().prop_map(Op::Purge),
        6 => (place(), place()).prop_map(|(group, member)| Op::Add(group, member)),
        1 => (place(), place()).prop_map(|(group, member)| Op::Remove(group, member)),
        1 => (place(), proptest::collection::vec(place(), 0..4)).prop_map(|(group, members)| Op::Replace(group, members)),
        1 => (place(), 0u8..6).prop_map(|(place, name)| Op::Rename(place, name)),
    ]
}

/// The simple, slow version: sets.
#[derive(Debug, Default)]
struct Model {
    /// Everything ever created, in order.
    all: Vec<(Kind, Uuid)>,
    names: BTreeMap<Uuid, String>,
    live: BTreeSet<Uuid>,
    bin: BTreeSet<Uuid>,
    /// Groups and members.
    edges: BTreeSet<(Uuid, Uuid)>,
    /// Memberships with an end in the bin.
    waiting: BTreeSet<(Uuid, Uuid)>,
}

impl Model {
    fn at(&self, place: usize) -> Option<(Kind, Uuid)> {
        (!self.all.is_empty()).then(|| self.all[place % self.all.len()])
    }

    fn group(&self, place: usize) -> Option<Uuid> {
        self.at(place).filter(|(kind, id)| *kind == Kind::Group && self.live.contains(id)).map(|(_, id)| id)
    }

    fn kind(&self, id: Uuid) -> Kind {
        self.all.iter().find(|(_, other)| *other == id).unwrap().0
    }

    fn is_taken(&self, kind: Kind, name: &str, but: Uuid) -> bool {
        self.live.iter().any(|id| *id != but && self.kind(*id) == kind && self.names[id] == name)
    }

    fn contains(&self, outer: Uuid, inner: Uuid) -> bool {
        outer == inner || self.edges.iter().any(|(g, m)| *g == outer && self.contains(*m, inner))
    }

    fn delete(&mut self, id: Uuid) {
        self.live.remove(&id);
        self.bin.insert(id);
        let (gone, left) = self.edges.iter().partition(|(g, m)| *g == id || *m == id);
        self.edges = left;
        let gone: BTreeSet<_> = gone;
        self.waiting.extend(gone);
    }

    fn restore(&mut self, id: Uuid) {
        self.bin.remove(&id);
        self.live.insert(id);
        let mine: Vec<_> = self.waiting.iter().copied().filter(|(g, m)| *g == id || *m == id).collect();
        let (members, groups): (Vec<_>, Vec<_>) = mine.into_iter().partition(|(g, _)| *g == id);
        for edge in members.into_iter().chain(groups) {
            let other = if edge.0 == id { edge.1 } else { edge.0 };
            if self.bin.contains(&other) {
                continue;
            }
            self.waiting.remove(&edge);
            if self.live.contains(&other) && !self.contains(edge.1, edge.0) {
                self.edges.insert(edge);
            }
        }
    }
}

fn body(kind: Kind, name: &str) -> serde_json::Value {
    match kind {
        Kind::User => json!({"userName": name}),
        _ => json!({"displayName": name}),
    }
}

async fn step(house: &House, model: &mut Model, op: &Op) {
    let members = |ids: &[Uuid]| ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>();
    match op {
        Op::Create(kind, name) => {
            let name = format!("n{name}");
            let made = house.try_create(*kind, body(*kind, &name)).await;
            assert_eq!(made.is_err(), model.is_taken(*kind, &name, Uuid::nil()));
            if let Ok(entry) = made {
                model.all.push((*kind, entry.id));
                model.names.insert(entry.id, name);
                model.live.insert(entry.id);
            }
        }
        Op::Delete(place) => {
            let Some((kind, id)) = model.at(*place) else { return };
            let done = house.directory.delete(&house.ctx(), kind, id).await.unwrap();
            assert_eq!(done == crate::Deleted::Yes, model.live.contains(&id));
            if done == crate::Deleted::Yes {
                model.delete(id);
            }
        }
        Op::Restore(place) => {
            let Some((kind, id)) = model.at(*place) else { return };
            let done = house.directory.restore(&house.ctx(), kind, id, &Batch::new()).await;
            let taken = model.bin.contains(&id) && model.is_taken(kind, &model.names[&id], id);
            match done {
                Ok(Restored::NotFound) => assert!(!model.bin.contains(&id)),
                Ok(Restored::Yes(_)) => {
                    assert!(model.bin.contains(&id) && !taken);
                    model.restore(id);
                }
                Err(_) => assert!(taken),
            }
        }
        Op::Purge(place) => {
            let Some((kind, id)) = model.at(*place) else { return };
            let done = house.directory.purge(kind, id, &Batch::new()).await.unwrap();
            assert_eq!(done, model.bin.remove(&id));
            if done {
                model.waiting.retain(|(g, m)| *g != id && *m != id);
            }
        }
        Op::Add(group, member) => {
            let (Some(group), Some((_, member))) = (model.group(*group), model.at(*member)) else { return };
            let add = json!([{"op": "add", "path": "members", "value": members(&[member])}]);
            let done = house.patch(Kind::Group, group, add).await;
            let right = model.live.contains(&member) && !model.contains(member, group);
            assert_eq!(done.is_ok(), right, "{done:?}");
            if right {
                model.edges.insert((group, member));
            }
        }
        Op::Remove(group, member) => {
            let (Some(group), Some((_, member))) = (model.group(*group), model.at(*member)) else { return };
            let remove = json!([{"op": "remove", "path": "members", "value": members(&[member])}]);
            house.patch(Kind::Group, group, remove).await.unwrap();
            model.edges.remove(&(group, member));
        }
        Op::Replace(group, places) => {
            let Some(group) = model.group(*group) else { return };
            let set: BTreeSet<Uuid> = places
                .iter()
                .filter_map(|place| model.at(*place))
                .filter(|(kind, id)| *kind == Kind::User && model.live.contains(id))
                .map(|(_, id)| id)
                .collect();
            let list: Vec<_> = set.iter().copied().collect();
            let replace = json!([{"op": "replace", "path": "members", "value": members(&list)}]);
            house.patch(Kind::Group, group, replace).await.unwrap();
            model.edges.retain(|(g, _)| *g != group);
            model.edges.extend(set.into_iter().map(|member| (group, member)));
        }
        Op::Rename(place, name) => {
            let Some((kind, id)) = model.at(*place) else { return };
            if !model.live.contains(&id) {
                return;
            }
            let name = format!("n{name}");
            let done = house.patch(kind, id, json!([{"op": "replace", "value": body(kind, &name)}])).await;
            assert_eq!(done.is_err(), model.is_taken(kind, &name, id));
            if done.is_ok() {
                model.names.insert(id, name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_history_of_deleting_and_restoring_does_what_sets_do(
        ops in proptest::collection::vec(op(), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::new();
            let mut model = Model::default();
            for op in &ops {
                step(&house, &mut model, op).await;
            }
            house.assert_sound().await;
            for (kind, id) in &model.all {
                let shown = house.shown(*kind, *id).await;
                assert_eq!(shown.is_some(), model.live.contains(id));
                if *kind == Kind::Group && shown.is_some() {
                    let members: BTreeSet<Uuid> = house.members(*id).await.into_iter().collect();
                    let expected: BTreeSet<Uuid> =
                        model.edges.iter().filter(|(g, _)| g == id).map(|(_, m)| *m).collect();
                    assert_eq!(members, expected);
                }
            }
            let bin: BTreeSet<Uuid> =
                house.directory.bin(None, 1_000).await.unwrap().into_iter().map(|e| e.id).collect();
            assert_eq!(bin, model.bin);
        });
    }
}
