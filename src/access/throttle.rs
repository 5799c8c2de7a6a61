//! Slows guessing down: after a few wrong answers in a row, each next attempt must wait twice as long.
//!
//! It covers the console only. The local admin socket is trusted by its file mode, so nobody can use this to
//! lock the owner out.

use jiff::{SignedDuration, Timestamp};

const FREE_ATTEMPTS: u32 = 5;
const LONGEST_WAIT_S: i64 = 60;

/// Wrong answers in a row, and when the next attempt is let through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Throttle {
    failures: u32,
    last_failure: Option<Timestamp>,
}

impl Throttle {
    /// Seconds to wait before the next attempt; none when it may be made now.
    pub(crate) fn wait_s(&self, now: Timestamp) -> Option<u32> {
        let last = self.last_failure?;
        let penalty = self.penalty_s()?;
        // a clock that jumped back must not turn a minute into a year
        let passed = now.duration_since(last).max(SignedDuration::ZERO).as_secs();
        u32::try_from(penalty - passed).ok().filter(|left| *left > 0)
    }

    fn penalty_s(&self) -> Option<i64> {
        let beyond = self.failures.checked_sub(FREE_ATTEMPTS)?;
        Some((1_i64 << beyond.min(6)).min(LONGEST_WAIT_S))
    }

    pub(crate) fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Some(now);
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Throttle::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_first_wrong_answers_cost_nothing() {
        let mut throttle = Throttle::default();
        for _ in 0..4 {
            throttle.failed(at(100));
            assert_eq!(throttle.wait_s(at(100)), None);
        }
    }

    #[test]
    fn each_further_wrong_answer_doubles_the_wait_up_to_a_minute() {
        let mut throttle = Throttle::default();
        let mut waits = Vec::new();
        for _ in 0..14 {
            throttle.failed(at(100));
            waits.push(throttle.wait_s(at(100)).unwrap_or(0));
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(throttle.wait_s(at(159)), Some(1));
        assert_eq!(throttle.wait_s(at(160)), None);
    }

    #[test]
    fn a_right_answer_clears_the_count() {
        let mut throttle = Throttle::default();
        (0..9).for_each(|_| throttle.failed(at(100)));
        throttle.succeeded();
        assert_eq!(throttle.wait_s(at(100)), None);
    }

    #[test]
    fn a_clock_that_jumps_back_never_waits_longer_than_a_minute() {
        let mut throttle = Throttle::default();
        (0..20).for_each(|_| throttle.failed(at(1_000_000)));
        assert_eq!(throttle.wait_s(at(5)), Some(60));
    }
}
