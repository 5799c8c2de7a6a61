//! The world outside: clock, randomness, host name, limits of the process. Nothing else in the appliance
//! reads them, so that every rule can be tested with a time and a dice of one's own.
//!
//! It decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use uuid::Uuid;

use crate::request_id::RequestId;

/// A handle on the world; copies share it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    clock: Clock,
    last_id: Arc<AtomicU64>,
    /// Which start of the process this is, in the ids of requests.
    start: u32,
    requests: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
enum Clock {
    System,
    #[cfg(test)]
    Fixed(Timestamp),
}

impl World {
    /// The real one.
    pub(crate) fn real() -> World {
        let mut world = World { clock: Clock::System, ..World::still() };
        world.start = u32::from_be_bytes(world.random());
        world
    }

    /// A world whose clock stands still.
    #[cfg(test)]
    pub(crate) fn fixed(now: Timestamp) -> World {
        World { clock: Clock::Fixed(now), ..World::still() }
    }

    fn still() -> World {
        World { clock: Clock::System, last_id: Arc::default(), start: 0, requests: Arc::default() }
    }

    /// The time of day.
    #[expect(clippy::disallowed_methods, reason = "this is the place where the clock is read")]
    pub(crate) fn now(&self) -> Timestamp {
        match &self.clock {
            Clock::System => Timestamp::now(),
            #[cfg(test)]
            Clock::Fixed(now) => *now,
        }
    }

    /// Random bytes from the operating system.
    #[expect(clippy::disallowed_methods, reason = "this is the place where randomness is read")]
    #[expect(clippy::unused_self, reason = "only who holds the world may read it")]
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        // The system call itself: in a static binary the crate for this falls back to a device file, which an
        // empty root folder does not have.
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            match getrandom(&mut bytes[filled..], GetRandomFlags::empty()) {
                Ok(count) => filled += count,
                Err(Errno::INTR) => {}
                Err(error) => panic!("the operating system gives no random bytes: {error}"),
            }
        }
        bytes
    }

    /// A new id (UUID version 7). Ids of one process sort as they were made, also within a millisecond and
    /// when the clock is set back.
    pub(crate) fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or(0);
        let mut random: [u8; 10] = self.random();
        // 48 bits of time and 12 bits of sequence in one number, so that one step makes it unique
        let fresh = millis << 12 | u64::from(u16::from_be_bytes([random[0] & 0x07, random[1]]));
        let next = |last: u64| Some(fresh.max(last + 1));
        let last = self.last_id.fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        let number = fresh.max(last.expect("the step never refuses") + 1);
        random[..2].copy_from_slice(&u16::try_from(number & 0xfff).expect("twelve bits").to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(number >> 12, &random).into_uuid()
    }

    /// The id of one more request. It is counted, not drawn: it has to be unique, not secret.
    pub(crate) fn request_id(&self) -> RequestId {
        RequestId::new(self.start, self.requests.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The name this machine gives itself, if it has one.
    #[expect(clippy::unused_self, reason = "only who holds the world may read it")]
    pub(crate) fn host_name(&self) -> Option<String> {
        let uname = rustix::system::uname();
        let name = uname.nodename().to_str().ok()?.to_ascii_lowercase();
        (!name.is_empty() && name != "(none)").then_some(name)
    }

    /// Lets the process open as many files as it may. Each connection is one, and the usual limit of 1,024
    /// is a habit of the shell, not a bound of the machine.
    #[expect(clippy::unused_self, reason = "only who holds the world may change it")]
    pub(crate) fn raise_open_files(&self) {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
            if let Err(error) = setrlimit(Resource::Nofile, raised) {
                tracing::debug!(%error, "the limit of open files stays as it is");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_they_were_made_even_when_the_clock_stands() {
        let world = World::fixed("2026-01-02T03:04:05Z".parse().unwrap());
        let ids: Vec<Uuid> = (0..10_000).map(|_| world.new_id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_eq!(ids[0].get_version_num(), 7);
    }
}
