//! What each service account did lately: kept in memory, bounded, and written behind, because a request must
//! neither wait for this nor fail because of it. A crash loses at most the last minute of it.
//!
//! It is no audit trail: that is written in the same commit as each change.

use crate::account::AccountId;
use crate::token::TokenId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use store::Record;

/// Requests remembered per account.
pub(crate) const REQUESTS_KEPT: usize = 20;
const DEVIATIONS_KEPT: usize = 64;
const SIGNS_KEPT: usize = 32;
const TOKENS_KEPT: usize = 16;
const TEXT_MOST_CHARS: usize = 512;

/// One request as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestNote {
    /// When it was answered.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path; cut after 512 characters.
    pub path: String,
    /// The status it was answered with.
    pub status: u16,
    /// Why it was answered so; empty for a plain success. Cut after 512 characters.
    pub detail: String,
}

impl RequestNote {
    /// Cuts what a client could make long.
    pub(crate) fn cut(&mut self) {
        cut(&mut self.path);
        cut(&mut self.detail);
    }
}

/// One way in which a client bends the standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tolerated {
    /// How often.
    pub count: u64,
    /// When first; not known of uses noted by an older version.
    #[serde(default)]
    pub first_at: Option<Timestamp>,
    /// When last.
    pub last_at: Timestamp,
    /// The request that last did so: its method and path; cut after 512 characters.
    pub example: String,
    /// The piece of that request it is about, not known of uses noted by an older version; cut after 512 characters.
    #[serde(default)]
    pub piece: Option<String>,
}

/// A use of a deviation, as it is noted.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The deviation's name.
    pub name: &'a str,
    /// Method and path of the request.
    pub example: &'a str,
    /// The piece of the request it is about, without anybody's data.
    pub piece: &'a str,
}

/// What an account did lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityReport {
    /// When its first request came.
    pub first_request_at: Option<Timestamp>,
    /// When its last request came.
    pub last_request_at: Option<Timestamp>,
    /// When a provider's Test Connection was last recognised.
    pub test_connection_at: Option<Timestamp>,
    /// The last requests, newest first.
    pub requests: VecDeque<RequestNote>,
    /// What was tolerated, by the deviation's name.
    pub tolerated: BTreeMap<String, Tolerated>,
    /// What tells its client from others, by name, and how often it was seen.
    #[serde(default)]
    pub signs: BTreeMap<String, u64>,
    /// When each token was last accepted.
    pub(crate) tokens: HashMap<TokenId, Timestamp>,
}

impl Record for ActivityReport {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, old: serde_json::Value) -> Option<serde_json::Value> {
        // What version 1 lacks has a default.
        (version == 1).then_some(old)
    }
}

impl ActivityReport {
    fn note(&mut self, token: TokenId, note: RequestNote) {
        let used = self.tokens.entry(token).or_insert(note.at);
        *used = note.at.max(*used);
        if self.tokens.len() > TOKENS_KEPT
            && let Some(stalest) = self.tokens.iter().min_by_key(|(_, at)| **at).map(|(id, _)| *id)
        {
            self.tokens.remove(&stalest);
        }
        self.first_request_at.get_or_insert(note.at);
        self.last_request_at = Some(note.at);
        self.requests.truncate(REQUESTS_KEPT - 1);
        self.requests.push_front(note);
    }

    fn tolerate(&mut self, used: Use<'_>, at: Timestamp) {
        let (example, piece) = (shortened(used.example), Some(shortened(used.piece)));
        if let Some(known) = self.tolerated.get_mut(used.name) {
            known.count += 1;
            known.last_at = at;
            known.example = example;
            known.piece = piece;
        } else if self.tolerated.len() < DEVIATIONS_KEPT {
            let first = Tolerated { count: 1, first_at: Some(at), last_at: at, example, piece };
            self.tolerated.insert(used.name.to_owned(), first);
        }
    }

    fn sign(&mut self, name: &str) {
        if let Some(seen) = self.signs.get_mut(name) {
            *seen += 1;
        } else if self.signs.len() < SIGNS_KEPT {
            self.signs.insert(name.to_owned(), 1);
        }
    }
}

#[derive(Default)]
struct Entry {
    report: ActivityReport,
    dirty: bool,
}

/// The activity of every account.
#[derive(Default)]
pub struct Activity {
    entries: RwLock<HashMap<AccountId, Arc<Mutex<Entry>>>>,
}

impl Activity {
    /// Notes an answered request of an account.
    pub fn record(&self, account: AccountId, token: TokenId, mut note: RequestNote) {
        note.cut();
        self.change(account, |report| report.note(token, note));
    }

    /// Notes that a deviation was tolerated.
    pub fn tolerated(&self, account: AccountId, used: Use<'_>, now: Timestamp) {
        self.change(account, |report| report.tolerate(used, now));
    }

    /// Notes something that tells the account's client from others.
    pub fn sign(&self, account: AccountId, name: &str) {
        self.change(account, |report| report.sign(name));
    }

    /// Notes that a provider's Test Connection was recognised.
    pub fn test_connection(&self, account: AccountId, now: Timestamp) {
        self.change(account, |report| report.test_connection_at = Some(now));
    }

    /// What an account did lately; nothing, if it never came.
    #[must_use]
    pub fn report(&self, account: AccountId) -> ActivityReport {
        self.entry(account).map(|entry| lock(&entry).report.clone()).unwrap_or_default()
    }

