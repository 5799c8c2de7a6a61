//! Schemas, resource types and indexes that change while resources are there.

use std::sync::atomic::{AtomicBool, Ordering};

use scim::Document;
use scim::document::{IndexWish, documents};
use scim::filter::Filter;
use scim::{Dialect, Lenience, urn};
use serde_json::json;
use uuid::Uuid;

use super::{House, refusal};
use crate::{Data, Edit, Kind, Links, Page, Plan, Preset, Progress, ReshapeError, Shape, Stage, Task};

const BADGE: &str = "urn:example:badge:User";

impl House {
    /// Changes what is defined, and does nothing of what follows from it.
    async fn reshape(&mut self, edit: Edit, data: Data) -> Result<Shape, ReshapeError> {
        let reshaped = self.directory.reshape(edit, data).await?;
        if let Some(directory) = reshaped.directory {
            self.directory = directory;
        }
        Ok(reshaped.shape)
    }

    async fn define(&mut self, text: &str) -> Result<Shape, ReshapeError> {
        for document in documents(text.as_bytes()).unwrap() {
            let edit = match document {
                Document::Schema(schema) => Edit::PutSchema(schema),
                Document::ResourceType(resource_type) => Edit::PutResourceType(resource_type),
                Document::Index(wish) => Edit::AddIndex(wish),
            };
            self.reshape(edit, Data::Keep).await?;
        }
        self.directory.shape().await
    }

    async fn index(&mut self, attribute: &str) -> Result<Shape, ReshapeError> {
        let wish = IndexWish { resource_type: "User".into(), attribute: attribute.into() };
        self.reshape(Edit::AddIndex(wish), Data::Keep).await
    }

    /// Does everything that is left to do.
    async fn settle(&mut self) -> Shape {
        loop {
            let shape = self.directory.shape().await.unwrap();
            let Some(task) = shape.next_task() else { return shape };
            let progress = Progress::default();
            let edit = self.directory.perform(&self.ctx(), &task, &shape, &progress, || true).await.unwrap();
            self.reshape(edit.unwrap(), Data::Keep).await.unwrap();
        }
    }

    async fn badge(&mut self, attributes: &str) -> Result<Shape, ReshapeError> {
        self.define(&format!(
            r#"[{{"id":"{BADGE}","attributes":{attributes}}},
                {{"name":"User","endpoint":"/Users","schema":"{}","schemaExtensions":[{{"schema":"{BADGE}"}}]}}]"#,
            urn::USER
        ))
        .await
    }

    async fn badged(&self, name: &str, number: &str) -> Result<Uuid, crate::DirectoryError> {
        let body = json!({"userName": name, BADGE: {"number": number}});
        self.try_create(Kind::User, body).await.map(|entry| entry.id)
    }

    /// The plan for a filter, and the ids it finds.
    async fn find(&self, kind: Kind, text: &str) -> (Plan, Vec<Uuid>) {
        let dialect = Dialect::strict();
        let filter = Filter::parse(text)
            .unwrap()
            .bind(self.directory.registry(), self.directory.resource_type(kind), &mut Lenience::new(&dialect))
            .unwrap();
        let page = Page::Window { start_index: 1, count: 1_000 };
        let found = self.directory.search(kind, Some(&filter), page, Links::Without).await.unwrap();
        (found.planned[0].plan.clone(), found.entries.iter().map(|e| e.id).collect())
    }
}

