use proptest::prelude::*;
use scim::filter::{BoundFilter, Filter};
use scim::{Dialect, Lenience};
use serde_json::json;

use super::House;
use crate::{From, Kind, Links, Page};

pub(super) const ALL: Page = Page::Window { start_index: 1, count: 1_000 };

pub(super) fn bound(house: &House, kind: Kind, text: &str) -> BoundFilter {
    let dialect = Dialect::tolerant();
    let filter = Filter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    filter
        .bind(house.directory.registry(), house.directory.resource_type(kind), &mut Lenience::new(&dialect))
        .unwrap_or_else(|e| panic!("{text}: {e}"))
}

async fn names(house: &House, filter: &str) -> Vec<String> {
    let filter = bound(house, Kind::User, filter);
    let found = house.directory.search(Kind::User, Some(&filter), ALL, Links::With).await.unwrap();
    found.entries.iter().map(|e| e.to_object("")["userName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let house = House::new();
    let enterprise = scim::urn::ENTERPRISE_USER;
    for body in [
        json!({"userName": "Ann@x", "externalId": "E1", "title": "Boss", "emails": [{"value": "ann@w", "type": "work"}]}),
        json!({"userName": "bob@x", "active": false, enterprise: {"employeeNumber": "7"}}),
        json!({"userName": "bea@x", "emails": [{"value": "ann@w", "type": "home"}]}),
    ] {
        house.try_create(Kind::User, body).await.unwrap();
    }
    let cases = [
        (r#"userName eq "ANN@X""#, vec!["Ann@x"]),
        (r#"userName eq "nobody""#, vec![]),
        (r#"userName sw "b""#, vec!["bob@x", "bea@x"]),
        (r#"userName gt "bea@x""#, vec!["bob@x"]),
        (r#"userName ge "bea@x""#, vec!["bob@x", "bea@x"]),
        (r#"userName lt "bea@x""#, vec!["Ann@x"]),
        (r#"userName le "BEA@x""#, vec!["Ann@x", "bea@x"]),
        (r#"externalId eq "e1""#, vec![]),
        ("externalId pr", vec!["Ann@x"]),
        (r#"emails[type eq "work" and value eq "ann@w"]"#, vec!["Ann@x"]),
        (r#"emails[type eq "work"].value eq "ann@w""#, vec!["Ann@x"]),
        (r#"emails.value eq "ANN@w""#, vec!["Ann@x", "bea@x"]),
        ("active eq false", vec!["bob@x"]),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "7""#,
            vec!["bob@x"],
        ),
        (r#"title co "os" or userName eq "bob@x""#, vec!["Ann@x", "bob@x"]),
        ("not (title pr)", vec!["bob@x", "bea@x"]),
        (r#"meta.lastModified gt "2020-01-01T00:00:00Z""#, vec!["Ann@x", "bob@x", "bea@x"]),
        (r#"meta.created lt "2020-01-01T00:00:00Z""#, vec![]),
    ];
    for (filter, wanted) in cases {
        assert_eq!(names(&house, filter).await, wanted, "{filter}");
    }
}

#[tokio::test]
async fn e16_membership_is_asked_from_both_sides() {
    let house = House::new();
    let (ann, bob) = (house.user("ann").await, house.user("bob").await);
    let inner = house.group("inner", &[ann]).await;
    let outer = house.group("outer", &[inner, bob]).await;
    let groups = async |filter: String| {
        let filter = bound(&house, Kind::Group, &filter);
        let found = house.directory.search(Kind::Group, Some(&filter), ALL, Links::Without).await.unwrap();
        found.entries.iter().map(|e| e.id).collect::<Vec<_>>()
    };
    assert_eq!(groups(format!(r#"id eq "{inner}" and members eq "{ann}""#)).await, [inner]);
    assert!(groups(format!(r#"id eq "{outer}" and members eq "{ann}""#)).await.is_empty());
    assert_eq!(names(&house, &format!(r#"groups.value eq "{outer}""#)).await, ["ann", "bob"]);
    assert_eq!(groups(r#"members.display eq "ann""#.into()).await, [inner]);
}

#[tokio::test]
async fn pages_cover_everything_once_and_totals_are_exact() {
    let house = House::new();
    for i in 0..25 {
        house.user(&format!("u{i:02}")).await;
    }
    let mut seen = Vec::new();
    for start in [1, 11, 21, 31] {
        let page = Page::Window { start_index: start, count: 10 };
        let found = house.directory.search(Kind::User, None, page, Links::With).await.unwrap();
        assert_eq!(found.known.total, 25);
        seen.extend(found.entries.iter().map(|e| e.id));
    }
    let (mut after, mut from) = (Vec::new(), From::Start);
    loop {
        let page = Page::Cursor { from, count: 7, known: None };
        let found = house.directory.search(Kind::User, None, page, Links::With).await.unwrap();
        assert_eq!(found.previous.is_none(), after.is_empty());
        after.extend(found.entries.iter().map(|e| e.id));
        let Some(next) = found.next else { break };
        from = From::After(next);
    }
    assert_eq!((seen.len(), &seen), (25, &after));
    let none = Page::Window { start_index: 1, count: 0 };
    assert_eq!(house.directory.search(Kind::User, None, none, Links::With).await.unwrap().known.total, 25);
}

/// A value from a small set, so that filters hit; one is longer than an index row holds.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abB]{0,3}".boxed(),
        Just("é".to_owned()).boxed(),
        Just("ab\u{0}c".to_owned()).boxed(),
        (0usize..3)
            .prop_map(|n| format!("{}{}", "long".repeat(40), "xyz".get(..n).unwrap_or_default()))
            .boxed(),
    ]
}

fn leaf() -> impl Strategy<Value = String> {
    let attribute = prop_oneof![
        Just("userName"),
        Just("externalId"),
        Just("displayName"),
        Just("name.familyName"),
        Just("emails.value"),
        Just("emails"),
        Just("title"),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"),
    ];
    let operator = prop_oneof![
        Just("eq"),
        Just("ne"),
        Just("co"),
        Just("sw"),
        Just("ew"),
        Just("gt"),
        Just("ge"),
        Just("lt"),
        Just("le")
    ];
    prop_oneof![
        8 => (attribute.clone(), operator, word()).prop_map(|(a, o, w)| format!("{a} {o} {}", json!(w))),
        1 => attribute.prop_map(|a| format!("{a} pr")),
        1 => word().prop_map(|w| format!("emails[type eq \"work\" and value sw {}]", json!(w))),
        1 => Just("active eq true".to_owned()),
    ]
}

pub(super) fn filter() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

pub(super) fn user(index: usize) -> impl Strategy<Value = serde_json::Value> {
    (word(), word(), word(), proptest::collection::vec((word(), any::<bool>()), 0..3), any::<bool>(), word()).prop_map(
        move |(a, b, c, emails, active, number)| {
            let emails: Vec<_> = emails
                .into_iter()
                .map(|(value, work)| json!({"value": value, "type": if work { "work" } else { "home" }}))
                .collect();
            json!({
                "userName": format!("{a}{index}"), "externalId": b, "displayName": c, "name": {"familyName": a},
                "emails": emails, "active": active, "title": b,
                scim::urn::ENTERPRISE_USER: {"employeeNumber": number},
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever the plan, the answer is that of holding every resource against the filter.
    #[test]
    fn a_plan_finds_what_a_scan_finds(
        users in (user(0), user(1), user(2), user(3), user(4), user(5)),
        filters in proptest::collection::vec(filter(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let house = House::new();
            for body in [users.0, users.1, users.2, users.3, users.4, users.5] {
                house.try_create(Kind::User, body).await.unwrap();
            }
            house.assert_sound().await;
            let all = house.directory.search(Kind::User, None, ALL, Links::With).await.unwrap().entries;
            for text in &filters {
                let filter = bound(&house, Kind::User, text);
                let found = house.directory.search(Kind::User, Some(&filter), ALL, Links::With).await.unwrap();
                let found: Vec<_> = found.entries.iter().map(|e| e.id).collect();
                let wanted: Vec<_> =
                    all.iter().filter(|e| filter.matches(&e.to_object(""))).map(|e| e.id).collect();
                prop_assert_eq!(found, wanted, "{} by {}", text, house.directory.explain(Kind::User, Some(&filter)));
            }
            Ok(())
        })?;
    }
}
