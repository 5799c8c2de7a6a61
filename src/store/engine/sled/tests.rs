//! What only the engine on disk has to prove.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};

use tempfile::TempDir;

use super::*;
use crate::{
    Guard, Kv,
    engine::conformance::{CASES, at_once, content},
};

const SETTINGS: Settings = Settings { cache_bytes: 16 << 20 };

fn open(folder: &Path) -> Kv {
    Kv::open(folder, SETTINGS).unwrap()
}

fn store() -> (TempDir, Kv) {
    let folder = TempDir::new().unwrap();
    let kv = open(folder.path());
    (folder, kv)
}

#[tokio::test]
async fn the_engine_on_disk_answers_as_every_engine_does_and_keeps_it_when_opened_again() {
    for (name, case) in CASES {
        println!("{name}");
        let (folder, kv) = store();
        case(kv.clone()).await;
        let (before, revision) = (content(&kv).await, kv.revision());
        kv.close().await;
        let kv = open(folder.path());
        assert_eq!(kv.revision(), revision);
        assert_eq!(content(&kv).await, before);
        assert_eq!(kv.verify().await.unwrap().damaged, Vec::<Vec<u8>>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revisions_go_on_where_they_ended() {
    let (folder, kv) = store();
    at_once(&kv, (0..100).map(|n| Batch::new().put(format!("{n}"), "x"))).await;
    drop(kv);
    let kv = open(folder.path());
    assert_eq!(kv.revision(), Revision::new(100));
    assert_eq!(kv.commit(Batch::new().put("a", "1")).await, Ok(Revision::new(101)));
}

#[tokio::test]
async fn a_store_is_opened_and_dropped_again_and_again() {
    let folder = TempDir::new().unwrap();
    for round in 0..20 {
        let kv = open(folder.path());
        assert_eq!(kv.revision(), Revision::new(round));
        kv.commit(Batch::new().add("n", 1)).await.unwrap();
        if round % 2 == 0 {
            kv.close().await;
        }
    }
}

#[tokio::test]
async fn closing_finishes_the_commits_already_handed_over() {
    let (folder, kv) = store();
    let commits: Vec<_> = (0..2000)
        .map(|n| {
            let kv = kv.clone();
            tokio::spawn(async move { kv.commit(Batch::new().put(format!("k/{n}"), "x")).await })
        })
        .collect();
    // Lets every task hand over its commit, or wait for a place in the queue.
    tokio::task::yield_now().await;
    kv.close().await;
    let mut kept = 0;
    for commit in commits {
        match commit.await.unwrap() {
            Ok(_) => kept += 1,
            Err(error) => assert_eq!(error, CommitError::Store(StoreError::Closed)),
        }
    }
    assert!(kept > 0);
    assert_eq!(kv.get(b"k/0").await, Err(StoreError::Closed));
    assert_eq!(open(folder.path()).count(Range::prefix("k/")).await, Ok(kept));
}

#[tokio::test]
async fn a_value_flipped_on_disk_is_an_error_that_names_its_key() {
    let (folder, kv) = store();
    for n in 0..600 {
        kv.commit(Batch::new().put(format!("k/{n:03}"), vec![7; 300]).add("n", 1)).await.unwrap();
    }
    kv.close().await;
    {
        let raw = sled::open(folder.path().join("generation-1")).unwrap();
        for (key, byte) in [("k/300", 100), ("n", 13)] {
            let mut value = raw.get(key).unwrap().unwrap().to_vec();
            value[byte] ^= 1;
            raw.insert(key, value).unwrap();
        }
        raw.flush().unwrap();
    }
    let kv = reopen(folder.path());
    let damaged = StoreError::Checksum { key: b"k/300".to_vec() };
    assert_eq!(damaged.to_string(), "the value of key k/300 is damaged: its checksum is wrong");
    assert_eq!(kv.get(b"k/300").await, Err(damaged.clone()));
    assert!(kv.get(b"k/301").await.unwrap().is_some());
    assert_eq!(kv.scan(Range::prefix("k/"), 1000).await, Err(damaged.clone()));
    assert_eq!(kv.scan(Range::prefix("k/"), 300).await.unwrap().len(), 300);
    let guarded = Batch::new().guard(Guard::Absent(b"k/300".to_vec())).put("x", "1");
    assert_eq!(kv.commit(guarded).await, Err(CommitError::Store(damaged)));
    let counter = StoreError::Checksum { key: b"n".to_vec() };
    assert_eq!(kv.counter(b"n").await, Err(counter.clone()));
    assert_eq!(kv.commit(Batch::new().put("x", "1").add("n", 1)).await, Err(CommitError::Store(counter)));
    let found = kv.verify().await.unwrap();
    assert_eq!((found.keys, found.damaged), (601, vec![b"k/300".to_vec(), b"n".to_vec()]));
    // The rest of the store still takes commits, and the damaged key can be written anew.
    kv.commit(Batch::new().put("k/300", "new")).await.unwrap();
    assert_eq!(kv.get(b"k/300").await.unwrap().unwrap().value, "new");
}

/// Opens a folder that raw sled has just left, which takes it a moment.
fn reopen(folder: &Path) -> Kv {
    Folder::claim(folder).unwrap().wait_until_sled_let_go();
    open(folder)
}

#[tokio::test]
async fn a_second_store_on_the_folder_is_told_who_holds_it() {
    let (folder, kv) = store();
    let error = Kv::open(folder.path(), SETTINGS).unwrap_err();
    assert!(matches!(&error, OpenError::InUse { path, pid: Some(pid) }
        if path == folder.path() && *pid == std::process::id()));
    fs::write(folder.path().join("held"), std::process::id().to_string()).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "engine::sled::tests::in_another_process", "--ignored"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && printed.contains("1 passed"), "{printed}");
    kv.commit(Batch::new().put("a", "1")).await.unwrap();
}

#[test]
#[ignore = "the other half of the test above, which starts it in the folder of an open store"]
fn in_another_process() {
    let Ok(holder) = fs::read_to_string("held") else { return };
    let error = Kv::open(Path::new("."), SETTINGS).unwrap_err();
    assert!(matches!(error, OpenError::InUse { pid: Some(pid), .. } if pid.to_string() == holder));
}

#[tokio::test]
async fn a_folder_held_by_sled_itself_is_in_use() {
    let folder = TempDir::new().unwrap();
    let _raw = sled::open(folder.path().join("generation-1")).unwrap();
    assert!(matches!(Kv::open(folder.path(), SETTINGS), Err(OpenError::InUse { .. })));
}

#[tokio::test]
async fn a_foreign_or_newer_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    {
        let raw = sled::open(folder.path().join("generation-1")).unwrap();
        raw.insert("a", "1").unwrap();
    }
    Folder::claim(folder.path()).unwrap().wait_until_sled_let_go();
    assert!(matches!(Kv::open(folder.path(), SETTINGS), Err(OpenError::Damaged { .. })));
    Folder::claim(folder.path()).unwrap().wait_until_sled_let_go();
    {
        let raw = sled::open(folder.path().join("generation-1")).unwrap();
        raw.insert(Head::KEY, crate::value::seal(Head::KEY, Revision::new(1), &[9])).unwrap();
    }
    Folder::claim(folder.path()).unwrap().wait_until_sled_let_go();
    let error = Kv::open(folder.path(), SETTINGS).unwrap_err();
    assert!(matches!(error, OpenError::Format { found: 9, known: 1, .. }));

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Kv::open(&file, SETTINGS), Err(OpenError::Folder { .. })));
}

