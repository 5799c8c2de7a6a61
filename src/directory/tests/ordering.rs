use std::collections::BTreeSet;

use proptest::prelude::*;
use scim::filter::BoundFilter;
use scim::sort::{Direction, Sort};
use scim::{Dialect, Lenience};
use serde_json::json;
use uuid::Uuid;

use super::House;
use super::searching::{bound, filter, user};
use crate::search::{Ask, Found, From, Page, Spot, Wanted};
use crate::{Kind, Links};

const SORTED_BY: [&str; 11] = [
    "userName",
    "externalId",
    "displayName",
    "name.familyName",
    "title",
    "active",
    "emails",
    "emails.value",
    "meta.lastModified",
    "id",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
];

fn sorts(house: &House, kinds: &[Kind], by: &str, order: &str) -> Vec<Sort> {
    let dialect = Dialect::tolerant();
    let types: Vec<_> = kinds.iter().map(|kind| house.directory.resource_type(*kind).as_ref()).collect();
    let by = Some(by).filter(|by| !by.is_empty());
    Sort::parse(by, Some(order), house.directory.registry(), &types, &mut Lenience::new(&dialect)).unwrap()
}

async fn ask(house: &House, filter: Option<&BoundFilter>, sort: &Sort, page: Page) -> Found {
    let wanted = vec![Wanted { kind: Kind::User, filter, sort, links: Links::Without }];
    house.directory.query(Ask { wanted, page, base: "" }).await.unwrap()
}

fn ids(found: &Found) -> Vec<Uuid> {
    found.entries.iter().map(|entry| entry.id).collect()
}

/// The simple way: every resource, its key, sorted.
async fn model(house: &House, filter: Option<&BoundFilter>, sort: &Sort) -> Vec<Uuid> {
    let all = Page::Window { start_index: 1, count: 10_000 };
    let entries = house.directory.search(Kind::User, None, all, Links::With).await.unwrap().entries;
    let mut spots: Vec<Spot> = entries
        .iter()
        .filter(|entry| filter.is_none_or(|f| f.matches(&entry.to_object(""))))
        .map(|entry| Spot { key: sort.key(&entry.to_object("")), kind: Kind::User, id: entry.id })
        .collect();
    spots.sort();
    if sort.direction == Direction::Descending {
        spots.reverse();
    }
    spots.into_iter().map(|spot| spot.id).collect()
}

fn order() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("ascending"), Just("descending")]
}

