use jiff::Timestamp;
use scim::patch::Patch;
use scim::{Dialect, Lenience};
use serde_json::json;

use super::{House, refusal};
use crate::Change::{Create, Delete, Members};
use crate::{Change, Ctx, Deleted, Keep, Kind, Links, Position};

#[tokio::test]
async fn a_created_user_reads_back_as_sent() {
    let house = House::new();
    let made = house
        .try_create(Kind::User, json!({"userName": "Ann@X", "emails": [{"value": "A@x", "type": "work"}]}))
        .await
        .unwrap();
    let shown = house.shown(Kind::User, made.id).await.unwrap();
    assert_eq!(shown["userName"], "Ann@X");
    assert_eq!(shown["id"], json!(made.id));
    assert_eq!(shown["emails"], json!([{"value": "A@x", "type": "work"}]));
    assert_eq!(shown["meta"]["created"], shown["meta"]["lastModified"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_taken_user_name_is_refused_with_uniqueness_and_names_the_holder() {
    let house = House::new();
    let ann = house.user("ann@x").await;
    let refused = refusal(house.try_create(Kind::User, json!({"userName": "ANN@X"})).await);
    assert_eq!(refused.status(), 409);
    assert!(refused.detail().contains(&ann.to_string()), "{refused}");
    assert_eq!(house.directory.count(Kind::User).await.unwrap(), 1);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_parallel_creates_of_one_name_make_one_user() {
    let house = std::sync::Arc::new(House::new());
    let tasks = (0..20).map(|_| {
        let house = house.clone();
        tokio::spawn(async move { house.try_create(Kind::User, json!({"userName": "one"})).await.is_ok() })
    });
    let mut made = 0;
    for task in tasks.collect::<Vec<_>>() {
        made += usize::from(task.await.unwrap());
    }
    assert_eq!(made, 1);
    house.assert_sound().await;
}

#[tokio::test]
async fn own9_an_inactive_user_keeps_the_name_and_a_deleted_one_frees_it() {
    let house = House::new();
    let ann = house.user("ann").await;
    house
        .patch(Kind::User, ann, json!([{"op": "Replace", "path": "active", "value": "False"}]))
        .await
        .unwrap();
    assert_eq!(refusal(house.try_create(Kind::User, json!({"userName": "ann"})).await).status(), 409);
    assert_eq!(house.directory.delete(&house.ctx(), Kind::User, ann).await.unwrap(), Deleted::Yes);
    assert_eq!(house.directory.delete(&house.ctx(), Kind::User, ann).await.unwrap(), Deleted::NotFound);
    assert_ne!(house.user("ann").await, ann);
    house.assert_sound().await;
}

#[tokio::test]
async fn own2_a_write_that_changes_nothing_makes_no_version() {
    let house = House::new();
    let ann = house.user("ann").await;
    let patch = json!([{"op": "replace", "path": "title", "value": "Boss"}]);
    let first = house.patch(Kind::User, ann, patch.clone()).await.unwrap().unwrap();
    let before = house.kv.revision();
    let second = house.patch(Kind::User, ann, patch).await.unwrap().unwrap();
    assert_eq!(first.meta, second.meta);
    let body = house.checked(Kind::User, json!({"userName": "ann", "title": "Boss"}));
    let third =
        house.directory.replace(&house.ctx(), Kind::User, ann, &body, Links::With).await.unwrap().unwrap();
    assert_eq!(first.meta, third.meta);
    assert_eq!(house.kv.revision(), before);
}

#[tokio::test]
async fn put_clears_what_it_omits_and_moves_the_index_rows() {
    let house = House::new();
    let ann = house
        .try_create(Kind::User, json!({"userName": "a", "title": "T", "externalId": "1"}))
        .await
        .unwrap();
    let body = house.checked(Kind::User, json!({"userName": "b"}));
    let replaced =
        house.directory.replace(&house.ctx(), Kind::User, ann.id, &body, Links::With).await.unwrap().unwrap();
    let shown = replaced.to_object("");
    assert!(!shown.contains_key("title") && !shown.contains_key("externalId"));
    assert!(
        replaced.meta.last_modified > ann.meta.last_modified && replaced.meta.created == ann.meta.created
    );
    house.user("a").await;
    house.assert_sound().await;
}

#[tokio::test]
async fn put_never_creates() {
    let house = House::new();
    let body = house.checked(Kind::User, json!({"userName": "b"}));
    let id = house.ctx().new_id;
    assert!(
        house.directory.replace(&house.ctx(), Kind::User, id, &body, Links::With).await.unwrap().is_none()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_parallel_patches_of_one_user_are_all_applied() {
    let house = std::sync::Arc::new(House::new());
    let ann = house.user("ann").await;
    let tasks = (0..100).map(|i| {
        let house = house.clone();
        tokio::spawn(async move {
            let value = json!([{"value": format!("{i}@x")}]);
            house
                .patch(Kind::User, ann, json!([{"op": "add", "path": "emails", "value": value}]))
                .await
                .unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(house.shown(Kind::User, ann).await.unwrap()["emails"].as_array().unwrap().len(), 100);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_manager_is_shown_with_name_and_a_manager_nobody_knows_as_sent() {
    let house = House::new();
    let boss = house
        .try_create(Kind::User, json!({"userName": "boss", "displayName": "The Boss"}))
        .await
        .unwrap()
        .id;
    let enterprise = scim::urn::ENTERPRISE_USER;
    let known =
        house.try_create(Kind::User, json!({"userName": "a", enterprise: {"manager": boss}})).await.unwrap();
    let stray = house
        .try_create(Kind::User, json!({"userName": "b", enterprise: {"manager": "nobody"}}))
        .await
        .unwrap();
    assert_eq!(known.to_object("")[enterprise]["manager"]["displayName"], "The Boss");
    assert_eq!(stray.to_object("")[enterprise]["manager"], json!({"value": "nobody"}));
    house.directory.delete(&house.ctx(), Kind::User, boss).await.unwrap();
    let orphan = house.directory.get(Kind::User, known.id, Links::With).await.unwrap().unwrap();
    assert_eq!(orphan.to_object("").get(enterprise), None);
    assert_eq!(orphan.to_object("")["schemas"], json!([scim::urn::USER]));
    assert!(orphan.meta.version > known.meta.version && orphan.meta.last_modified > known.meta.last_modified);
    house.assert_sound().await;
}

#[tokio::test]
async fn every_change_is_in_the_feed_once_and_in_order() {
    let house = House::new();
    let ann = house.user("ann").await;
    let group = house.group("g", &[]).await;
    house
        .patch(Kind::Group, group, json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]))
        .await
        .unwrap();
    house.directory.delete(&house.ctx(), Kind::User, ann).await.unwrap();
    let rows = house.directory.all_rows(house.directory.layout.feed()).await.unwrap();
    let records = rows.iter().map(|r| serde_json::from_slice::<crate::FeedRecord>(&r.value).unwrap());
    let told: Vec<_> = records.map(|r| (r.change, r.id)).collect();
    assert_eq!(
        told,
        [(Create, ann), (Create, group), (Change::Patch, group), (Members, group), (Delete, ann)]
    );
}

#[tokio::test]
async fn every_write_is_recorded_with_its_request_and_digests_that_make_a_chain() {
    let house = House::new();
    let (ann, ben, group) = (house.user("ann").await, house.user("ben").await, house.group("g", &[]).await);
    let rename = |name: &str| json!([{"op": "replace", "path": "displayName", "value": name}]);
    for name in ["a", "b", "b", "a"] {
        house.patch(Kind::User, ann, rename(name)).await.unwrap();
    }
    house
        .patch(Kind::Group, group, json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]))
        .await
        .unwrap();
    house.directory.delete(&house.ctx(), Kind::User, ann).await.unwrap();
    let feed = house.directory.follow(Position::default(), 100).await.unwrap();
    assert!(feed.iter().all(|row| row.record.request.as_deref() == Some("r1")));
    let of = |id| feed.iter().map(|row| &row.record).filter(move |record| record.id == id);
    let (before, after): (Vec<_>, Vec<_>) = of(ann).map(|record| (record.before, record.after)).unzip();
    assert_eq!(before.len(), 5, "the rename to the same name wrote nothing");
    assert_eq!((before[0], *after.last().unwrap()), (None, None));
    assert_eq!(before[1..], after[..4], "what one change left is what the next found");
    assert_eq!(after[1], after[3], "the same attributes have the same digest");
    assert_ne!(after[1], after[2]);
    assert_ne!(of(ben).next().unwrap().after, after[0]);
    let membership = of(group).nth(1).unwrap();
    assert!(membership.before.is_some() && membership.before == membership.after);
    let newest = house.directory.recent(None, 2).await.unwrap();
    assert_eq!(newest[0].position, feed.last().unwrap().position);
    let older = house.directory.recent(Some(newest[1].position), 100).await.unwrap();
    assert_eq!(older.len(), feed.len() - 2);
}

#[tokio::test]
async fn the_feed_keeps_values_where_they_are_asked_for() {
    let house = House::new();
    let (ann, group) = (house.user("ann").await, house.group("g", &[]).await);
    let ctx = Ctx { keep: Keep::Values, txn: Some("t1".into()), ..house.ctx() };
    let body = json!({"schemas": [scim::urn::PATCH_OP], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": ann}]},
        {"op": "replace", "path": "displayName", "value": "h"},
    ]});
    let dialect = Dialect::tolerant();
    let patch = Patch::parse(body.as_object().unwrap().clone(), &mut Lenience::new(&dialect)).unwrap();
    let (directory, lenience) = (&house.directory, &mut Lenience::new(&dialect));
    directory.patch(&ctx, Kind::Group, group, &patch, lenience).await.unwrap().unwrap();

    let feed = directory.follow(Position::default(), 10).await.unwrap();
    let told = &feed[2].record;
    assert_eq!(told.attributes, ["displayName", "members"]);
    assert_eq!(told.values.as_ref().unwrap()["displayName"], "h");
    assert_eq!(told.added.iter().map(|m| m.id).collect::<Vec<_>>(), [ann]);
    assert_eq!(told.txn.as_deref(), Some("t1"));
    assert_eq!(feed[0].record.values, None);
    let (marked, revision) = directory.mark("t1").await.unwrap().unwrap();
    assert_eq!((marked, revision.get()), (group, feed[2].position.revision));
}

#[tokio::test]
async fn the_feed_is_followed_from_any_place_and_time_and_cut_at_its_old_end() {
    let house = House::new();
    for number in 0..20 {
        house.user(&format!("u{number}")).await;
    }
    let all = house.directory.follow(Position::default(), 100).await.unwrap();
    assert_eq!(all.len(), 20);
    assert_eq!(house.directory.follow(all[4].position, 3).await.unwrap(), all[5..8]);
    assert_eq!(house.directory.follow(house.directory.end_of_feed(), 3).await.unwrap(), []);
    for row in &all {
        let time = Timestamp::from_millisecond(row.record.at_ms).unwrap();
        let place = house.directory.position_at(time).await.unwrap();
        assert_eq!(house.directory.follow(place, 1).await.unwrap()[0].position, row.position);
    }
    let old = Timestamp::from_millisecond(all[12].record.at_ms).unwrap();
    assert_eq!(house.directory.cut_feed(all[4].position, old).await.unwrap(), 5);
    assert_eq!(house.directory.cut_feed(house.directory.end_of_feed(), old).await.unwrap(), 7);
    assert_eq!(house.directory.follow(Position::default(), 100).await.unwrap(), all[12..]);
}