#[tokio::test]
async fn after_a_failed_write_every_later_commit_is_refused() {
    static BROKEN: AtomicBool = AtomicBool::new(false);
    let failing =
        |mut disk: writer::Sync| -> writer::Sync {
            Box::new(move || {
                if BROKEN.load(Ordering::Acquire) { Err(io::Error::other("no space left")) } else { disk() }
            })
        };
    let folder = TempDir::new().unwrap();
    let kv = Kv::Sled(Sled::open_with(folder.path(), SETTINGS, failing).unwrap());
    kv.commit(Batch::new().put("a", "1")).await.unwrap();
    BROKEN.store(true, Ordering::Release);
    let failed = StoreError::Failed { detail: "no space left".into() };
    let absent = |key: &str| Batch::new().guard(Guard::Absent(key.into())).put(key, "1");
    for outcome in at_once(&kv, [absent("b"), absent("b"), absent("c")]).await {
        assert_eq!(outcome, Err(CommitError::Store(failed.clone())));
    }
    BROKEN.store(false, Ordering::Release);
    assert_eq!(kv.commit(absent("d")).await, Err(CommitError::Store(failed)));
    assert_eq!(kv.revision(), Revision::new(1));
    assert_eq!(kv.get(b"a").await.unwrap().unwrap().value, "1");
    kv.close().await;
    // Opened anew it works again; the commit that was not answered may be there or not, but not in part.
    let kv = open(folder.path());
    assert_eq!(kv.get(b"a").await.unwrap().unwrap().value, "1");
    kv.commit(absent("d")).await.unwrap();
}