/// Names that share what a row holds of them, and differ behind it.
fn long(number: usize) -> String {
    format!("{}{}", "ä".repeat(90), number % 4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Whatever the way to it, a sorted answer is that of sorting everything: by places, and by cursors in both
    /// directions.
    #[test]
    fn d154_d155_every_page_is_cut_out_of_what_sorting_everything_gives(
        users in (user(0), user(1), user(2), user(3), user(4), user(5), user(6)),
        bare in 0usize..4, alike in 0usize..5,
        by in prop::sample::select(SORTED_BY.as_slice()), order in order(),
        filter in prop::option::of(filter()), count in 1usize..4,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let house = House::new();
            for body in [users.0, users.1, users.2, users.3, users.4, users.5, users.6] {
                house.try_create(Kind::User, body).await.unwrap();
            }
            for number in 0..bare {
                house.user(&format!("bare{number}")).await;
            }
            for number in 0..alike {
                let body = json!({"userName": format!("alike{number}"), "displayName": long(number), "externalId": long(7 * number)});
                house.try_create(Kind::User, body).await.unwrap();
            }
            let filter = filter.map(|text| bound(&house, Kind::User, &text).for_type("User"));
            let sort = sorts(&house, &[Kind::User], by, order).remove(0);
            let wanted = model(&house, filter.as_ref(), &sort).await;
            let how = house.directory.explain(Kind::User, filter.as_ref());

            for start_index in 1..=wanted.len() as u64 + 2 {
                let found = ask(&house, filter.as_ref(), &sort, Page::Window { start_index, count }).await;
                let skip = usize::try_from(start_index).unwrap() - 1;
                let page: Vec<Uuid> = wanted.iter().skip(skip).take(count).copied().collect();
                prop_assert_eq!(ids(&found), page, "from {} by {} {}: {}", start_index, by, order, how);
                prop_assert_eq!(found.known.total, wanted.len() as u64);
            }

            let (mut pages, mut from, mut known) = (Vec::new(), From::Start, None);
            let last = loop {
                let found = ask(&house, filter.as_ref(), &sort, Page::Cursor { from, count, known }).await;
                prop_assert_eq!(found.known.total, wanted.len() as u64);
                prop_assert_eq!(found.previous.is_none(), pages.is_empty());
                pages.push(ids(&found));
                known = Some(found.known);
                match found.next {
                    Some(next) => from = From::After(next),
                    None => break found.previous,
                }
            };
            prop_assert_eq!(pages.concat(), wanted.clone(), "forwards by {} {}: {}", by, order, how);
            prop_assert_eq!(pages.len(), wanted.len().div_ceil(count).max(1));

            let mut back = last;
            for page in pages.iter().rev().skip(1) {
                let from = From::Before(back.clone().expect("a page before the last has one before it or is the first"));
                let found = ask(&house, filter.as_ref(), &sort, Page::Cursor { from, count, known }).await;
                prop_assert_eq!(&ids(&found), page, "backwards by {} {}: {}", by, order, how);
                back = found.previous;
            }
            prop_assert_eq!(back, None);
            Ok(())
        })?;
    }

    /// Between two pages anything may happen to other resources.
    #[test]
    fn d171_resources_that_do_not_change_are_neither_passed_over_nor_repeated(
        by in prop::sample::select(vec!["", "displayName", "userName", "externalId", "title"]), order in order(),
        names in prop::collection::vec("[abc]{0,2}", 12), changes in prop::collection::vec((0u8..3, 0usize..12, "[abc]{0,2}"), 0..40),
        still in prop::collection::btree_set(0usize..12, 3..9), count in 1usize..4,
        narrow in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let house = House::new();
            let body = |number: usize, name: &str| json!({
                "userName": format!("{name}{number}"), "displayName": name, "externalId": name, "title": name,
            });
            let mut users = Vec::new();
            for (number, name) in names.iter().enumerate() {
                users.push(house.try_create(Kind::User, body(number, name)).await.unwrap().id);
            }
            let still: BTreeSet<Uuid> = still.into_iter().map(|number| users[number]).collect();
            let filter = narrow.then(|| bound(&house, Kind::User, "active pr or userName pr"));
            let sort = sorts(&house, &[Kind::User], by, order).remove(0);
            let before = model(&house, filter.as_ref(), &sort).await;
            let (mut seen, mut from, mut known, mut changes) = (Vec::new(), From::Start, None, changes.into_iter());
            loop {
                let found = ask(&house, filter.as_ref(), &sort, Page::Cursor { from, count, known }).await;
                prop_assert_eq!(found.known.total, model(&house, filter.as_ref(), &sort).await.len() as u64);
                seen.extend(ids(&found));
                known = Some(found.known);
                let Some(next) = found.next else { break };
                from = From::After(next);
                for (what, number, name) in changes.by_ref().take(3) {
                    let id = users[number];
                    if still.contains(&id) {
                        continue;
                    }
                    match what {
                        0 => { house.directory.delete(&house.ctx(), Kind::User, id).await.unwrap(); }
                        1 => { house.try_create(Kind::User, body(100 + seen.len() * 50 + number, &name)).await.ok(); }
                        _ => {
                            let changed = json!([{"op": "replace", "value": {"displayName": name, "title": name}}]);
                            house.patch(Kind::User, id, changed).await.unwrap();
                        }
                    }
                }
            }
            let wanted: Vec<Uuid> = before.into_iter().filter(|id| still.contains(id)).collect();
            let found: Vec<Uuid> = seen.into_iter().filter(|id| still.contains(id)).collect();
            prop_assert_eq!(found, wanted);
            Ok(())
        })?;
    }
}

