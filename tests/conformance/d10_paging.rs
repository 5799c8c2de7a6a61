//! Numbers 156 to 174: pages by index and by cursor (RFC 7644 section 3.4.2.4, RFC 9865).

use serde_json::{Value, json};

use crate::client::Client;
use crate::client::form;
use crate::local::ScopedToken;
use crate::server::Server;

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn users(scim: &Client, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| scim.user(name)).collect()
}

fn page(scim: &Client, query: &str) -> Value {
    scim.get(&format!("/Users?{query}")).expect(200).json()
}

fn names(page: &Value) -> Vec<String> {
    let resources = page["Resources"].as_array().unwrap();
    resources.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

fn cursor<'p>(page: &'p Value, name: &str) -> Option<&'p str> {
    page.get(name).map(|cursor| cursor.as_str().unwrap())
}

/// Every page of a query by cursors.
fn pages(scim: &Client, query: &str) -> Vec<Value> {
    let mut pages = vec![page(scim, &format!("{query}&cursor"))];
    while let Some(next) = cursor(pages.last().unwrap(), "nextCursor") {
        pages.push(page(scim, &format!("{query}&cursor={next}")));
    }
    pages
}

fn all_names(pages: &[Value]) -> Vec<String> {
    pages.iter().flat_map(names).collect()
}

/// The ids of every page over all types, by cursors.
fn ids_of_all_types(scim: &Client, query: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim.get(&format!("/?{query}&cursor={cursor}")).expect(200).json();
        let resources = page["Resources"].as_array().cloned().unwrap_or_default();
        ids.extend(resources.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        assert!(ids.len() < 100, "pages without end: {query}");
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return ids,
        }
    }
}

const SIX: [&str; 6] = ["ann", "bob", "cyd", "dan", "eve", "fay"];

#[test]
fn c156_places_and_counts_out_of_range_are_brought_into_it() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    for start in ["0", "-5", "1"] {
        let page = page(&scim, &format!("startIndex={start}&count=2"));
        assert_eq!((names(&page), &page["startIndex"]), (vec!["ann".into(), "bob".into()], &json!(1)));
    }
    for count in ["0", "-3"] {
        let page = page(&scim, &format!("count={count}"));
        assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(6), &json!(0)));
        assert!(names(&page).is_empty());
    }
}

#[test]
fn c157_a_page_has_never_more_than_its_count_nor_than_the_most_there_is() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    assert_eq!(names(&page(&scim, "count=4")).len(), 4);
    assert_eq!(names(&page(&scim, "count=1000000")).len(), 6);
    let config = scim.get("/ServiceProviderConfig").expect(200).json();
    let most = config["pagination"]["maxPageSize"].as_u64().unwrap();
    assert_eq!(config["filter"]["maxResults"], most);
    // A count beyond the most is the most: a cursor remembers it so.
    let first = page(&scim, "cursor&count=1000000");
    assert_eq!(cursor(&first, "nextCursor"), None);
}

#[test]
fn c158_a_place_beyond_the_end_is_an_empty_page() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    for start in ["7", "500", "9223372036854775807", "99999999999999999999999"] {
        let page = page(&scim, &format!("startIndex={start}"));
        assert_eq!((names(&page).len(), &page["totalResults"]), (0, &json!(6)), "{start}");
    }
}

#[test]
fn c159_counters_are_numbers() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    let page = page(&scim, "startIndex=2&count=3");
    for (name, value) in [("totalResults", 6), ("startIndex", 2), ("itemsPerPage", 3)] {
        assert_eq!(page[name], value, "{name}");
    }
}

#[test]
fn c160_pages_by_place_cover_everything_once_and_stay_the_same() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &["fay", "ann", "eve", "bob", "dan", "cyd"]);
    for query in ["", "sortBy=userName&", "filter=userName+pr&", "filter=active+pr+or+userName+pr&"] {
        let read = || -> Vec<String> {
            (0..3)
                .flat_map(|n| names(&page(&scim, &format!("{query}startIndex={}&count=2", 2 * n + 1))))
                .collect()
        };
        let once = read();
        let mut sorted = once.clone();
        sorted.sort();
        assert_eq!(sorted, SIX, "{query}");
        assert_eq!(read(), once, "{query}");
    }
}

