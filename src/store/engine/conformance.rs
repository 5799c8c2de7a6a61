//! The questions every engine answers alike, asked of each of them.
//!
//! It knows no engine; the tests at its foot, and those of the engines, bring one.

use std::{future::Future, pin::Pin};

use crate::{Batch, CommitError, Guard, Key, Kv, Range, Revision, Row, StoreError, Stored};

type Case = (&'static str, fn(Kv) -> Pin<Box<dyn Future<Output = ()>>>);

/// Every question with its name.
pub(super) const CASES: &[Case] = &[
    ("a new store is empty", |kv| Box::pin(a_new_store_is_empty(kv))),
    ("a put is read with its revision", |kv| Box::pin(a_put_is_read_with_its_revision(kv))),
    ("values of every size come back", |kv| Box::pin(values_of_every_size_come_back(kv))),
    ("writes of a batch happen in order", |kv| Box::pin(writes_of_a_batch_happen_in_order(kv))),
    ("a refused batch leaves no trace", |kv| Box::pin(a_refused_batch_leaves_no_trace(kv))),
    ("absent and present look at the key", |kv| Box::pin(absent_and_present_look_at_the_key(kv))),
    ("at holds only for the same revision", |kv| Box::pin(at_holds_only_for_the_same_revision(kv))),
    ("quiet sees puts and no deletes", |kv| Box::pin(quiet_sees_puts_and_no_deletes(kv))),
    ("the first failed guard is named", |kv| Box::pin(the_first_failed_guard_is_named(kv))),
    ("a batch without writes gets no revision", |kv| Box::pin(no_writes_no_revision(kv))),
    ("counters add up", |kv| Box::pin(counters_add_up(kv))),
    ("a value that is no counter is an error", |kv| Box::pin(no_counter_is_an_error(kv))),
    ("appended rows come in order", |kv| Box::pin(appended_rows_come_in_order(kv))),
    ("repoint keeps one row", |kv| Box::pin(repoint_keeps_one_row(kv))),
    ("a range is read in pages both ways", |kv| Box::pin(a_range_is_read_in_pages_both_ways(kv))),
    ("bounds are kept", |kv| Box::pin(bounds_are_kept(kv))),
    ("long ranges are counted and scanned", |kv| Box::pin(long_ranges(kv))),
    ("reserved keys are refused", |kv| Box::pin(reserved_keys_are_refused(kv))),
    ("a thousand commits at once are all there", |kv| Box::pin(a_thousand_at_once(kv))),
    ("one of many creators wins", |kv| Box::pin(one_of_many_creators_wins(kv))),
    ("no increment at once is lost", |kv| Box::pin(no_increment_is_lost(kv))),
    ("what is read in one moment is one state", |kv| Box::pin(one_moment_is_one_state(kv))),
];

/// Everything in a store.
pub(super) async fn content(kv: &Kv) -> Vec<Row> {
    kv.scan(Range::prefix([]), usize::MAX).await.unwrap()
}

fn keys(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| std::str::from_utf8(&row.key).unwrap()).collect()
}

fn key(text: &str) -> Key {
    text.as_bytes().to_vec()
}

async fn value(kv: &Kv, key: &str) -> Option<String> {
    let stored = kv.get(key.as_bytes()).await.unwrap()?;
    Some(String::from_utf8(stored.value.to_vec()).unwrap())
}

async fn a_new_store_is_empty(kv: Kv) {
    assert_eq!(kv.revision(), Revision::new(0));
    assert_eq!(kv.get(b"a").await, Ok(None));
    assert_eq!(content(&kv).await, []);
    assert_eq!(kv.count(Range::prefix([])).await, Ok(0));
    assert_eq!(kv.counter(b"a").await, Ok(0));
    assert_eq!(kv.verify().await.unwrap().keys, 0);
}

async fn a_put_is_read_with_its_revision(kv: Kv) {
    let first = kv.commit(Batch::new().put("a", "1").put("b", "1")).await.unwrap();
    let second = kv.commit(Batch::new().put("a", "2")).await.unwrap();
    assert_eq!((first, second, kv.revision()), (Revision::new(1), Revision::new(2), second));
    assert_eq!(kv.get(b"a").await, Ok(Some(Stored { revision: second, value: "2".into() })));
    assert_eq!(kv.get(b"b").await, Ok(Some(Stored { revision: first, value: "1".into() })));
    kv.commit(Batch::new().delete("a").delete("never there")).await.unwrap();
    assert_eq!(kv.get(b"a").await, Ok(None));
}