#[tokio::test]
async fn a_type_from_data_is_kept_as_the_built_in_ones_are() {
    let mut house = House::new();
    house.reshape(Edit::SwitchOn(Preset::OktaGovernance), Data::Keep).await.unwrap();
    let role = house.directory.kinds().at("Roles").unwrap();
    let admin = house.try_create(role, json!({"displayName": "Admin"})).await.unwrap().id;
    house.try_create(role, json!({"displayName": "Reader"})).await.unwrap();
    let shown = house.shown(role, admin).await.unwrap();
    assert_eq!(shown["schemas"], json!(["urn:okta:scim:schemas:core:1.0:Role"]));
    assert_eq!(shown["meta"]["resourceType"], "Role");
    assert!(shown["meta"]["location"].as_str().unwrap().ends_with(&format!("/Roles/{admin}")));
    assert_eq!(house.find(role, r#"displayName eq "ADMIN""#).await.1, [admin]);
    house
        .patch(role, admin, json!([{"op": "replace", "path": "displayName", "value": "Root"}]))
        .await
        .unwrap();
    assert_eq!(house.shown(role, admin).await.unwrap()["displayName"], "Root");
    assert_eq!(house.directory.count(role).await.unwrap(), 2);
    house.assert_sound().await;
    let refused =
        house.reshape(Edit::SwitchOff(Preset::OktaGovernance), Data::Keep).await.map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("there are 2 resources of the type Role"), "{refused}");
    house.directory.delete(&house.ctx(), role, admin).await.unwrap();
    house.reshape(Edit::SwitchOff(Preset::OktaGovernance), Data::Discard).await.unwrap();
    let shape = house.settle().await;
    assert!(shape.chores.is_empty());
    house.assert_sound().await;
    house.reshape(Edit::SwitchOn(Preset::OktaGovernance), Data::Keep).await.unwrap();
    assert_eq!(house.directory.kinds().at("Roles"), Some(role));
    assert_eq!(house.directory.count(role).await.unwrap(), 0);
}

#[tokio::test]
async fn an_index_is_planned_with_once_it_is_complete() {
    let mut house = House::new();
    let mut ids = vec![];
    for i in 0..300 {
        let body = json!({"userName": format!("u{i}"), "title": format!("T{}", i % 3)});
        ids.push(house.try_create(Kind::User, body).await.unwrap().id);
    }
    let wanted: Vec<Uuid> = ids.iter().step_by(3).copied().collect();
    house.index("title").await.unwrap();
    // Kept by changes from now on, and not planned with.
    house
        .patch(Kind::User, ids[0], json!([{"op": "replace", "path": "title", "value": "t0"}]))
        .await
        .unwrap();
    let (plan, found) = house.find(Kind::User, r#"title eq "T0""#).await;
    assert_eq!((plan, found.clone()), (Plan::Scan, wanted.clone()));
    house.assert_sound().await;
    house.settle().await;
    let (plan, found) = house.find(Kind::User, r#"title eq "T0""#).await;
    assert!(matches!(plan, Plan::Point(..)), "{plan:?}");
    assert_eq!(found, wanted);
    house.assert_sound().await;
    house.reshape(Edit::RemoveIndex(64), Data::Keep).await.unwrap();
    assert_eq!(house.find(Kind::User, r#"title eq "T0""#).await, (Plan::Scan, wanted));
    house.settle().await;
    house.assert_sound().await;
}

#[tokio::test]
async fn a_build_that_is_cut_off_is_done_again() {
    let mut house = House::new();
    for i in 0..400 {
        house.try_create(Kind::User, json!({"userName": format!("u{i}"), "title": "T"})).await.unwrap();
    }
    let shape = house.index("title").await.unwrap();
    let first = AtomicBool::new(true);
    let task = shape.next_task().unwrap();
    assert_eq!(task, Task::Build(64));
    let once = || first.swap(false, Ordering::Relaxed);
    let cut = house.directory.perform(&house.ctx(), &task, &shape, &Progress::default(), once).await.unwrap();
    assert!(cut.is_none());
    // As after a crash: the directory is made anew from the store.
    house.directory = crate::Directory::open(house.kv.clone(), crate::Tenant::DEFAULT).await.unwrap();
    assert_eq!(house.find(Kind::User, r#"title eq "t""#).await.0, Plan::Scan);
    house.settle().await;
    let (plan, found) = house.find(Kind::User, r#"title eq "t""#).await;
    assert!(matches!(plan, Plan::Point(..)));
    assert_eq!(found.len(), 400);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_during_a_build_are_in_the_index() {
    let mut house = House::new();
    let mut ids = vec![];
    for i in 0..600 {
        let body = json!({"userName": format!("u{i}"), "title": format!("T{i}")});
        ids.push(house.try_create(Kind::User, body).await.unwrap().id);
    }
    let shape = house.index("title").await.unwrap();
    let progress = Progress::default();
    let build = async {
        let ctx = house.ctx();
        house.directory.perform(&ctx, &Task::Build(64), &shape, &progress, || true).await.unwrap().unwrap()
    };
    let change = async {
        for (i, id) in ids.iter().enumerate().rev() {
            let title = json!([{"op": "replace", "path": "title", "value": format!("New{i}")}]);
            match i % 3 {
                0 => drop(house.patch(Kind::User, *id, title).await.unwrap()),
                1 => drop(house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap()),
                _ => {}
            }
            if i % 7 == 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    let (edit, ()) = tokio::join!(build, change);
    house.reshape(edit, Data::Keep).await.unwrap();
    assert_eq!(house.directory.shape().await.unwrap().index(64).unwrap().stage, Stage::Ready);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_unique_index_over_duplicates_fails_and_says_which_they_are() {
    let mut house = House::new();
    house.badge(r#"[{"name":"number"}]"#).await.unwrap();
    let (ann, bob) = (house.badged("ann", "7").await.unwrap(), house.badged("bob", "7").await.unwrap());
    house.badged("cid", "8").await.unwrap();
    house.badge(r#"[{"name":"number","uniqueness":"server"}]"#).await.unwrap();
    let shape = house.settle().await;
    let Stage::Failed(failure) = &shape.index(64).unwrap().stage else { panic!("{shape:?}") };
    assert_eq!(failure.count, 1);
    let told = &failure.problems[0];
    assert!(
        told.contains(&ann.to_string()) && told.contains(&bob.to_string()) && told.contains("\"7\""),
        "{told}"
    );
    // Nothing is promised and nothing is enforced.
    let shown = house.directory.registry().schema(BADGE).unwrap().attribute("number").unwrap().uniqueness;
    assert_eq!(shown, scim::Uniqueness::None);
    house.badged("dan", "8").await.unwrap();
    house.assert_sound().await;

    let path = format!("{BADGE}:number");
    house.patch(Kind::User, bob, json!([{"op": "replace", "path": path, "value": "9"}])).await.unwrap();
    let eight = house.find(Kind::User, &format!(r#"{path} eq "8""#)).await.1;
    house.directory.delete(&house.ctx(), Kind::User, eight[1]).await.unwrap();
    house.reshape(Edit::Rebuild(64), Data::Keep).await.unwrap();
    assert_eq!(house.settle().await.index(64).unwrap().stage, Stage::Ready);
    let taken = refusal(house.badged("eve", "9").await);
    assert_eq!(taken.status(), 409);
    assert!(taken.detail().contains(&bob.to_string()), "{taken}");
    house.assert_sound().await;
}

/// While it is built, two resources can have one value; the one whose row it is not must not take it along.
#[tokio::test]
async fn a_row_of_a_unique_index_in_the_making_goes_with_its_own_resource_only() {
    let mut house = House::new();
    house.badge(r#"[{"name":"number"}]"#).await.unwrap();
    house.badged("ann", "7").await.unwrap();
    let bob = house.badged("bob", "7").await.unwrap();
    let shape = house.badge(r#"[{"name":"number","uniqueness":"server"}]"#).await.unwrap();
    let task = shape.next_task().unwrap();
    let edit =
        house.directory.perform(&house.ctx(), &task, &shape, &Progress::default(), || true).await.unwrap();
    // Ann's row is there, Bob's cannot be. Bob moves away, and Ann still has hers.
    let path = format!("{BADGE}:number");
    house.patch(Kind::User, bob, json!([{"op": "replace", "path": path, "value": "9"}])).await.unwrap();
    assert_eq!(refusal(house.badged("cid", "7").await).status(), 409);
    house.directory.delete(&house.ctx(), Kind::User, bob).await.unwrap();
    house.reshape(edit.unwrap(), Data::Keep).await.unwrap();
    house.reshape(Edit::Rebuild(64), Data::Keep).await.unwrap();
    house.settle().await;
    house.assert_sound().await;
}

#[tokio::test]
async fn an_attribute_with_values_goes_only_when_that_is_said() {
    let mut house = House::new();
    house.badge(r#"[{"name":"number"},{"name":"colour","multiValued":true}]"#).await.unwrap();
    let body = json!({"userName": "ann", BADGE: {"number": "7", "colour": ["red"]}});
    let ann = house.try_create(Kind::User, body).await.unwrap().id;
    let only = json!({"userName": "bob", BADGE: {"colour": ["red"]}});
    let bob = house.try_create(Kind::User, only).await.unwrap().id;
    let Document::Schema(schema) =
        documents(format!(r#"{{"id":"{BADGE}","attributes":[{{"name":"number"}}]}}"#).as_bytes())
            .unwrap()
            .remove(0)
    else {
        panic!("a schema")
    };
    let refused = house.reshape(Edit::PutSchema(schema.clone()), Data::Keep).await.map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("2 resources of the type User have a value"), "{refused}");
    house.reshape(Edit::PutSchema(schema), Data::Discard).await.unwrap();
    house.settle().await;
    assert_eq!(house.shown(Kind::User, ann).await.unwrap()[BADGE], json!({"number": "7"}));
    let bob = house.shown(Kind::User, bob).await.unwrap();
    assert_eq!((bob.get(BADGE), &bob["schemas"]), (None, &json!([urn::USER])));
    house.assert_sound().await;
    house.reshape(Edit::RemoveResourceType("User".into()), Data::Discard).await.unwrap();
    house.settle().await;
    assert!(house.shown(Kind::User, ann).await.unwrap().get(BADGE).is_none());
    house.assert_sound().await;
}

#[tokio::test]
async fn the_end_of_a_model_is_seen_when_its_last_directory_is_dropped() {
    let mut house = House::new();
    let earlier = house.directory.clone();
    let mut retired = earlier.retired();
    house.index("title").await.unwrap();
    let waits = tokio::time::timeout(std::time::Duration::ZERO, retired.wait()).await;
    assert!(waits.is_err() && !retired.is_over());
    drop(earlier);
    retired.wait().await;
    assert!(retired.is_over());
}

#[tokio::test]
async fn a_plain_directory_has_no_record_of_a_shape() {
    let house = House::new();
    house.user("ann").await;
    assert_eq!(house.directory.shape().await.unwrap(), Shape::default());
    assert!(house.kv.get(&house.directory.layout.shape()).await.unwrap().is_none());
    let done =
        house.directory.reshape(Edit::Files(vec![], crate::Missing::Remove), Data::Keep).await.unwrap();
    assert!(done.directory.is_none());
    assert!(house.kv.get(&house.directory.layout.shape()).await.unwrap().is_none());
}

#[tokio::test]
async fn doctor_sees_what_a_former_index_left_behind() {
    let mut house = House::new();
    house.index("title").await.unwrap();
    house.settle().await;
    house.reshape(Edit::RemoveIndex(64), Data::Keep).await.unwrap();
    house.settle().await;
    let row = house.directory.layout.index_row(64, b"x", Uuid::from_u128(1));
    house.kv.commit(store::Batch::new().put(row, "")).await.unwrap();
    let found = house.directory.verify().await.unwrap();
    assert!(found.told[0].contains("former index of Users by title has 1 rows"), "{:?}", found.told);
}