    pub(crate) fn last_used(&self, account: AccountId, token: TokenId) -> Option<Timestamp> {
        self.entry(account).and_then(|entry| lock(&entry).report.tokens.get(&token).copied())
    }

    pub(crate) fn load(&self, account: AccountId, report: ActivityReport) {
        let entry = Arc::new(Mutex::new(Entry { report, dirty: false }));
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(account, entry);
    }

    pub(crate) fn forget(&self, account: AccountId) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }

    /// Everything changed since the last call. What cannot be written goes back by [`Activity::put_back`].
    pub(crate) fn take_changed(&self) -> Vec<(AccountId, ActivityReport)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let changed = entries.iter().filter_map(|(account, entry)| {
            let mut entry = lock(entry);
            std::mem::take(&mut entry.dirty).then(|| (*account, entry.report.clone()))
        });
        changed.collect()
    }

    /// Marks accounts to be written again.
    pub(crate) fn put_back(&self, accounts: impl Iterator<Item = AccountId>) {
        for entry in accounts.filter_map(|account| self.entry(account)) {
            lock(&entry).dirty = true;
        }
    }

    fn entry(&self, account: AccountId) -> Option<Arc<Mutex<Entry>>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    fn change(&self, account: AccountId, change: impl FnOnce(&mut ActivityReport)) {
        let entry = self.entry(account).unwrap_or_else(|| {
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(entries.entry(account).or_default())
        });
        let mut entry = lock(&entry);
        change(&mut entry.report);
        entry.dirty = true;
    }
}

fn lock(entry: &Mutex<Entry>) -> MutexGuard<'_, Entry> {
    // a panic under the lock can at worst lose one note
    entry.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shortened(text: &str) -> String {
    let mut text = text.chars().take(TEXT_MOST_CHARS + 1).collect();
    cut(&mut text);
    text
}

fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(TEXT_MOST_CHARS) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn account() -> AccountId {
        AccountId::new(Uuid::nil())
    }

    fn token(number: u32) -> TokenId {
        format!("{number:012}").parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn note(second: i64, path: &str) -> RequestNote {
        RequestNote {
            at: at(second),
            method: "GET".into(),
            path: path.into(),
            status: 200,
            detail: String::new(),
        }
    }

    #[test]
    fn the_last_twenty_requests_are_kept_newest_first() {
        let activity = Activity::default();
        for second in 0..50 {
            activity.record(account(), token(1), note(second, "/Users"));
        }
        let report = activity.report(account());
        assert_eq!(report.requests.len(), 20);
        assert_eq!(report.requests[0].at, at(49));
        assert_eq!(report.first_request_at, Some(at(0)));
        assert_eq!(report.last_request_at, Some(at(49)));
        assert_eq!(activity.last_used(account(), token(1)), Some(at(49)));
    }

    #[test]
    fn memory_is_bounded_whatever_clients_send() {
        let activity = Activity::default();
        for number in 0..200_u32 {
            activity.record(account(), token(number), note(i64::from(number), &"é".repeat(5_000)));
            let (name, long) = (format!("deviation {number}"), "x".repeat(5_000));
            activity.tolerated(account(), Use { name: &name, example: &long, piece: &long }, at(1));
            activity.sign(account(), &name);
        }
        let report = activity.report(account());
        assert!(report.requests.iter().all(|kept| kept.path.chars().count() == TEXT_MOST_CHARS + 1));
        assert_eq!(report.tolerated.len(), DEVIATIONS_KEPT);
        assert!(report.tolerated.values().all(|kept| kept.example.chars().count() == TEXT_MOST_CHARS + 1));
        assert!(report.tolerated.values().all(|kept| kept.piece.as_ref().unwrap().len() < 600));
        assert_eq!(report.signs.len(), SIGNS_KEPT);
        assert_eq!(report.tokens.len(), TOKENS_KEPT);
    }

    #[test]
    fn a_deviation_is_counted_with_its_last_example() {
        let activity = Activity::default();
        let used = |example| Use { name: "booleanText", example, piece: "active" };
        activity.tolerated(account(), used("PATCH /Users/1"), at(1));
        activity.tolerated(account(), used("PATCH /Users/2"), at(2));
        let report = activity.report(account());
        assert_eq!(
            report.tolerated["booleanText"],
            Tolerated {
                count: 2,
                first_at: Some(at(1)),
                last_at: at(2),
                example: "PATCH /Users/2".into(),
                piece: Some("active".into()),
            }
        );
    }

    #[test]
    fn a_report_of_an_older_version_is_read() {
        let old = serde_json::json!({
            "firstRequestAt": null, "lastRequestAt": null, "testConnectionAt": null, "requests": [], "tokens": {},
            "tolerated": {"opCase": {"count": 3, "lastAt": "2026-11-23T12:00:00Z", "example": "PATCH /Users/1"}},
        });
        let new = ActivityReport::upgrade(1, old).unwrap();
        let report: ActivityReport = serde_json::from_value(new).unwrap();
        assert_eq!((report.tolerated["opCase"].count, report.tolerated["opCase"].first_at), (3, None));
        assert!(report.signs.is_empty());
    }

    #[test]
    fn only_what_changed_is_taken_and_it_can_be_put_back() {
        let activity = Activity::default();
        activity.load(AccountId::new(Uuid::max()), ActivityReport::default());
        activity.test_connection(account(), at(3));
        let changed = activity.take_changed();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].1.test_connection_at, Some(at(3)));
        assert!(activity.take_changed().is_empty());
        activity.put_back([account()].into_iter());
        assert_eq!(activity.take_changed(), changed);
    }
}