#[test]
fn c161_an_empty_cursor_begins() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    for query in ["cursor&count=4", "cursor=&count=4", "count=4&cursor"] {
        let page = page(&scim, query);
        assert_eq!((names(&page).len(), page["totalResults"].as_u64()), (4, Some(6)), "{query}");
        assert!(cursor(&page, "nextCursor").is_some() && page.get("startIndex").is_none(), "{query}");
    }
}

#[test]
fn c162_cursors_are_of_characters_a_uri_takes_as_they_are() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &["å b", "ö&=#", "z"]);
    for page in pages(&scim, "sortBy=userName&count=1") {
        for name in ["nextCursor", "previousCursor"] {
            let text = cursor(&page, name).unwrap_or_default();
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{text}");
        }
    }
}

#[test]
fn c163_every_page_but_the_last_leads_to_the_next() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    for (count, lengths) in [(2, vec![2, 2, 2]), (4, vec![4, 2]), (6, vec![6]), (7, vec![6])] {
        let pages = pages(&scim, &format!("count={count}"));
        assert_eq!(pages.iter().map(|page| names(page).len()).collect::<Vec<_>>(), lengths);
        assert_eq!(all_names(&pages), SIX);
        assert!(pages.iter().all(|page| page["totalResults"] == 6));
    }
    let none = pages(&scim, "filter=userName+eq+%22nobody%22");
    assert_eq!((none.len(), none[0]["totalResults"].as_u64()), (1, Some(0)));
}

#[test]
fn c164_pages_lead_back_to_the_first_which_leads_no_further() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    for query in
        ["count=2", "sortBy=userName&sortOrder=descending&count=2", "filter=active+pr+or+userName+pr&count=2"]
    {
        let forwards = pages(&scim, query);
        assert_eq!(cursor(&forwards[0], "previousCursor"), None, "{query}");
        let mut page = forwards[2].clone();
        for earlier in [&forwards[1], &forwards[0]] {
            let previous = cursor(&page, "previousCursor").unwrap();
            page = self::page(&scim, &format!("{query}&cursor={previous}"));
            assert_eq!(names(&page), names(earlier), "{query}");
        }
        assert_eq!(cursor(&page, "previousCursor"), None, "{query}");
        let again = cursor(&page, "nextCursor").unwrap();
        assert_eq!(names(&self::page(&scim, &format!("{query}&cursor={again}"))), names(&forwards[1]));
    }
}

#[test]
fn c165_a_cursor_goes_with_its_own_query_only() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    scim.group("g", &[]);
    let first = page(&scim, "filter=userName+pr&sortBy=userName&count=2&cursor");
    let next = cursor(&first, "nextCursor").unwrap();
    for other in [
        "sortBy=userName&count=2",
        "filter=userName+sw+%22a%22&sortBy=userName&count=2",
        "filter=userName+pr&count=2",
        "filter=userName+pr&sortBy=displayName&count=2",
        "filter=userName+pr&sortBy=userName&sortOrder=descending&count=2",
    ] {
        scim.get(&format!("/Users?{other}&cursor={next}")).error(400, "invalidCursor");
    }
    let elsewhere = format!("/Groups?filter=userName+pr&sortBy=userName&count=2&cursor={next}");
    scim.get(&elsewhere).error(400, "invalidCursor");
    // What is shown of a resource may change from page to page.
    let same = format!("filter=userName+pr&sortBy=userName&count=2&attributes=userName&cursor={next}");
    assert_eq!(names(&page(&scim, &same)), ["cyd", "dan"]);
}

