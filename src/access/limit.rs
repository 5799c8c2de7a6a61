//! How many requests a tenant, a token and a stranger may send. Queue first: a request that comes too early waits
//! for its turn, and only one that would wait too long is refused, with the seconds after which to come again.
//!
//! It does not wait and reads no clock: the caller does both. There is no background work; an account that is
//! silent costs nothing. (The generic cell rate algorithm: one number per key, the time at which it is even.)

use crate::token::TokenId;
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// The least that may be set: identity providers ask for it (IPSIE AL1, the Entra gallery).
pub const LEAST_PER_SECOND: u32 = 25;
/// The most that may be set; more is no limit.
pub const MOST_PER_SECOND: u32 = 1_000_000;
/// How long a request may be kept waiting for its turn. Clients give up after 30 s and more.
const PATIENCE: Duration = Duration::from_secs(2);
/// Refused tokens that one address may send a second, and at once.
const STRANGERS: Rate = Rate { per_second: 10, at_once: 100 };
const TOKENS_KEPT: usize = 10_000;
const ADDRESSES_KEPT: usize = 10_000;

/// A rate: so many a second in the long run, and so many at once after a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    per_second: u32,
    at_once: u32,
}

impl Rate {
    /// A second's worth may come at once.
    fn per_second(per_second: u32) -> Rate {
        Rate { per_second, at_once: per_second }
    }

    fn interval_ns(self) -> u64 {
        1_000_000_000 / u64::from(self.per_second.max(1))
    }

    /// How far ahead of the clock a key may be and still go at once.
    fn lead_ns(self) -> u64 {
        self.interval_ns() * u64::from(self.at_once.saturating_sub(1))
    }
}

/// When a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// At once.
    Now,
    /// After this long; its place is taken.
    After(Duration),
    /// Not at all: it would wait too long.
    Refused {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
}

impl Turn {
    /// Both must be waited for.
    fn and(self, other: Turn) -> Turn {
        match (self, other) {
            (Turn::Refused { retry_after_s: a }, Turn::Refused { retry_after_s: b }) => {
                Turn::Refused { retry_after_s: a.max(b) }
            }
            (refused @ Turn::Refused { .. }, _) | (_, refused @ Turn::Refused { .. }) => refused,
            (Turn::After(a), Turn::After(b)) => Turn::After(a.max(b)),
            (after @ Turn::After(_), Turn::Now) | (Turn::Now, after @ Turn::After(_)) => after,
            (Turn::Now, Turn::Now) => Turn::Now,
        }
    }
}

/// One key's place in time: when it is even, in nanoseconds since 1970.
#[derive(Debug, Default)]
struct Place(AtomicU64);

impl Place {
    /// Takes the next place, if it comes within the patience.
    fn take(&self, rate: Rate, patience: Duration, now_ns: u64) -> Turn {
        let mut even = self.0.load(Ordering::Relaxed);
        loop {
            let (turn, next) = decide(even, rate, patience, now_ns);
            let Some(next) = next else { return turn };
            match self.0.compare_exchange_weak(even, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return turn,
                Err(newer) => even = newer,
            }
        }
    }

    fn is_even(&self, now_ns: u64) -> bool {
        self.0.load(Ordering::Relaxed) <= now_ns
    }
}

/// When a request goes on, and from when the key is even afterwards; no change where it is refused.
fn decide(even: u64, rate: Rate, patience: Duration, now_ns: u64) -> (Turn, Option<u64>) {
    let patience_ns = nanos(patience);
    // no key is ever further ahead than this by itself; one that is saw the clock set back, and waits once
    let full = now_ns + rate.lead_ns() + patience_ns;
    let even = if even > full + rate.interval_ns() { full } else { even.max(now_ns) };
    let wait = even.saturating_sub(now_ns + rate.lead_ns());
    if wait > patience_ns {
        let seconds = (wait - patience_ns).div_ceil(1_000_000_000).max(1);
        return (Turn::Refused { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) }, None);
    }
    let turn = if wait == 0 { Turn::Now } else { Turn::After(Duration::from_nanos(wait)) };
    (turn, Some(even + rate.interval_ns()))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn nanos_of(now: Timestamp) -> u64 {
    u64::try_from(now.as_nanosecond()).unwrap_or(0)
}