/// Rosters are brought up to date from the feed, so that a deep page is right after any change.
#[tokio::test]
async fn d160_deep_places_stay_right_while_resources_come_and_go() {
    let house = House::new();
    let mut users = Vec::new();
    for number in 0..1_400 {
        users.push(house.user(&format!("u{number:04}")).await);
    }
    let deep = async |house: &House, start_index| {
        let page = Page::Window { start_index, count: 3 };
        let found = house.directory.search(Kind::User, None, page, Links::Without).await.unwrap();
        (ids(&found), found.known.total)
    };
    assert_eq!(deep(&house, 1_201).await, (users[1_200..1_203].to_vec(), 1_400));
    for id in [users.remove(1_300), users.remove(700), users.remove(3)] {
        house.directory.delete(&house.ctx(), Kind::User, id).await.unwrap();
    }
    users.push(house.user("late").await);
    assert_eq!(deep(&house, 1_201).await, (users[1_200..1_203].to_vec(), 1_398));
    assert_eq!(deep(&house, 1_397).await, (users[1_396..].to_vec(), 1_398));
    assert_eq!(deep(&house, 1_399).await, (vec![], 1_398));
    let sort = sorts(&house, &[Kind::User], "id", "descending").remove(0);
    let found = ask(&house, None, &sort, Page::Window { start_index: 1_101, count: 2 }).await;
    assert_eq!(ids(&found), [users[1_398 - 1_101], users[1_398 - 1_102]]);
}

#[tokio::test]
async fn d117_d154_several_kinds_are_read_as_one() {
    let house = House::new();
    let (b, d) = (house.user("b").await, house.user("d").await);
    let (a, c) = (house.group("a", &[b]).await, house.group("c", &[]).await);
    for (id, name) in [(b, "B"), (d, "D")] {
        house
            .patch(Kind::User, id, json!([{"op": "add", "path": "displayName", "value": name}]))
            .await
            .unwrap();
    }
    let kinds = [Kind::User, Kind::Group];
    let read = async |by: &str, order: &str, page: Page| {
        let sorts = sorts(&house, &kinds, by, order);
        let wanted = kinds
            .iter()
            .zip(&sorts)
            .map(|(kind, sort)| Wanted { kind: *kind, filter: None, sort, links: Links::Without })
            .collect();
        house.directory.query(Ask { wanted, page, base: "" }).await.unwrap()
    };
    for (by, order, wanted) in [
        ("", "ascending", [b, d, a, c]),
        ("", "descending", [b, d, a, c]),
        ("shoe", "descending", [c, a, d, b]),
        ("displayName", "ascending", [a, b, c, d]),
        ("displayName", "descending", [d, c, b, a]),
        ("userName", "ascending", [b, d, a, c]),
        ("id", "ascending", [b, d, a, c]),
    ] {
        for (count, start_index) in [(4, 1), (2, 2), (1, 4), (3, 3)] {
            let found = read(by, order, Page::Window { start_index, count }).await;
            let skip = usize::try_from(start_index).unwrap() - 1;
            let page: Vec<Uuid> = wanted.into_iter().skip(skip).take(count).collect();
            assert_eq!((ids(&found), found.known.total), (page, 4), "{by:?} {order} {start_index}+{count}");
        }
        let (mut forwards, mut from, mut spots) = (Vec::new(), From::Start, Vec::new());
        loop {
            let found = read(by, order, Page::Cursor { from, count: 1, known: None }).await;
            forwards.extend(ids(&found));
            spots.push(found.previous.clone());
            let Some(next) = found.next else { break };
            from = From::After(next);
        }
        assert_eq!(forwards, wanted, "{by:?} {order}");
        let back = From::Before(spots.pop().flatten().unwrap());
        let found = read(by, order, Page::Cursor { from: back, count: 3, known: None }).await;
        assert_eq!((ids(&found), found.previous), (wanted[..3].to_vec(), None), "{by:?} {order}");
    }
}