async fn values_of_every_size_come_back(kv: Kv) {
    let sizes = [0, 1, 10, 11, 22, 23, 255, 256, 257, 4096, 70_000, 1_200_000];
    for size in sizes {
        let value = vec![u8::try_from(size % 251).unwrap(); size];
        kv.commit(Batch::new().put(format!("s{size}"), value)).await.unwrap();
    }
    for size in sizes {
        let stored = kv.get(format!("s{size}").as_bytes()).await.unwrap().unwrap();
        assert_eq!(stored.value.len(), size);
        assert!(stored.value.iter().all(|byte| usize::from(*byte) == size % 251));
    }
}

async fn writes_of_a_batch_happen_in_order(kv: Kv) {
    let batch = Batch::new().put("a", "1").delete("a").put("b", "1").put("b", "2").delete("c").put("c", "3");
    kv.commit(batch).await.unwrap();
    assert_eq!(keys(&content(&kv).await), ["b", "c"]);
    assert_eq!(value(&kv, "b").await.unwrap(), "2");
}

async fn a_refused_batch_leaves_no_trace(kv: Kv) {
    kv.commit(Batch::new().put("a", "1")).await.unwrap();
    let before = content(&kv).await;
    let batch = Batch::new().put("b", "1").add("n", 1).append("log/", "x").guard(Guard::Absent(key("a")));
    assert_eq!(kv.commit(batch).await, Err(CommitError::Refused { guard: 0 }));
    assert_eq!(content(&kv).await, before);
    assert_eq!(kv.revision(), Revision::new(1));
    assert_eq!(kv.commit(Batch::new().put("c", "1")).await, Ok(Revision::new(2)));
}

async fn absent_and_present_look_at_the_key(kv: Kv) {
    let refused = Err(CommitError::Refused { guard: 0 });
    let absent = || Batch::new().guard(Guard::Absent(key("a")));
    let present = || Batch::new().guard(Guard::Present(key("a")));
    assert_eq!(kv.commit(present().put("b", "1")).await, refused);
    // A guard looks at the time before the batch, not at the batch's own writes.
    assert_eq!(kv.commit(present().put("a", "1")).await, refused);
    kv.commit(absent().put("a", "")).await.unwrap();
    assert_eq!(kv.commit(absent().put("b", "1")).await, refused);
    kv.commit(present().delete("a")).await.unwrap();
    kv.commit(absent().put("b", "1")).await.unwrap();
}

async fn at_holds_only_for_the_same_revision(kv: Kv) {
    let refused = Err(CommitError::Refused { guard: 0 });
    let at = |revision| Batch::new().guard(Guard::At(key("a"), revision));
    assert_eq!(kv.commit(at(Revision::new(0)).put("a", "1")).await, refused);
    let first = kv.commit(Batch::new().put("a", "1")).await.unwrap();
    let second = kv.commit(at(first).put("a", "1")).await.unwrap();
    assert_eq!(kv.commit(at(first).put("a", "2")).await, refused);
    kv.commit(at(second).delete("a")).await.unwrap();
    assert_eq!(kv.commit(at(second).put("a", "3")).await, refused);
}

async fn quiet_sees_puts_and_no_deletes(kv: Kv) {
    let refused = Err(CommitError::Refused { guard: 0 });
    let quiet = |prefix: &str, since| Batch::new().guard(Guard::Quiet { prefix: key(prefix), since });
    let first = kv.commit(Batch::new().put("p/1", "1").put("p/2", "1")).await.unwrap();
    kv.commit(quiet("p/", first).put("other", "1")).await.unwrap();
    kv.commit(quiet("p/", first).put("q/1", "1")).await.unwrap();
    assert_eq!(kv.commit(quiet("p/", Revision::new(0)).put("x", "1")).await, refused);
    kv.commit(Batch::new().delete("p/2")).await.unwrap();
    let latest = kv.commit(quiet("p/", first).put("p/3", "1")).await.unwrap();
    assert_eq!(kv.commit(quiet("p/", first).put("x", "1")).await, refused);
    kv.commit(quiet("p/", latest).put("x", "1")).await.unwrap();
    kv.commit(Batch::new().delete("p/3")).await.unwrap();
    kv.commit(quiet("p/", first).put("x", "1")).await.unwrap();
    kv.commit(quiet("no such/", Revision::new(0)).put("x", "1")).await.unwrap();
}