/// How many requests a second are let through; none is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of the whole tenant.
    pub per_second: Option<u32>,
    /// Of each of its tokens.
    pub token_per_second: Option<u32>,
}

/// Holds the requests of one tenant to its limits.
#[derive(Debug, Default)]
pub struct Limiter {
    tenant: Place,
    tokens: RwLock<HashMap<TokenId, Arc<Place>>>,
}

impl Limiter {
    /// When a request of this token may go on.
    pub fn turn(&self, limits: Limits, token: TokenId, now: Timestamp) -> Turn {
        let now_ns = nanos_of(now);
        let of_token = limits.token_per_second.map_or(Turn::Now, |per_second| {
            self.place(token, now_ns).take(Rate::per_second(per_second), PATIENCE, now_ns)
        });
        let of_tenant = match (of_token, limits.per_second) {
            // what the token's own limit refuses takes nothing from the others
            (Turn::Refused { .. }, _) | (_, None) => Turn::Now,
            (Turn::Now | Turn::After(_), Some(per_second)) => {
                self.tenant.take(Rate::per_second(per_second), PATIENCE, now_ns)
            }
        };
        of_token.and(of_tenant)
    }

    fn place(&self, token: TokenId, now_ns: u64) -> Arc<Place> {
        let known = self.tokens.read().unwrap_or_else(PoisonError::into_inner).get(&token).cloned();
        known.unwrap_or_else(|| {
            let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
            if tokens.len() >= TOKENS_KEPT {
                tokens.retain(|_, place| !place.is_even(now_ns));
            }
            Arc::clone(tokens.entry(token).or_default())
        })
    }
}

/// Slows down whoever sends tokens that are refused, by address. A token that was proven not long ago is let
/// through all the same: a neighbour behind the same address must not lock a working client out.
#[derive(Debug, Default)]
pub struct Strangers(Mutex<HashMap<IpAddr, Place>>);

impl Strangers {
    /// May another unproven token of this address be looked at? Refused with the seconds to wait.
    pub fn check(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let now_ns = nanos_of(now);
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = kept.get(&network(address)) else { return Ok(()) };
        match decide(place.0.load(Ordering::Relaxed), STRANGERS, Duration::ZERO, now_ns).0 {
            Turn::Now | Turn::After(_) => Ok(()),
            Turn::Refused { retry_after_s } => Err(retry_after_s),
        }
    }

    /// A token of this address was refused.
    pub fn refused(&self, address: IpAddr, now: Timestamp) {
        let now_ns = nanos_of(now);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ADDRESSES_KEPT {
            kept.retain(|_, place| !place.is_even(now_ns));
        }
        kept.entry(network(address)).or_default().take(STRANGERS, Duration::ZERO, now_ns);
    }
}

