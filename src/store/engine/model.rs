//! Random batches, given to the engine in memory one by one and to the engine on disk all at once, must
//! have the same outcomes and leave the same rows.
//!
//! Memory is the model: it takes one batch at a time, so it cannot get a group wrong.

use proptest::prelude::*;
use tempfile::TempDir;

use super::{
    Settings,
    conformance::{at_once, content},
};
use crate::{Batch, CommitError, Guard, Key, Kv, Range, Revision, Write};

fn key() -> impl Strategy<Value = Key> {
    // Few keys, so that batches meet; one is a prefix of others.
    prop::sample::select(vec!["a", "a/1", "a/2", "b", "b/1", "n"]).prop_map(|key| key.as_bytes().to_vec())
}

fn guard() -> impl Strategy<Value = Guard> {
    let revision = || (0_u64..12).prop_map(Revision::new);
    prop_oneof![
        key().prop_map(Guard::Absent),
        key().prop_map(Guard::Present),
        (key(), revision()).prop_map(|(key, revision)| Guard::At(key, revision)),
        (key(), revision()).prop_map(|(prefix, since)| Guard::Quiet { prefix, since }),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let value = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        (key(), value()).prop_map(|(key, value)| Write::Put(key, value.into())),
        key().prop_map(Write::Delete),
        (Just(b"n".to_vec()), -3_i64..4).prop_map(|(key, amount)| Write::Add(key, amount)),
        (key(), -3_i64..4).prop_map(|(key, amount)| Write::Add(key, amount)),
        (key(), value()).prop_map(|(prefix, value)| Write::Append { prefix, value: value.into() }),
        (key(), key()).prop_map(|(pointer, row)| Write::Repoint { pointer, row }),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    (prop::collection::vec(guard(), 0..3), prop::collection::vec(write(), 0..5)).prop_map(
        |(guards, writes)| {
            let mut batch = guards.into_iter().fold(Batch::new(), Batch::guard);
            batch.extend(writes);
            batch
        },
    )
}

async fn compare(rounds: Vec<Vec<Batch>>) -> Result<(), TestCaseError> {
    let folder = TempDir::new().unwrap();
    let settings = Settings { cache_bytes: 1 << 20 };
    let memory = Kv::memory();
    let mut disk = Kv::open(folder.path(), settings).unwrap();
    for round in rounds {
        let mut expected: Vec<Result<Revision, CommitError>> = Vec::new();
        for batch in round.clone() {
            expected.push(memory.commit(batch).await);
        }
        // On one thread the tasks run in the order of their start, so the batches queue up in order.
        prop_assert_eq!(at_once(&disk, round).await, expected);
        prop_assert_eq!(disk.revision(), memory.revision());
        let rows = content(&memory).await;
        prop_assert_eq!(&content(&disk).await, &rows);
        let mut backwards = disk.scan(Range::prefix([]).descending(), usize::MAX).await.unwrap();
        backwards.reverse();
        prop_assert_eq!(&backwards, &rows);
        disk.close().await;
        disk = Kv::open(folder.path(), settings).unwrap();
        prop_assert_eq!(content(&disk).await, rows);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_batches_leave_memory_and_disk_alike(
        rounds in prop::collection::vec(prop::collection::vec(batch(), 0..24), 1..4)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(compare(rounds))?;
    }
}