async fn the_first_failed_guard_is_named(kv: Kv) {
    kv.commit(Batch::new().put("a", "1")).await.unwrap();
    let mut batch = Batch::new().put("b", "1");
    assert_eq!(batch.require(Guard::Present(key("a"))), 0);
    assert_eq!(batch.require(Guard::Absent(key("b"))), 1);
    assert_eq!(batch.require(Guard::Present(key("c"))), 2);
    assert_eq!(batch.require(Guard::Absent(key("a"))), 3);
    assert_eq!(kv.commit(batch).await, Err(CommitError::Refused { guard: 2 }));
}

async fn no_writes_no_revision(kv: Kv) {
    assert_eq!(kv.commit(Batch::new()).await, Ok(Revision::new(0)));
    kv.commit(Batch::new().put("a", "1")).await.unwrap();
    assert_eq!(kv.commit(Batch::new().guard(Guard::Present(key("a")))).await, Ok(Revision::new(1)));
    let refused = kv.commit(Batch::new().guard(Guard::Absent(key("a")))).await;
    assert_eq!(refused, Err(CommitError::Refused { guard: 0 }));
    assert_eq!(kv.revision(), Revision::new(1));
}

async fn counters_add_up(kv: Kv) {
    kv.commit(Batch::new().add("n", 5).add("n", -7).add("m", 1)).await.unwrap();
    kv.commit(Batch::new().add("n", 3)).await.unwrap();
    assert_eq!((kv.counter(b"n").await, kv.counter(b"m").await), (Ok(1), Ok(1)));
    assert_eq!(&kv.get(b"n").await.unwrap().unwrap().value[..], 1_i64.to_le_bytes());
    kv.commit(Batch::new().delete("n").add("n", 9)).await.unwrap();
    assert_eq!(kv.counter(b"n").await, Ok(9));
}

async fn no_counter_is_an_error(kv: Kv) {
    kv.commit(Batch::new().put("text", "1").add("full", i64::MAX)).await.unwrap();
    let error = StoreError::NotACounter { key: key("text") };
    assert_eq!(kv.counter(b"text").await, Err(error.clone()));
    let batch = Batch::new().put("b", "1").add("text", 1);
    assert_eq!(kv.commit(batch).await, Err(CommitError::Store(error)));
    let overflow = kv.commit(Batch::new().put("b", "1").add("full", 1)).await;
    assert_eq!(overflow, Err(CommitError::Store(StoreError::CounterOverflow { key: key("full") })));
    assert_eq!(kv.get(b"b").await, Ok(None));
    assert_eq!(kv.revision(), Revision::new(1));
}

async fn appended_rows_come_in_order(kv: Kv) {
    for commit in 0..300 {
        kv.commit(Batch::new().append("log/", format!("{commit}a")).append("log/", format!("{commit}b")))
            .await
            .unwrap();
    }
    let rows = kv.scan(Range::prefix("log/"), usize::MAX).await.unwrap();
    let values: Vec<_> = rows.iter().map(|row| String::from_utf8(row.value.to_vec()).unwrap()).collect();
    let expected: Vec<_> = (0..300).flat_map(|n| [format!("{n}a"), format!("{n}b")]).collect();
    assert_eq!(values, expected);
    for row in rows {
        assert_eq!(row.key[4..12], row.revision.get().to_be_bytes());
    }
}

async fn repoint_keeps_one_row(kv: Kv) {
    let first = kv.commit(Batch::new().repoint("at/1", "time/10/1")).await.unwrap();
    assert_eq!(keys(&content(&kv).await), ["at/1", "time/10/1"]);
    kv.commit(Batch::new().repoint("at/1", "time/20/1").repoint("at/2", "time/20/2")).await.unwrap();
    assert_eq!(keys(&content(&kv).await), ["at/1", "at/2", "time/20/1", "time/20/2"]);
    assert_eq!(value(&kv, "at/1").await.unwrap(), "time/20/1");
    assert_eq!(value(&kv, "time/20/1").await.unwrap(), "");
    // To the same row again, and twice in one batch.
    let last = kv.commit(Batch::new().repoint("at/1", "time/20/1")).await.unwrap();
    assert_eq!(kv.get(b"time/20/1").await.unwrap().unwrap().revision, last);
    kv.commit(Batch::new().repoint("at/1", "time/30/1").repoint("at/1", "time/40/1")).await.unwrap();
    assert_eq!(keys(&content(&kv).await), ["at/1", "at/2", "time/20/2", "time/40/1"]);
    assert!(first < last);
}