#[test]
fn c166_bad_cursors_and_counts_have_their_names() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    let first = page(&scim, "count=2&cursor");
    let next = cursor(&first, "nextCursor").unwrap();
    for garbage in ["x", "abcd", "null", &"A".repeat(200), &next[1..], &format!("{next}A"), "%F0%9F%92%A9"] {
        scim.get(&format!("/Users?count=2&cursor={garbage}")).error(400, "invalidCursor");
    }
    for count in ["3", "0", "ten", ""] {
        scim.get(&format!("/Users?count={count}&cursor={next}")).error(400, "invalidCount");
    }
    scim.get("/Users?count=ten&cursor").error(400, "invalidCount");
    assert_eq!(names(&page(&scim, &format!("cursor={next}"))), ["cyd", "dan"]);
    // That a cursor expires is tested where the clock is an argument: `server/scim_api/cursor.rs`.
    let config = scim.get("/ServiceProviderConfig").expect(200).json();
    assert!(config["pagination"]["cursorTimeout"].as_u64().unwrap() >= 60);
}

#[test]
fn c167_the_ways_of_paging_are_told_truly() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    let told = scim.get("/ServiceProviderConfig").expect(200).json()["pagination"].clone();
    assert_eq!((&told["cursor"], &told["index"]), (&json!(true), &json!(true)));
    assert_eq!(told["defaultPaginationMethod"], "index");
    // Without a cursor the answer is one by index.
    let default = page(&scim, "count=2");
    assert_eq!(default["startIndex"], 1);
    assert_eq!(cursor(&default, "nextCursor"), None);
}

#[test]
fn c168_a_place_and_a_cursor_exclude_each_other() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    scim.get("/Users?startIndex=1&cursor").error(400, "invalidValue");
    let body = json!({"schemas": [SEARCH_REQUEST], "startIndex": 1, "cursor": ""});
    scim.post("/Users/.search", &body).error(400, "invalidValue");
}

#[test]
fn c169_queries_in_bodies_page_by_cursors_too() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    let body = |cursor: &str, count: usize| json!({"schemas": [SEARCH_REQUEST], "filter": "userName pr", "count": count, "cursor": cursor});
    let first = scim.post("/Users/.search", &body("", 4)).expect(200).json();
    let next = cursor(&first, "nextCursor").unwrap();
    let second = scim.post("/Users/.search", &body(next, 4)).expect(200).json();
    assert_eq!(
        (names(&first), names(&second)),
        (SIX[..4].iter().map(ToString::to_string).collect(), vec!["eve".into(), "fay".into()])
    );
    assert_eq!(cursor(&second, "nextCursor"), None);
    scim.post("/Users/.search", &body(next, 5)).error(400, "invalidCount");
    scim.post("/Users/.search", &body("nonsense", 4)).error(400, "invalidCursor");
    // The query is the same one in the URI.
    assert_eq!(names(&page(&scim, &format!("filter=userName+pr&count=4&cursor={next}"))), ["eve", "fay"]);
}

#[test]
fn c170_a_cursor_is_bound_to_account_and_permissions() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    let local = server.local();
    let mine = local.scoped_token("one", &["users:read"]);
    let other = local.scoped_token("two", &["users:read"]);
    let client = |token: &ScopedToken| server.client_with(&token.secret);
    let first = page(&client(&mine), "count=2&cursor");
    let next = format!("/Users?count=2&cursor={}", cursor(&first, "nextCursor").unwrap());
    client(&mine).get(&next).expect(200);
    client(&other).get(&next).error(400, "invalidCursor");
    let change = |scopes: &[&str]| {
        let body = json!({"permissions": {"kind": "scoped", "scopes": scopes}});
        let answer = local.call("PATCH", &format!("/api/accounts/{}", mine.account), Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.story());
    };
    change(&["users:read", "users:write"]);
    client(&mine).get(&next).error(400, "invalidCursor");
    change(&["teams:read"]);
    client(&mine).get(&next).expect(403);
}

