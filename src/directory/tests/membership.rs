use std::sync::Arc;

use serde_json::json;

use super::{House, refusal};
use crate::Kind;

#[tokio::test]
async fn e7_a_remove_with_values_removes_only_those() {
    let house = House::new();
    let (a, b) = (house.user("a").await, house.user("b").await);
    let group = house.group("g", &[a, b]).await;
    house
        .patch(
            Kind::Group,
            group,
            json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": a}]}]),
        )
        .await
        .unwrap();
    assert_eq!(house.members(group).await, [b]);
    house.assert_sound().await;
}

#[tokio::test]
async fn val_p5_added_and_removed_in_one_patch_is_no_member() {
    let house = House::new();
    let a = house.user("a").await;
    let group = house.group("g", &[]).await;
    let operations = json!([
        {"op": "add", "path": "members", "value": [{"value": a}]},
        {"op": "remove", "path": format!("members[value eq \"{a}\"]")},
    ]);
    house.patch(Kind::Group, group, operations).await.unwrap();
    assert!(house.members(group).await.is_empty());
}

#[tokio::test]
async fn an_unknown_member_is_named_and_nothing_is_changed() {
    let house = House::new();
    let a = house.user("a").await;
    let group = house.group("g", &[]).await;
    let stray = house.ctx().new_id;
    for value in [stray.to_string(), "a@x".to_owned()] {
        let operations = json!([{"op": "add", "path": "members", "value": [{"value": a}, {"value": value}]}]);
        let refused = refusal(house.patch(Kind::Group, group, operations).await);
        assert_eq!(refused.scim_type(), Some(scim::ScimType::InvalidValue));
        assert!(refused.detail().contains(&value), "{refused}");
    }
    assert!(house.members(group).await.is_empty());
}