async fn a_range_is_read_in_pages_both_ways(kv: Kv) {
    let mut batch = Batch::new().put("o", "").put("q", "").put("p\u{7f}", "");
    for n in 0..700 {
        batch = batch.put(format!("p/{n:04}"), format!("{n}"));
    }
    kv.commit(batch).await.unwrap();
    let expected: Vec<_> = (0..700).map(|n| format!("p/{n:04}")).collect();
    for page in [1, 7, 256, 257, 700, 701, usize::MAX] {
        let (mut up, mut range) = (Vec::new(), Range::prefix("p/"));
        while let Some(last) = {
            let rows = kv.scan(range.clone(), page).await.unwrap();
            assert!(rows.len() <= page);
            up.extend(rows.iter().map(|row| String::from_utf8(row.key.clone()).unwrap()));
            rows.into_iter().next_back()
        } {
            range = Range::after("p/", last.key);
        }
        assert_eq!(up, expected);
        let (mut down, mut range) = (Vec::new(), Range::prefix("p/").descending());
        while let Some(last) = {
            let rows = kv.scan(range.clone(), page).await.unwrap();
            down.extend(rows.iter().map(|row| String::from_utf8(row.key.clone()).unwrap()));
            rows.into_iter().next_back()
        } {
            range = Range::before("p/", last.key);
        }
        down.reverse();
        assert_eq!(down, expected);
    }
    assert_eq!(kv.scan(Range::prefix("p/"), 0).await.unwrap(), []);
}

async fn bounds_are_kept(kv: Kv) {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    kv.commit(["a", "p/1", "p/2", "p/3", "p/4", "z"].iter().fold(Batch::new(), |b, k| b.put(*k, "")))
        .await
        .unwrap();
    for (from, to, expected) in [
        (Included(key("p/2")), Excluded(key("p/4")), &["p/2", "p/3"][..]),
        (Excluded(key("p/2")), Included(key("p/4")), &["p/3", "p/4"]),
        (Unbounded, Included(key("p/1")), &["p/1"]),
        (Included(key("a")), Included(key("z")), &["p/1", "p/2", "p/3", "p/4"]),
        (Included(key("p/3")), Included(key("p/3")), &["p/3"]),
        (Excluded(key("p/3")), Excluded(key("p/3")), &[]),
        (Included(key("p/3")), Excluded(key("p/3")), &[]),
        (Included(key("p/4")), Included(key("p/1")), &[]),
        (Included(key("q")), Unbounded, &[]),
    ] {
        let range = Range::within("p/", from, to);
        assert_eq!(kv.count(range.clone()).await, Ok(expected.len() as u64));
        let up = kv.scan(range.clone(), 10).await.unwrap();
        assert_eq!(keys(&up), expected, "{range:?}");
        let down = kv.scan(range.descending(), 10).await.unwrap();
        assert!(keys(&down).into_iter().rev().eq(expected.iter().copied()));
    }
}

async fn long_ranges(kv: Kv) {
    for part in 0..10 {
        let batch = (0..1000).fold(Batch::new(), |b, n| b.put(format!("p/{part}/{n:03}"), "x"));
        kv.commit(batch).await.unwrap();
    }
    assert_eq!(kv.count(Range::prefix("p/")).await, Ok(10_000));
    assert_eq!(kv.count(Range::prefix("p/").descending()).await, Ok(10_000));
    assert_eq!(content(&kv).await.len(), 10_000);
    let rows = kv.scan(Range::prefix("p/").descending(), 1_000).await.unwrap();
    let found = kv.keys(Range::prefix("p/").descending(), 1_000).await.unwrap();
    assert_eq!(found, rows.into_iter().map(|row| row.key).collect::<Vec<_>>());
    assert_eq!(kv.keys(Range::prefix("p/"), 0).await, Ok(vec![]));
    assert_eq!(kv.scan(Range::prefix("p/"), 5_000).await.unwrap().last().unwrap().key, b"p/4/999");
    let found = kv.verify().await.unwrap();
    assert_eq!((found.keys, found.damaged), (10_000, vec![]));
}