/// What one person holds: an IPv4 address, or a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn token(number: u8) -> TokenId {
        format!("{number:012}").parse().unwrap()
    }

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_seconds_worth_goes_at_once_then_each_waits_its_turn_then_comes_a_refusal() {
        let limiter = Limiter::default();
        let limits = Limits { token_per_second: Some(100), ..Limits::default() };
        let turns: Vec<_> = (0..400).map(|_| limiter.turn(limits, token(1), noon())).collect();
        assert!(turns[..100].iter().all(|turn| *turn == Turn::Now));
        assert_eq!(turns[100], Turn::After(Duration::from_millis(10)));
        assert_eq!(turns[299], Turn::After(PATIENCE));
        assert!(turns[300..].iter().all(|turn| *turn == Turn::Refused { retry_after_s: 1 }));
        assert_eq!(limiter.turn(limits, token(2), noon()), Turn::Now, "another token has its own");
    }

    #[test]
    fn whoever_comes_again_after_what_was_told_is_let_in() {
        let limiter = Limiter::default();
        let limits = Limits { per_second: Some(25), ..Limits::default() };
        while !matches!(limiter.turn(limits, token(1), noon()), Turn::Refused { .. }) {}
        let Turn::Refused { retry_after_s } = limiter.turn(limits, token(2), noon()) else { panic!() };
        let later = noon() + SignedDuration::from_secs(retry_after_s.into());
        assert!(matches!(limiter.turn(limits, token(2), later), Turn::After(_) | Turn::Now));
    }

    #[test]
    fn a_request_that_its_token_may_not_send_takes_nothing_from_the_tenant() {
        let limiter = Limiter::default();
        let limits = Limits { per_second: Some(1_000), token_per_second: Some(25) };
        for _ in 0..2_000 {
            limiter.turn(limits, token(1), noon());
        }
        assert_eq!(limiter.turn(limits, token(2), noon()), Turn::Now);
    }

    #[test]
    fn without_limits_nothing_is_held_or_remembered() {
        let limiter = Limiter::default();
        for _ in 0..1_000 {
            assert_eq!(limiter.turn(Limits::default(), token(1), noon()), Turn::Now);
        }
        assert!(limiter.tokens.read().unwrap().is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let place = Place::default();
        let rate = Rate::per_second(25);
        place.take(rate, PATIENCE, 1_000_000 * SECOND);
        assert_eq!(place.take(rate, PATIENCE, 5 * SECOND), Turn::After(PATIENCE));
        assert!(matches!(place.take(rate, PATIENCE, 7 * SECOND), Turn::After(_)));
        assert_eq!(place.take(rate, PATIENCE, 9 * SECOND), Turn::Now);
    }

    #[test]
    fn refused_tokens_slow_their_address_down_and_no_other() {
        let strangers = Strangers::default();
        let (guesser, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..100 {
            assert_eq!(strangers.check(guesser, noon()), Ok(()));
            strangers.refused(guesser, noon());
        }
        assert_eq!(strangers.check(guesser, noon()), Err(1));
        assert_eq!(strangers.check(other, noon()), Ok(()));
        assert_eq!(strangers.check(guesser, noon() + SignedDuration::from_millis(100)), Ok(()));
        let of_v6 = |text: &str| network(text.parse().unwrap());
        assert_eq!(of_v6("2001:db8::1"), of_v6("2001:db8::ffff:1"));
        assert_ne!(of_v6("2001:db8::1"), of_v6("2001:db8:0:1::1"));
        assert_eq!(of_v6("::ffff:192.0.2.1"), of_v6("192.0.2.1"));
    }

    proptest! {
        /// The promise: over any span, no more go on than the rate allows, and what was sent at no more than
        /// the rate is never refused.
        #[test]
        fn no_more_go_on_than_the_rate_allows(
            per_second in LEAST_PER_SECOND..500,
            gaps_ms in prop::collection::vec(0_u64..40, 1..600),
        ) {
            let place = Place::default();
            let rate = Rate::per_second(per_second);
            let mut now = 1_000 * SECOND;
            let start = now;
            let mut let_in = 0_u64;
            let mut last = start;
            for gap in &gaps_ms {
                now += gap * 1_000_000;
                let wait = match place.take(rate, PATIENCE, now) {
                    Turn::Now => 0,
                    Turn::After(wait) => nanos(wait),
                    Turn::Refused { retry_after_s } => {
                        prop_assert!(retry_after_s >= 1);
                        continue;
                    }
                };
                prop_assert!(wait <= nanos(PATIENCE));
                let_in += 1;
                last = last.max(now + wait);
            }
            let allowed = u64::from(per_second) + 1 + (last - start) / rate.interval_ns();
            prop_assert!(let_in <= allowed, "{let_in} of {allowed}");
        }

        #[test]
        fn whoever_keeps_to_the_rate_never_waits(per_second in LEAST_PER_SECOND..5_000, count in 1_u64..500) {
            let place = Place::default();
            let rate = Rate::per_second(per_second);
            for number in 0..count {
                let now = 1_000 * SECOND + number * rate.interval_ns();
                prop_assert_eq!(place.take(rate, PATIENCE, now), Turn::Now);
            }
        }
    }
}
