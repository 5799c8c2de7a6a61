//! When to try again, and when to stop trying and say so.

use jiff::{SignedDuration, Timestamp};

/// How long a receiver that does not answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first wait.
    pub first: SignedDuration,
    /// The longest wait.
    pub longest: SignedDuration,
    /// How long nothing may be accepted before the stream is paused. It then waits for an administrator: its
    /// events are kept.
    pub gives_up_after: SignedDuration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: SignedDuration::from_millis(500),
            longest: SignedDuration::from_mins(5),
            gives_up_after: SignedDuration::from_hours(7 * 24),
        }
    }
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after this time.
    Wait(SignedDuration),
    /// Pause the stream, for all to see.
    Pause,
}

impl Patience {
    /// What to do after so many failures in a row, the first of them at `since`. `dice` spreads the waits of many
    /// streams, so that a receiver that comes back is not met by all at once.
    #[must_use]
    pub fn after(&self, failures: u32, since: Timestamp, now: Timestamp, dice: u8) -> Next {
        if now.duration_since(since) >= self.gives_up_after {
            return Next::Pause;
        }
        let doubled = 1_i32.checked_shl(failures.saturating_sub(1)).filter(|factor| *factor > 0);
        let wait = doubled.and_then(|factor| self.first.checked_mul(factor)).unwrap_or(self.longest);
        let wait = wait.min(self.longest);
        // between half of it and all of it
        Next::Wait(wait / 2 + wait * i32::from(dice) / (2 * 255))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let patience = Patience::default();
        let waits = [1, 2, 3, 30, u32::MAX].map(|failures| patience.after(failures, at(0), at(1), 255));
        let expected =
            [500, 1_000, 2_000, 300_000, 300_000].map(|ms| Next::Wait(SignedDuration::from_millis(ms)));
        assert_eq!(waits, expected);
    }

    #[test]
    fn after_days_the_stream_is_paused_and_not_before() {
        let patience = Patience::default();
        let week = 7 * 24 * 3600;
        assert_eq!(patience.after(9_999, at(0), at(week), 0), Next::Pause);
        assert!(matches!(patience.after(9_999, at(0), at(week - 1), 0), Next::Wait(_)));
    }

    proptest! {
        #[test]
        fn a_wait_is_between_half_and_all(failures: u32, dice: u8) {
            let patience = Patience::default();
            let Next::Wait(all) = patience.after(failures, at(0), at(0), 255) else { panic!() };
            let Next::Wait(wait) = patience.after(failures, at(0), at(0), dice) else { panic!() };
            prop_assert!(wait >= all / 2 && wait <= all);
        }
    }
}