async fn reserved_keys_are_refused(kv: Kv) {
    for reserved in [&b""[..], b"\xff", b"\xffhead"] {
        let error = Err(CommitError::Store(StoreError::ReservedKey { key: reserved.to_vec() }));
        for batch in [
            Batch::new().put(reserved, "1"),
            Batch::new().delete(reserved),
            Batch::new().add(reserved, 1),
            Batch::new().append(reserved, "1"),
            Batch::new().repoint(reserved, "row"),
            Batch::new().repoint("pointer", reserved),
        ] {
            assert_eq!(kv.commit(batch.put("a", "1")).await, error);
        }
        assert_eq!(kv.get(reserved).await, Ok(None));
    }
    assert_eq!(kv.scan(Range::prefix(*b"\xff"), 10).await, Ok(vec![]));
    assert_eq!(content(&kv).await, []);
}

/// Runs commits at the same time and gives their outcomes in the order in which they were handed over.
pub(super) async fn at_once(
    kv: &Kv,
    batches: impl IntoIterator<Item = Batch>,
) -> Vec<Result<Revision, CommitError>> {
    let commits: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let kv = kv.clone();
            tokio::spawn(async move { kv.commit(batch).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for commit in commits {
        outcomes.push(commit.await.unwrap());
    }
    outcomes
}

async fn a_thousand_at_once(kv: Kv) {
    let batch = |n| Batch::new().put(format!("k/{n:04}"), format!("{n}")).append("log/", format!("{n}"));
    let mut revisions: Vec<_> =
        at_once(&kv, (0..1000).map(batch)).await.into_iter().map(|outcome| outcome.unwrap().get()).collect();
    for n in 0..1000 {
        assert_eq!(value(&kv, &format!("k/{n:04}")).await.unwrap(), n.to_string());
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=1000).collect::<Vec<_>>());
    assert_eq!(kv.count(Range::prefix("log/")).await, Ok(1000));
    assert_eq!(kv.revision(), Revision::new(1000));
}

async fn one_of_many_creators_wins(kv: Kv) {
    let batch = |n| Batch::new().guard(Guard::Absent(key("name"))).put("name", format!("{n}"));
    let outcomes = at_once(&kv, (0..50).map(batch)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = Err(CommitError::Refused { guard: 0 });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == refused).count(), 49);
}

async fn one_moment_is_one_state(kv: Kv) {
    const PAIRS: u32 = 400;
    let pair = |n: u32| Batch::new().put("pair/a", n.to_string()).put("pair/b", n.to_string());
    kv.commit(pair(0)).await.unwrap();
    let writer = tokio::spawn({
        let kv = kv.clone();
        async move {
            for n in 1..=PAIRS {
                kv.commit(pair(n)).await.unwrap();
                tokio::task::yield_now().await;
            }
        }
    });
    while !writer.is_finished() {
        let before = kv.moment();
        let (a, b) = (value(&kv, "pair/a").await, value(&kv, "pair/b").await);
        if before.is_some() && before == kv.moment() {
            assert_eq!(a, b);
        }
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
    let rest = kv.moment();
    assert!(rest.is_some() && rest == kv.moment(), "a store at rest stays at one moment");
    kv.commit(pair(0)).await.unwrap();
    assert_ne!(rest, kv.moment(), "a commit is another moment");
}

async fn no_increment_is_lost(kv: Kv) {
    at_once(&kv, (0..500).map(|_| Batch::new().add("n", 2).add("m", -1))).await;
    assert_eq!((kv.counter(b"n").await, kv.counter(b"m").await), (Ok(1000), Ok(-500)));
}

#[tokio::test]
async fn the_engine_in_memory_answers_as_every_engine_does() {
    for (name, case) in CASES {
        println!("{name}");
        case(Kv::memory()).await;
    }
}

#[tokio::test]
async fn a_closed_store_in_memory_says_so() {
    let kv = Kv::memory();
    kv.commit(Batch::new().put("a", "1")).await.unwrap();
    kv.close().await;
    assert_eq!(kv.get(b"a").await, Err(StoreError::Closed));
    assert_eq!(kv.commit(Batch::new().put("a", "1")).await, Err(StoreError::Closed.into()));
}