#[tokio::test]
async fn a_change_of_members_alters_the_version_and_a_repeat_does_not() {
    let house = House::new();
    let a = house.user("a").await;
    let group = house.group("g", &[]).await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": a}]}]);
    let before = house.directory.get(Kind::Group, group, crate::Links::Without).await.unwrap().unwrap().meta;
    let first = house.patch(Kind::Group, group, add.clone()).await.unwrap().unwrap().meta;
    let second = house.patch(Kind::Group, group, add).await.unwrap().unwrap().meta;
    assert!(first.version > before.version && first.last_modified > before.last_modified);
    assert_eq!(first, second);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_parallel_adds_all_arrive() {
    let house = Arc::new(House::new());
    let group = house.group("g", &[]).await;
    let mut users = Vec::new();
    for i in 0..1_000 {
        users.push(house.user(&format!("u{i}")).await);
    }
    let tasks: Vec<_> = users
        .iter()
        .map(|user| {
            let (house, user) = (house.clone(), *user);
            tokio::spawn(async move {
                let add = json!([{"op": "Add", "path": "members", "value": [{"value": user}]}]);
                house.patch(Kind::Group, group, add).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(house.members(group).await.len(), 1_000);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_deleted_while_groups_gain_it_leaves_no_edge() {
    for round in 0..30 {
        let house = Arc::new(House::new());
        let user = house.user("a").await;
        let mut groups = Vec::new();
        for i in 0..8 {
            groups.push(house.group(&format!("g{round}-{i}"), &[]).await);
        }
        let adds: Vec<_> = groups
            .iter()
            .map(|group| {
                let (house, group) = (house.clone(), *group);
                tokio::spawn(async move {
                    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                    // Refused when the user is gone already: both ends are right.
                    let _ = house.patch(Kind::Group, group, add).await;
                })
            })
            .collect();
        let gone = {
            let house = house.clone();
            tokio::spawn(async move { house.directory.delete(&house.ctx(), Kind::User, user).await.unwrap() })
        };
        for add in adds {
            add.await.unwrap();
        }
        gone.await.unwrap();
        house.assert_sound().await;
        for group in groups {
            assert!(house.members(group).await.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_group_deleted_while_it_gains_members_leaves_no_edge() {
    for _ in 0..20 {
        let house = Arc::new(House::new());
        let group = house.group("g", &[]).await;
        let mut users = Vec::new();
        for i in 0..8 {
            users.push(house.user(&format!("u{i}")).await);
        }
        let adds: Vec<_> = users
            .into_iter()
            .map(|user| {
                let house = house.clone();
                tokio::spawn(async move {
                    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                    let _ = house.patch(Kind::Group, group, add).await;
                })
            })
            .collect();
        house.directory.delete(&house.ctx(), Kind::Group, group).await.unwrap();
        for add in adds {
            add.await.unwrap();
        }
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn nested_groups_show_as_indirect_and_a_cycle_is_refused() {
    let house = House::new();
    let ann = house.user("ann").await;
    let inner = house.group("inner", &[ann]).await;
    let middle = house.group("middle", &[inner]).await;
    let outer = house.group("outer", &[middle]).await;
    let groups = house.shown(Kind::User, ann).await.unwrap()["groups"].clone();
    let kinds: Vec<_> =
        groups.as_array().unwrap().iter().map(|g| (g["display"].clone(), g["type"].clone())).collect();
    assert_eq!(
        kinds,
        [
            (json!("inner"), json!("direct")),
            (json!("middle"), json!("indirect")),
            (json!("outer"), json!("indirect"))
        ]
    );
    for member in [outer, inner] {
        let refused = refusal(
            house
                .patch(
                    Kind::Group,
                    inner,
                    json!([{"op": "add", "path": "members", "value": [{"value": member}]}]),
                )
                .await,
        );
        assert!(refused.detail().contains("contain itself"), "{refused}");
    }
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_groups_that_take_each_other_at_once_make_no_cycle() {
    for _ in 0..50 {
        let house = Arc::new(House::new());
        let (a, b) = (house.group("a", &[]).await, house.group("b", &[]).await);
        let tasks: Vec<_> = [(a, b), (b, a)]
            .into_iter()
            .map(|(group, member)| {
                let house = house.clone();
                tokio::spawn(async move {
                    let add = json!([{"op": "add", "path": "members", "value": [{"value": member}]}]);
                    house.patch(Kind::Group, group, add).await.is_ok()
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += usize::from(task.await.unwrap());
        }
        assert_eq!(done, 1);
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn o10_replace_members_is_the_set_that_was_sent() {
    let house = House::new();
    let (a, b, c) = (house.user("a").await, house.user("b").await, house.user("c").await);
    let group = house.group("g", &[a, b]).await;
    let value = json!([{"value": b}, {"value": c}, {"value": c}]);
    house
        .patch(Kind::Group, group, json!([{"op": "replace", "path": "members", "value": value}]))
        .await
        .unwrap();
    assert_eq!(house.members(group).await, [b, c]);
    house.patch(Kind::Group, group, json!([{"op": "remove", "path": "members"}])).await.unwrap();
    assert!(house.members(group).await.is_empty());
    house.assert_sound().await;
}

#[tokio::test]
async fn o8_a_rename_leaves_members_untouched() {
    let house = House::new();
    let a = house.user("a").await;
    let group = house.group("g", &[a]).await;
    let rename = json!([{"op": "replace", "value": {"id": group, "displayName": "New"}}]);
    house.patch(Kind::Group, group, rename).await.unwrap();
    assert_eq!(house.members(group).await, [a]);
    assert_eq!(house.shown(Kind::User, a).await.unwrap()["groups"][0]["display"], "New");
    house.assert_sound().await;
}

#[tokio::test]
async fn a_renamed_member_is_shown_by_the_new_name_in_every_group() {
    let house = House::new();
    let ann = house.user("ann").await;
    let (a, b) = (house.group("a", &[ann]).await, house.group("b", &[ann]).await);
    house.patch(Kind::User, ann, json!([{"op": "add", "value": {"displayName": "Ann B"}}])).await.unwrap();
    for group in [a, b] {
        assert_eq!(house.shown(Kind::Group, group).await.unwrap()["members"][0]["display"], "Ann B");
    }
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_member_renamed_while_groups_gain_it_has_one_name() {
    for round in 0..20 {
        let house = Arc::new(House::new());
        let user = house.user("a").await;
        let mut tasks = Vec::new();
        for i in 0..8 {
            let group = house.group(&format!("g{round}-{i}"), &[]).await;
            let house = house.clone();
            tasks.push(tokio::spawn(async move {
                let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                house.patch(Kind::Group, group, add).await.unwrap();
            }));
        }
        let rename = json!([{"op": "add", "value": {"displayName": format!("name {round}")}}]);
        house.patch(Kind::User, user, rename).await.unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        house.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_member_added_and_removed_by_many_at_once_is_counted_right() {
    let house = Arc::new(House::new());
    let group = house.group("g", &[]).await;
    let users = [house.user("a").await, house.user("b").await];
    let tasks: Vec<_> = (0..200)
        .map(|i| {
            let (house, user) = (house.clone(), users[i % 2]);
            tokio::spawn(async move {
                let op = if i % 3 == 0 { "remove" } else { "add" };
                let change = json!([{"op": op, "path": "members", "value": [{"value": user}]}]);
                house.patch(Kind::Group, group, change).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let members = house.members(group).await.len() as u64;
    assert_eq!(house.directory.member_count(group).await.unwrap(), members);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_set_of_members_replaced_while_others_join_is_counted_right() {
    for round in 0..20 {
        let house = Arc::new(House::new());
        let mut users = Vec::new();
        for i in 0..12 {
            users.push(house.user(&format!("u{i}")).await);
        }
        let group = house.group("g", &users[..4]).await;
        let adds: Vec<_> = users[4..]
            .iter()
            .map(|user| {
                let (house, user) = (house.clone(), *user);
                tokio::spawn(async move {
                    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                    house.patch(Kind::Group, group, add).await.unwrap();
                })
            })
            .collect();
        let set = json!([{"op": "replace", "path": "members", "value": [{"value": users[round % 12]}]}]);
        house.patch(Kind::Group, group, set).await.unwrap();
        for add in adds {
            add.await.unwrap();
        }
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn a_store_of_an_earlier_version_gets_its_numbers_of_members_once() {
    let house = House::new();
    let (a, b) = (house.user("a").await, house.user("b").await);
    let group = house.group("g", &[a, b]).await;
    let layout = house.directory.layout;
    // As the version before wrote them: no number, and edges that hold the kind alone.
    let mut old = store::Batch::new().delete(layout.size(group));
    for member in [a, b] {
        old = old.put(layout.member(group, member), "u");
    }
    house.kv.commit(old).await.unwrap();
    house.directory.upgrade().await.unwrap();
    assert_eq!(house.directory.member_count(group).await.unwrap(), 2);
    assert_eq!(house.shown(Kind::Group, group).await.unwrap()["members"][0]["display"], "a");
    let revision = house.kv.revision();
    house.directory.upgrade().await.unwrap();
    assert_eq!(house.kv.revision(), revision);
    house.patch(Kind::User, a, json!([{"op": "add", "value": {"displayName": "A"}}])).await.unwrap();
    assert_eq!(house.shown(Kind::Group, group).await.unwrap()["members"][0]["display"], "A");
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_manager_deleted_while_reports_name_it_is_named_by_nobody_before() {
    let enterprise = scim::urn::ENTERPRISE_USER;
    for round in 0..20 {
        let house = Arc::new(House::new());
        let boss = house.user("boss").await;
        let mut reports = Vec::new();
        for i in 0..6 {
            let body = json!({"userName": format!("r{i}"), enterprise: {"manager": {"value": boss}}});
            reports.push(house.try_create(Kind::User, body).await.unwrap().id);
        }
        let changes: Vec<_> = reports
            .iter()
            .map(|report| {
                let (house, report) = (house.clone(), *report);
                tokio::spawn(async move {
                    let title = json!([{"op": "add", "path": "title", "value": format!("t{round}")}]);
                    house.patch(Kind::User, report, title).await.unwrap();
                })
            })
            .collect();
        house.directory.delete(&house.ctx(), Kind::User, boss).await.unwrap();
        for change in changes {
            change.await.unwrap();
        }
        for report in reports {
            let shown = house.shown(Kind::User, report).await.unwrap();
            assert_eq!(shown.get(enterprise), None);
            assert_eq!(shown["title"], format!("t{round}"));
        }
        house.assert_sound().await;
    }
}
