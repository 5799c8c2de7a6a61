//! The administrator's browser sessions. They live in memory only: a restart signs everyone out.

use crate::seed::{Purpose, Seed};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A session unused for this long is over.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_mins(15);
/// A session this old is over, however much it was used.
pub(crate) const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// One more sign-in ends the session that was unused longest.
pub(crate) const MOST: usize = 5;

/// What the browser's cookie holds: 256 random bits in hexadecimal.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SessionId(String);

impl SessionId {
    fn mint(seed: &Seed) -> SessionId {
        SessionId(seed.stream(Purpose::Session).letters(b"0123456789abcdef", 64))
    }

    /// The text for the cookie.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(hidden)")
    }
}

#[derive(Debug, Clone, Copy)]
struct Session {
    since: Timestamp,
    used: Timestamp,
}

impl Session {
    fn is_over(self, now: Timestamp) -> bool {
        now.duration_since(self.used) > IDLE || now.duration_since(self.since) > ABSOLUTE
    }
}

/// The open sessions, under digests of their ids: a memory dump gives no cookie away, and a look-up by digest
/// tells nothing by its timing.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<[u8; 32], Session>,
}

impl Sessions {
    pub(crate) fn open(&mut self, seed: &Seed, now: Timestamp) -> SessionId {
        self.open.retain(|_, session| !session.is_over(now));
        while self.open.len() >= MOST {
            let Some(stalest) = self.open.iter().min_by_key(|(_, session)| session.used).map(|(id, _)| *id)
            else {
                break;
            };
            self.open.remove(&stalest);
        }
        let id = SessionId::mint(seed);
        self.open.insert(digest(id.reveal()), Session { since: now, used: now });
        id
    }

    /// Is the session open? If so, it is used now.
    pub(crate) fn touch(&mut self, id: &str, now: Timestamp) -> bool {
        let key = digest(id);
        let Some(session) = self.open.get_mut(&key) else { return false };
        if session.is_over(now) {
            self.open.remove(&key);
            return false;
        }
        session.used = session.used.max(now);
        true
    }

    /// Ends one session; says whether it was there.
    pub(crate) fn close(&mut self, id: &str) -> bool {
        self.open.remove(&digest(id)).is_some()
    }

    pub(crate) fn close_all(&mut self) {
        self.open.clear();
    }
}

fn digest(id: &str) -> [u8; 32] {
    *blake3::hash(id.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn an_idle_session_ends_after_fifteen_minutes() {
        let mut sessions = Sessions::default();
        let id = sessions.open(&Seed::new([1; 32]), at(0));
        assert!(sessions.touch(id.reveal(), at(15)));
        assert!(sessions.touch(id.reveal(), at(30)));
        assert!(!sessions.touch(id.reveal(), at(46)));
        assert!(!sessions.touch(id.reveal(), at(31)), "it stays ended");
    }

    #[test]
    fn a_busy_session_ends_after_twelve_hours() {
        let mut sessions = Sessions::default();
        let id = sessions.open(&Seed::new([1; 32]), at(0));
        for minute in (10..=720).step_by(10) {
            assert!(sessions.touch(id.reveal(), at(minute)), "minute {minute}");
        }
        assert!(!sessions.touch(id.reveal(), at(721)));
    }

    #[test]
    fn a_sixth_session_ends_the_one_unused_longest() {
        let mut sessions = Sessions::default();
        let ids: Vec<_> = (0..5u8).map(|n| sessions.open(&Seed::new([n; 32]), at(i64::from(n)))).collect();
        assert!(sessions.touch(ids[0].reveal(), at(6)));
        let sixth = sessions.open(&Seed::new([9; 32]), at(7));
        assert!(!sessions.touch(ids[1].reveal(), at(8)));
        assert!(sessions.touch(ids[0].reveal(), at(8)));
        assert!(sessions.touch(sixth.reveal(), at(8)));
    }

    #[test]
    fn a_closed_an_unknown_and_an_empty_id_are_no_session() {
        let mut sessions = Sessions::default();
        let id = sessions.open(&Seed::new([1; 32]), at(0));
        assert!(!sessions.touch("", at(0)));
        assert!(!sessions.touch(&"0".repeat(64), at(0)));
        assert!(sessions.close(id.reveal()));
        assert!(!sessions.touch(id.reveal(), at(0)));
        assert!(!sessions.close(id.reveal()));
    }

    #[test]
    fn the_debug_output_holds_no_session_id() {
        let mut sessions = Sessions::default();
        let id = sessions.open(&Seed::new([1; 32]), at(0));
        assert!(!format!("{id:?} {sessions:?}").contains(id.reveal()));
        assert_eq!(id.reveal().len(), 64);
    }
}
