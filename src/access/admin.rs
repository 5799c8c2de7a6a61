//! The administrator: set-up by the one-time code, sign-in by passphrase, sessions.
//!
//! There is one administrator and never a default passphrase. Whoever holds a setup code may set the
//! passphrase, also a second time: that is how a lost one is replaced.

use crate::access::{Access, Inner, WriteError};
use crate::audit::{Action, Actor, Entry, Outcome};
use crate::seed::Seed;
use crate::session::SessionId;
use crate::setup::{SetupCode, plain};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Batch, Guard, Record, TableError};
use zeroize::Zeroizing;

/// Shortest passphrase, in characters; the console suggests 15.
pub(crate) const PASSPHRASE_LEAST_CHARS: usize = 12;
/// Longest passphrase, in bytes: hashing costs by length.
pub(crate) const PASSPHRASE_MOST_BYTES: usize = 512;
const BUSY_RETRY_S: u32 = 2;
/// There is one administrator, so each of his tables has one row.
const ROW: &[u8] = b"administrator";
const TARGET: &str = "administrator";

/// The passphrase as the store keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Passphrase {
    phc: String,
    set_at: Timestamp,
}

impl Record for Passphrase {
    const VERSION: u8 = 1;
}

/// Why a passphrase cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Too short.
    #[error("the passphrase needs at least {PASSPHRASE_LEAST_CHARS} characters")]
    TooShort,
    /// Too long.
    #[error("the passphrase may have at most {PASSPHRASE_MOST_BYTES} bytes")]
    TooLong,
    /// It is the setup code itself.
    #[error("the setup code cannot be the passphrase")]
    IsSetupCode,
}

