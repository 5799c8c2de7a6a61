//! Limits on what a client takes away, and protected resources.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{Batch, Range};
use uuid::Uuid;

use super::House;
use crate::{By, Ctx, DirectoryError, Kind, Limits, Links, Subject, Threshold};

/// A house whose limits are small and count also what is fresh.
async fn watched(limits: Limits) -> House {
    let house = House::new();
    house.directory.set_limits(Limits { spare_minutes: 0, ..limits }, Batch::new()).await.unwrap();
    house
}

fn three_an_hour() -> Limits {
    let three = Some(Threshold { least: 3, percent: 0 });
    Limits { users_per_hour: three, groups_per_hour: three, members_at_once: Some(3), spare_minutes: 0 }
}

async fn users(house: &House, count: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(house.user(&format!("u{number}")).await);
    }
    ids
}

fn later(house: &House, minutes: i64) -> Ctx {
    let ctx = house.ctx();
    Ctx { now: ctx.now + SignedDuration::from_mins(minutes), ..ctx }
}

fn status(error: &DirectoryError) -> u16 {
    match error {
        DirectoryError::Scim(error) => error.status(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn more_deletions_than_the_limit_are_held_until_the_hour_is_over() {
    let house = watched(three_an_hour()).await;
    let ids = users(&house, 6).await;
    for id in &ids[..3] {
        house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap();
    }
    for id in &ids[3..5] {
        let error = house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap_err();
        assert_eq!(status(&error), 403);
        assert!(error.to_string().contains("rollcall held allow"), "{error}");
    }
    assert_eq!(house.directory.count(Kind::User).await.unwrap(), 3, "nothing was deleted");
    let held = house.directory.held().await.unwrap();
    assert_eq!((held.len(), held[0].attempts, held[0].subject), (1, 2, Subject::Users));
    assert_eq!(held[0].resources, ids[3..5]);
    house.directory.delete(&later(&house, 61), Kind::User, ids[3]).await.unwrap();
}

#[tokio::test]
async fn disabling_counts_like_deleting_and_enabling_does_not() {
    let house = watched(three_an_hour()).await;
    let ids = users(&house, 4).await;
    let active = |value: bool| json!([{"op": "replace", "path": "active", "value": value}]);
    for id in &ids[..3] {
        house.patch(Kind::User, *id, active(false)).await.unwrap();
        house.patch(Kind::User, *id, active(false)).await.unwrap();
        house.patch(Kind::User, *id, active(true)).await.unwrap();
    }
    assert_eq!(status(&house.patch(Kind::User, ids[3], active(false)).await.unwrap_err()), 403);
    let error = house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.unwrap_err();
    assert_eq!(status(&error), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_at_the_same_moment_do_not_pass_the_limit_together() {
    let house = std::sync::Arc::new(watched(three_an_hour()).await);
    let ids = users(&house, 20).await;
    let tasks: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let house = house.clone();
            tokio::spawn(async move { house.directory.delete(&house.ctx(), Kind::User, id).await.is_ok() })
        })
        .collect();
    let mut deleted = 0;
    for task in tasks {
        deleted += usize::from(task.await.unwrap());
    }
    assert_eq!(deleted, 3);
    assert_eq!(house.directory.held().await.unwrap()[0].attempts, 17);
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let mut house = watched(three_an_hour()).await;
    let ids = users(&house, 5).await;
    for id in &ids[..3] {
        house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap();
    }
    house.restart();
    let error = house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.unwrap_err();
    assert_eq!(status(&error), 403);
    let held = house.directory.held().await.unwrap().remove(0);
    let until = house.ctx().now + SignedDuration::from_hours(1);
    house.directory.allow(held.id, until, Some(1), Batch::new()).await.unwrap().unwrap();
    house.restart();
    house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.unwrap();
    house.restart();
    assert!(house.directory.delete(&house.ctx(), Kind::User, ids[4]).await.is_err(), "it was allowed once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leave_for_some_changes_is_used_up_also_by_many_at_once_and_over_a_restart() {
    let mut house = watched(three_an_hour()).await;
    let ids = users(&house, 25).await;
    for id in &ids[..3] {
        house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap();
    }
    house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.unwrap_err();
    let held = house.directory.held().await.unwrap().remove(0);
    let until = house.ctx().now + SignedDuration::from_hours(1);
    house.directory.allow(held.id, until, Some(5), Batch::new()).await.unwrap().unwrap();
    let tasks: Vec<_> = ids[3..24]
        .iter()
        .map(|id| {
            let (directory, ctx, id) = (house.directory.clone(), house.ctx(), *id);
            tokio::spawn(async move { directory.delete(&ctx, Kind::User, id).await.is_ok() })
        })
        .collect();
    let mut deleted = 0;
    for task in tasks {
        deleted += usize::from(task.await.unwrap());
    }
    assert_eq!(deleted, 5);
    house.restart();
    assert_eq!(house.directory.held().await.unwrap()[0].allowed.unwrap().used, 5);
    assert!(house.directory.delete(&house.ctx(), Kind::User, ids[24]).await.is_err());
}

#[tokio::test]
async fn counts_of_an_hour_that_is_over_are_taken_away() {
    let mut house = watched(three_an_hour()).await;
    let ids = users(&house, 3).await;
    let (kv, prefix) = (house.kv.clone(), house.directory.layout.watch_counts());
    let counted = || kv.count(Range::prefix(prefix.clone()));
    house.directory.delete(&house.ctx(), Kind::User, ids[0]).await.unwrap();
    house.directory.delete(&later(&house, 30), Kind::User, ids[1]).await.unwrap();
    assert_eq!(counted().await.unwrap(), 2);
    house.restart();
    house.directory.delete(&later(&house, 200), Kind::User, ids[2]).await.unwrap();
    assert_eq!(counted().await.unwrap(), 1);
}

#[tokio::test]
async fn leave_ends_with_its_time_and_can_be_taken_back() {
    let house = watched(three_an_hour()).await;
    let ids = users(&house, 7).await;
    for id in &ids[..3] {
        house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap();
    }
    house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.unwrap_err();
    let held = house.directory.held().await.unwrap().remove(0);
    house.directory.allow(held.id, Timestamp::UNIX_EPOCH, None, Batch::new()).await.unwrap();
    assert!(house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.is_err());
    let until = house.ctx().now + SignedDuration::from_hours(1);
    house.directory.allow(held.id, until, None, Batch::new()).await.unwrap();
    house.directory.delete(&house.ctx(), Kind::User, ids[3]).await.unwrap();
    assert!(house.directory.dismiss(held.id, Batch::new()).await.unwrap());
    assert!(!house.directory.dismiss(held.id, Batch::new()).await.unwrap());
    assert!(house.directory.delete(&house.ctx(), Kind::User, ids[4]).await.is_err());
}

#[tokio::test]
async fn what_is_fresh_or_the_administrators_does_not_count_and_limits_can_be_off() {
    let house = House::new();
    house.directory.set_limits(Limits { spare_minutes: 60, ..three_an_hour() }, Batch::new()).await.unwrap();
    let ids = users(&house, 12).await;
    for id in &ids[..5] {
        house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap();
    }
    house.directory.set_limits(three_an_hour(), Batch::new()).await.unwrap();
    for id in &ids[5..9] {
        let ctx = Ctx { by: By::Administrator, ..house.ctx() };
        house.directory.delete(&ctx, Kind::User, *id).await.unwrap();
    }
    house
        .directory
        .set_limits(Limits { users_per_hour: None, ..three_an_hour() }, Batch::new())
        .await
        .unwrap();
    for id in &ids[9..] {
        house.directory.delete(&house.ctx(), Kind::User, *id).await.unwrap();
    }
    assert!(house.directory.held().await.unwrap().is_empty());
}

#[tokio::test]
async fn e9_d181_a_large_group_is_not_emptied_in_any_way_and_a_small_one_is() {
    let house = watched(three_an_hour()).await;
    let all = users(&house, 24).await;
    let (ids, others) = (&all[..4], &all[4..]);
    let members = |ids: &[Uuid]| ids.iter().map(|id| json!({"value": id.to_string()})).collect::<Vec<_>>();
    let body = json!({"displayName": "large", "members": members(ids)});
    let large = house.try_create(Kind::Group, body).await.unwrap().id;
    for operations in [
        json!([{"op": "remove", "path": "members"}]),
        json!([{"op": "replace", "path": "members", "value": []}]),
        json!([{"op": "remove", "path": "members", "value": members(ids)}]),
        json!([{"op": "replace", "path": "members", "value": members(&others[..1])}]),
    ] {
        let error = house.patch(Kind::Group, large, operations.clone()).await.unwrap_err();
        assert_eq!(status(&error), 403, "{operations}");
    }
    let body = house.checked(Kind::Group, json!({"displayName": "large"}));
    let put = house.directory.replace(&house.ctx(), Kind::Group, large, &body, Links::Without).await;
    assert_eq!(status(&put.unwrap_err()), 403);
    assert_eq!(status(&house.directory.delete(&house.ctx(), Kind::Group, large).await.unwrap_err()), 403);
    let held = house.directory.held().await.unwrap();
    assert_eq!((held.len(), held[0].attempts, held[0].subject), (1, 6, Subject::Members(large)));

    let one = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}]);
    house.patch(Kind::Group, large, one).await.unwrap();
    house.patch(Kind::Group, large, json!([{"op": "remove", "path": "members"}])).await.unwrap();

    let body = json!({"displayName": "larger", "members": members(others)});
    let larger = house.try_create(Kind::Group, body).await.unwrap().id;
    let but_one = json!([{"op": "remove", "path": "members", "value": members(&others[1..])}]);
    assert_eq!(status(&house.patch(Kind::Group, larger, but_one).await.unwrap_err()), 403, "one is left");
    let half = json!([{"op": "remove", "path": "members", "value": members(&others[10..])}]);
    house.patch(Kind::Group, larger, half).await.unwrap();
}

#[tokio::test]
async fn a9_protected_users_and_groups_are_left_alone_by_every_path() {
    let house = House::new();
    let ids = users(&house, 2).await;
    let (member, boss) = (ids[0], ids[1]);
    let report = json!({"userName": "kept", scim::urn::ENTERPRISE_USER: {"manager": {"value": boss}}});
    let kept = house.try_create(Kind::User, report).await.unwrap().id;
    let body = json!({"displayName": "owners", "members": [{"value": member.to_string()}]});
    let group = house.try_create(Kind::Group, body).await.unwrap().id;
    assert!(house.directory.protect(Kind::User, kept, Batch::new()).await.unwrap());
    assert!(house.directory.protect(Kind::Group, group, Batch::new()).await.unwrap());
    assert!(
        !house.directory.protect(Kind::Group, kept, Batch::new()).await.unwrap(),
        "there is no such group"
    );

    let rename = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
    assert_eq!(status(&house.patch(Kind::User, kept, rename.clone()).await.unwrap_err()), 403);
    assert_eq!(status(&house.patch(Kind::Group, group, rename).await.unwrap_err()), 403);
    let add = json!([{"op": "add", "path": "members", "value": [{"value": kept.to_string()}]}]);
    assert_eq!(status(&house.patch(Kind::Group, group, add).await.unwrap_err()), 403);
    for (kind, id) in [(Kind::User, kept), (Kind::Group, group), (Kind::User, member)] {
        let error = house.directory.delete(&house.ctx(), kind, id).await.unwrap_err();
        assert_eq!(status(&error), 403);
        assert!(error.to_string().contains("is protected"), "{error}");
    }
    let error = house.directory.delete(&house.ctx(), Kind::User, boss).await.unwrap_err();
    assert_eq!(status(&error), 403, "a protected user would lose the manager");
    assert_eq!(house.directory.protected(Kind::Group).await.unwrap(), [group]);
    assert!(house.directory.unprotect(Kind::Group, group, Batch::new()).await.unwrap());
    house.directory.delete(&house.ctx(), Kind::User, member).await.unwrap();
}