#[tokio::test]
async fn large_values_are_kept_in_files_that_are_made_safe() {
    let (folder, kv) = store();
    for n in 0..8 {
        kv.commit(Batch::new().put(format!("{n}"), vec![n; 300_000])).await.unwrap();
    }
    let blobs = folder.path().join("generation-1/blobs");
    assert!(fs::read_dir(blobs).unwrap().count() > 0, "sled no longer keeps large pages in files");
    assert!(kv.disk_bytes().unwrap() > 300_000);
    kv.close().await;
    let kv = open(folder.path());
    for n in 0..8 {
        assert_eq!(kv.get(n.to_string().as_bytes()).await.unwrap().unwrap().value, vec![n; 300_000]);
    }
}

#[tokio::test]
async fn a_folder_and_its_lock_are_closed_to_other_users() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a/b");
    let _kv = open(&path);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(path.join("lock")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_value_outlives_the_store_and_the_runtime_that_read_it() {
    let (_folder, kv) = store();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let value = runtime.block_on(async {
        kv.commit(Batch::new().put("a", vec![5; 5000])).await.unwrap();
        kv.get(b"a").await.unwrap().unwrap().value
    });
    drop(runtime);
    drop(kv);
    assert_eq!(value, vec![5; 5000]);
}

#[tokio::test]
async fn what_was_answered_survives_a_killed_process() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("wanted"), "").unwrap();
    let mut answered: i64 = 0;
    for round in 1..=6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "engine::sled::tests::commits_until_killed", "--ignored", "--nocapture"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.by_ref() {
            if let Some(n) = acknowledged(&line.unwrap()) {
                answered = answered.max(n);
                seen += 1;
            }
            if seen > 30 * round {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            // Printed before the kill arrived; the last line may be cut.
            let Ok(line) = line else { break };
            answered = acknowledged(&line).map_or(answered, |n| answered.max(n));
        }
        let kv = open(folder.path());
        let count = kv.counter(b"n").await.unwrap();
        assert!(count >= answered, "{answered} commits were answered and {count} are there");
        // Each commit is there wholly or not at all.
        assert_eq!(kv.count(Range::prefix("k/")).await, Ok(count.unsigned_abs()));
        assert_eq!(kv.count(Range::prefix("log/")).await, Ok(count.unsigned_abs()));
        assert_eq!(kv.revision(), Revision::new(count.unsigned_abs()));
        assert_eq!(kv.verify().await.unwrap().damaged, Vec::<Vec<u8>>::new());
        kv.close().await;
    }
    assert!(answered > 600);
}

fn acknowledged(line: &str) -> Option<i64> {
    line.strip_prefix("answered ")?.strip_suffix(" .")?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other half of the test above, which starts and kills it"]
async fn commits_until_killed() {
    if fs::read("wanted").is_err() {
        return;
    }
    let kv = open(Path::new("."));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let kv = kv.clone();
        writers.spawn(async move {
            loop {
                // Every commit adds one, so the counter on disk must reach the last revision answered.
                let next = Batch::new().add("n", 1).append("log/", vec![writer; 700]).append("k/", "x");
                let revision = kv.commit(next).await.unwrap();
                println!("answered {revision} .");
            }
        });
    }
    writers.join_all().await;
}