/// Why set-up was refused.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Wrong, used or expired; it is not said which.
    #[error(
        "the setup code is wrong, used or expired: get a new one on the machine with `rollcall setup-code`"
    )]
    Code,
    /// The passphrase cannot be taken; the code stays good.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// Too many wrong attempts, or too many at once.
    #[error("too many attempts: try again in {retry_after_s} s")]
    Wait {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No passphrase is set yet.
    #[error("set-up is not done yet")]
    NotSetUp,
    /// Wrong passphrase.
    #[error("the passphrase is wrong")]
    Wrong,
    /// Too many wrong attempts, or too many at once.
    #[error("too many attempts: try again in {retry_after_s} s")]
    Wait {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Access {
    /// Is a passphrase set?
    pub async fn is_set_up(&self) -> Result<bool, TableError> {
        Ok(self.inner.tables.passphrase.get(&self.inner.kv, ROW).await?.is_some())
    }

    /// Makes a setup code; an older one is refused from now on.
    pub async fn issue_setup_code(
        &self,
        seed: Seed,
        actor: Actor,
        now: Timestamp,
    ) -> Result<SetupCode, WriteError> {
        self.uninterrupted(move |inner| async move { inner.issue_setup_code(&seed, actor, now).await }).await
    }

    /// Uses the setup code up: sets the passphrase, ends every session and opens one for the caller.
    pub async fn set_up(
        &self,
        code: &str,
        passphrase: &str,
        seed: Seed,
        now: Timestamp,
    ) -> Result<SessionId, SetupError> {
        let (code, passphrase) = (Zeroizing::new(code.to_owned()), Zeroizing::new(passphrase.to_owned()));
        self.uninterrupted(move |inner| async move { inner.set_up(&code, &passphrase, &seed, now).await })
            .await
    }

    /// Opens a session for whoever knows the passphrase.
    pub async fn sign_in(
        &self,
        passphrase: &str,
        seed: Seed,
        now: Timestamp,
    ) -> Result<SessionId, SignInError> {
        let passphrase = Zeroizing::new(passphrase.to_owned());
        self.uninterrupted(move |inner| async move { inner.sign_in(passphrase, &seed, now).await }).await
    }

    /// Is this an open session? If so, it counts as used.
    #[must_use]
    pub fn touch_session(&self, id: &str, now: Timestamp) -> bool {
        lock(&self.inner.sessions).touch(id, now)
    }

    /// Ends a session; a session that is over already is no error.
    pub async fn sign_out(&self, id: &str, now: Timestamp) -> Result<(), WriteError> {
        if !lock(&self.inner.sessions).close(id) {
            return Ok(());
        }
        let entry = Entry::success(Actor::Administrator, Action::SignOut, TARGET.into(), now);
        self.uninterrupted(move |inner| async move { inner.note(entry).await }).await
    }
}

impl Inner {
    async fn issue_setup_code(
        self: Arc<Self>,
        seed: &Seed,
        actor: Actor,
        now: Timestamp,
    ) -> Result<SetupCode, WriteError> {
        let mut writer = self.writer.lock().await;
        let code = SetupCode::mint(seed, now);
        let put = self.tables.setup.put(ROW, &code.record(&self.setup_key))?;
        let entry = Entry::success(actor, Action::SetupCodeIssued, TARGET.into(), now);
        self.commit(&mut writer, Batch::new().write(put), entry).await?;
        Ok(code)
    }

    async fn set_up(
        self: Arc<Self>,
        code: &str,
        passphrase: &str,
        seed: &Seed,
        now: Timestamp,
    ) -> Result<SessionId, SetupError> {
        if let Some(retry_after_s) = lock(&self.throttle).wait_s(now) {
            return Err(SetupError::Wait { retry_after_s });
        }
        if !self.code_is_good(code, now).await? {
            lock(&self.throttle).failed(now);
            self.note(refused(Action::PassphraseSet, now)).await?;
            return Err(SetupError::Code);
        }
        checked(passphrase, code)?;
        let bytes = Zeroizing::new(passphrase.as_bytes().to_vec());
        let phc = self
            .pools
            .passphrases
            .hash(bytes, seed.salt())
            .await
            .map_err(|_| SetupError::Wait { retry_after_s: BUSY_RETRY_S })?;

        let mut writer = self.writer.lock().await;
        // again under the lock: of two callers with the same code one is too late
        let stored = self.tables.setup.get(&self.kv, ROW).await.map_err(WriteError::from)?;
        let Some(stored) = stored.filter(|stored| stored.record.accepts(&self.setup_key, code, now)) else {
            return Err(SetupError::Code);
        };
        let put = self.tables.passphrase.put(ROW, &Passphrase { phc, set_at: now });
        let batch = Batch::new()
            .guard(Guard::At(self.tables.setup.key(ROW), stored.revision))
            .write(self.tables.setup.remove(ROW))
            .write(put.map_err(WriteError::from)?);
        let entry = Entry::success(Actor::Administrator, Action::PassphraseSet, TARGET.into(), now);
        self.commit(&mut writer, batch, entry).await.map_err(WriteError::from)?;
        lock(&self.throttle).succeeded();
        let mut sessions = lock(&self.sessions);
        sessions.close_all();
        Ok(sessions.open(seed, now))
    }

    async fn code_is_good(&self, code: &str, now: Timestamp) -> Result<bool, WriteError> {
        let stored = self.tables.setup.get(&self.kv, ROW).await?;
        Ok(stored.is_some_and(|stored| stored.record.accepts(&self.setup_key, code, now)))
    }

    async fn sign_in(
        self: Arc<Self>,
        passphrase: Zeroizing<String>,
        seed: &Seed,
        now: Timestamp,
    ) -> Result<SessionId, SignInError> {
        let stored = self.tables.passphrase.get(&self.kv, ROW).await.map_err(WriteError::from)?;
        let Some(stored) = stored else { return Err(SignInError::NotSetUp) };
        {
            let mut throttle = lock(&self.throttle);
            if let Some(retry_after_s) = throttle.wait_s(now) {
                return Err(SignInError::Wait { retry_after_s });
            }
            // counted before the answer is known, so that guesses in parallel gain nothing
            throttle.failed(now);
        }
        let matched = if passphrase.len() > PASSPHRASE_MOST_BYTES {
            false
        } else {
            let bytes = Zeroizing::new(passphrase.as_bytes().to_vec());
            let matched = self.pools.passphrases.matches(bytes, stored.record.phc.into()).await;
            matched.map_err(|_| SignInError::Wait { retry_after_s: BUSY_RETRY_S })?
        };
        if !matched {
            self.note(refused(Action::SignIn, now)).await?;
            return Err(SignInError::Wrong);
        }
        let mut writer = self.writer.lock().await;
        // a passphrase set while this one was hashed: the old one opens nothing any more
        let current = self.tables.passphrase.get(&self.kv, ROW).await.map_err(WriteError::from)?;
        if current.is_none_or(|current| current.revision != stored.revision) {
            return Err(SignInError::Wrong);
        }
        let entry = Entry::success(Actor::Administrator, Action::SignIn, TARGET.into(), now);
        self.commit(&mut writer, Batch::new(), entry).await.map_err(WriteError::from)?;
        lock(&self.throttle).succeeded();
        Ok(lock(&self.sessions).open(seed, now))
    }

    /// Writes an audit record of something that changes nothing else in the store.
    pub(crate) async fn note(&self, entry: Entry) -> Result<(), WriteError> {
        let mut writer = self.writer.lock().await;
        self.commit(&mut writer, Batch::new(), entry).await?;
        Ok(())
    }
}

fn refused(action: Action, now: Timestamp) -> Entry {
    Entry { at: now, actor: Actor::Anonymous, action, target: TARGET.into(), result: Outcome::Refused }
}

fn checked(passphrase: &str, code: &str) -> Result<(), PassphraseError> {
    if passphrase.len() > PASSPHRASE_MOST_BYTES {
        return Err(PassphraseError::TooLong);
    }
    if passphrase.chars().count() < PASSPHRASE_LEAST_CHARS {
        return Err(PassphraseError::TooShort);
    }
    if *plain(passphrase) == *plain(code) {
        return Err(PassphraseError::IsSetupCode);
    }
    Ok(())
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    // what is behind these locks is whole between any two statements
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{all_bytes, empty, holds, noon, open, seed};
    use jiff::SignedDuration;
    use store::Kv;

    const PHRASE: &str = "correct horse battery";

    async fn ready(access: &Access) -> SessionId {
        let code = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        access.set_up(code.reveal(), PHRASE, seed(), noon()).await.unwrap()
    }

    #[tokio::test]
    async fn a_setup_code_sets_the_passphrase_once() {
        let access = empty().await;
        assert!(!access.is_set_up().await.unwrap());
        let signed_in = access.sign_in(PHRASE, seed(), noon()).await;
        assert!(matches!(signed_in, Err(SignInError::NotSetUp)));
        let code = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        let session = access.set_up(code.reveal(), PHRASE, seed(), noon()).await.unwrap();
        assert!(access.touch_session(session.reveal(), noon()));
        assert!(access.is_set_up().await.unwrap());
        let again = access.set_up(code.reveal(), "another passphrase", seed(), noon()).await;
        assert!(matches!(again, Err(SetupError::Code)));
        assert!(access.sign_in(PHRASE, seed(), noon()).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_callers_with_one_setup_code_do_not_both_succeed() {
        let access = empty().await;
        let code = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        let attempt = |phrase: &'static str| {
            let (access, code) = (access.clone(), code.reveal().to_owned());
            tokio::spawn(async move { access.set_up(&code, phrase, seed(), noon()).await.is_ok() })
        };
        let (one, two) = (attempt("the first passphrase"), attempt("the other passphrase"));
        assert!(one.await.unwrap() ^ two.await.unwrap());
    }

    #[tokio::test]
    async fn an_expired_and_a_replaced_setup_code_are_refused() {
        let access = empty().await;
        let first = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        let second = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        assert!(matches!(access.set_up(first.reveal(), PHRASE, seed(), noon()).await, Err(SetupError::Code)));
        let tomorrow = noon() + SignedDuration::from_hours(24);
        assert!(matches!(
            access.set_up(second.reveal(), PHRASE, seed(), tomorrow).await,
            Err(SetupError::Code)
        ));
        assert!(!access.is_set_up().await.unwrap());
    }

    #[tokio::test]
    async fn a_passphrase_that_cannot_be_taken_leaves_the_code_good() {
        let access = empty().await;
        let code = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        for (wrong, problem) in [
            ("eleven char".to_owned(), PassphraseError::TooShort),
            ("é".repeat(257), PassphraseError::TooLong),
            (code.reveal().to_lowercase(), PassphraseError::IsSetupCode),
        ] {
            match access.set_up(code.reveal(), &wrong, seed(), noon()).await {
                Err(SetupError::Passphrase(found)) => assert_eq!(found, problem),
                other => panic!("{other:?}"),
            }
        }
        assert!(access.set_up(code.reveal(), "twelve chars", seed(), noon()).await.is_ok());
    }

    #[tokio::test]
    async fn guessing_the_passphrase_is_slowed_down_and_audited() {
        let access = empty().await;
        ready(&access).await;
        let mut waits = 0;
        for _ in 0..8 {
            match access.sign_in("not the passphrase", seed(), noon()).await {
                Err(SignInError::Wrong) => {}
                Err(SignInError::Wait { retry_after_s }) => waits += retry_after_s,
                other => panic!("{other:?}"),
            }
        }
        assert!(waits > 0);
        // the right one has to wait as well, or waiting would tell that it is right
        assert!(matches!(access.sign_in(PHRASE, seed(), noon()).await, Err(SignInError::Wait { .. })));
        let later = noon() + SignedDuration::from_mins(1);
        assert!(access.sign_in(PHRASE, seed(), later).await.is_ok());
        let trail = access.audit(None, 100).await.unwrap();
        let refused = trail.iter().filter(|record| record.result == Outcome::Refused);
        assert!(refused.clone().count() >= 5);
        assert!(refused.clone().all(|record| record.actor == Actor::Anonymous));
    }

    #[tokio::test]
    async fn a_new_set_up_ends_every_session_and_the_old_passphrase() {
        let access = empty().await;
        let old = ready(&access).await;
        let code = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        let new = access.set_up(code.reveal(), "a wholly new one", seed(), noon()).await.unwrap();
        assert!(!access.touch_session(old.reveal(), noon()));
        assert!(access.touch_session(new.reveal(), noon()));
        assert!(matches!(access.sign_in(PHRASE, seed(), noon()).await, Err(SignInError::Wrong)));
        access.sign_out(new.reveal(), noon()).await.unwrap();
        access.sign_out(new.reveal(), noon()).await.unwrap();
        assert!(!access.touch_session(new.reveal(), noon()));
    }

    #[tokio::test]
    async fn the_store_holds_neither_code_nor_passphrase_nor_session() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let session = ready(&access).await;
        let code = access.issue_setup_code(seed(), Actor::Local, noon()).await.unwrap();
        let bytes = all_bytes(&kv).await;
        let plain_code = code.reveal().replace('-', "");
        for secret in [PHRASE, session.reveal(), code.reveal(), &plain_code] {
            assert!(!holds(&bytes, secret));
            assert!(!format!("{access:?} {code:?} {session:?}").contains(secret));
        }
        // sessions end with the process
        assert!(!open(&kv).await.touch_session(session.reveal(), noon()));
    }
}