#[test]
fn c171_cursors_survive_a_restart_and_changes_in_between() {
    let server = Server::start();
    let (scim, token) = (server.client(), server.ready.secret_token.clone());
    let ids = users(&scim, &["ann", "bob", "cyd", "dan", "eve", "fay", "gus"]);
    let query = "sortBy=userName&count=2";
    let first = page(&scim, &format!("{query}&cursor"));
    // The spot itself goes, others come before and after it, one moves past it.
    scim.delete(&format!("/Users/{}", ids[1])).expect(204);
    users(&scim, &["abe", "cat"]);
    scim.patch_user(&ids[5], &json!([{"op": "replace", "path": "userName", "value": "zoe"}]));
    let server = Server::start_in(server.stop().1);
    let scim = server.client_with(&token);
    let mut seen = names(&first);
    let mut next = cursor(&first, "nextCursor").map(str::to_owned);
    while let Some(cursor) = next {
        let page = page(&scim, &format!("{query}&cursor={cursor}"));
        assert_eq!(page["totalResults"], 8);
        seen.extend(names(&page));
        next = self::cursor(&page, "nextCursor").map(str::to_owned);
    }
    assert_eq!(seen, ["ann", "bob", "cat", "cyd", "dan", "eve", "gus", "zoe"]);
}

#[test]
fn c172_pages_by_cursor_are_sorted_as_asked() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &["dan", "Ann", "cyd", "BOB"]);
    let sorted = ["Ann", "BOB", "cyd", "dan"];
    for (order, wanted) in
        [("ascending", sorted.to_vec()), ("descending", sorted.into_iter().rev().collect())]
    {
        let pages = pages(&scim, &format!("sortBy=userName&sortOrder={order}&count=3"));
        assert_eq!(all_names(&pages), wanted);
    }
}

#[test]
fn c173_the_total_is_there_on_every_page_and_exact_while_things_change() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    for filter in ["userName pr", "active pr or userName pr", "userName sw \"a\" or userName gt \"b\""] {
        let query = format!("filter={}&count=2", form(filter));
        let first = page(&scim, &format!("{query}&cursor"));
        assert_eq!(first["totalResults"], 6, "{filter}");
        let gone = scim.user("zoe");
        let next = cursor(&first, "nextCursor").unwrap();
        assert_eq!(page(&scim, &format!("{query}&cursor={next}"))["totalResults"], 7, "{filter}");
        scim.delete(&format!("/Users/{gone}")).expect(204);
        assert_eq!(page(&scim, &format!("{query}&cursor={next}"))["totalResults"], 6, "{filter}");
    }
}

#[test]
fn c174_a_cursor_reveals_nothing() {
    let server = Server::start();
    let scim = server.client();
    users(&scim, &SIX);
    let cursors: Vec<String> = (0..2)
        .map(|_| cursor(&page(&scim, "sortBy=userName&count=2&cursor"), "nextCursor").unwrap().to_owned())
        .collect();
    // The same spot twice is two texts that share nothing to speak of, and the length tells no value.
    let same = cursors[0].bytes().zip(cursors[1].bytes()).filter(|(a, b)| a == b).count();
    assert!(same < cursors[0].len() / 4, "{same} of {}", cursors[0].len());
    scim.user(&format!("a{}", "x".repeat(20)));
    let longer = page(&scim, "sortBy=userName&count=2&cursor");
    assert_eq!(cursor(&longer, "nextCursor").unwrap().len(), cursors[0].len());
}

#[test]
fn c155_c171_pages_over_all_types_have_each_resource_once_also_where_a_type_lacks_what_sorts() {
    let server = Server::start();
    let scim = server.client();
    let groups = |names: &[&str]| names.iter().for_each(|name| _ = scim.group(name, &[]));
    groups(&["g0", "g1", "g2"]);
    users(&scim, &["ann", "bob", "cyd"]);
    groups(&["g3", "g4", "g5"]);
    for by in ["userName", "title", "displayName", "active", "id", "meta.created"] {
        for order in ["ascending", "descending"] {
            let query = format!("sortBy={by}&sortOrder={order}");
            let list = scim.get(&format!("/?{query}&count=100")).expect(200).json();
            let whole: Vec<_> =
                list["Resources"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
            assert_eq!(whole.len(), 9, "{query}");
            for count in 1..=5 {
                let paged = ids_of_all_types(&scim, &format!("{query}&count={count}"));
                assert_eq!(json!(paged), json!(whole), "{query}&count={count}");
            }
        }
    }
}
