//! Counting what happened within the last hour, by the minute. Pure.

use std::collections::VecDeque;

/// The minutes of the window.
const MINUTES: i64 = 60;

/// What happened in the minutes of the last hour.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Minutes since the epoch, ascending, each with its count.
    minutes: VecDeque<(i64, u64)>,
    /// Minutes that have left the window and are still in the store.
    over: Vec<i64>,
}

impl Window {
    /// How many there were in the hour that ends with a minute. Minutes after it count too: a clock that was set
    /// back must not empty the window.
    pub(super) fn total(&mut self, minute: i64) -> u64 {
        while self.minutes.front().is_some_and(|(first, _)| *first <= minute - MINUTES) {
            self.over.extend(self.minutes.pop_front().map(|(minute, _)| minute));
        }
        self.minutes.iter().map(|(_, count)| count).sum()
    }

    /// Counts some more.
    pub(super) fn add(&mut self, minute: i64, count: u64) {
        if let Some((_, known)) = self.minutes.iter_mut().find(|(known, _)| *known == minute) {
            *known += count;
        } else {
            let place = self.minutes.iter().take_while(|(known, _)| *known < minute).count();
            self.minutes.insert(place, (minute, count));
        }
    }

    /// The minutes that have left the window since the last call.
    pub(super) fn take_over(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.over)
    }

    /// Gives such minutes back, because they are in the store still.
    pub(super) fn put_over(&mut self, over: &[i64]) {
        self.over.extend(over);
    }

    /// Takes back one that did not happen.
    pub(super) fn take_back(&mut self, minute: i64) {
        if let Some((_, count)) = self.minutes.iter_mut().find(|(known, _)| *known == minute) {
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_total_is_that_of_the_slow_model(steps in proptest::collection::vec((0i64..20, 1u64..4), 0..60)) {
            let (mut window, mut all, mut now) = (Window::default(), Vec::new(), 0);
            for (wait, count) in steps {
                now += wait;
                window.add(now, count);
                all.push((now, count));
                let expected: u64 = all.iter().filter(|(at, _)| *at > now - MINUTES).map(|(_, c)| c).sum();
                prop_assert_eq!(window.total(now), expected);
            }
        }
    }

    #[test]
    fn what_is_taken_back_did_not_happen_and_a_clock_set_back_empties_nothing() {
        let mut window = Window::default();
        window.add(100, 2);
        window.add(90, 1);
        assert_eq!(window.total(80), 3);
        window.take_back(100);
        assert_eq!((window.total(100), window.total(150), window.total(160)), (2, 1, 0));
    }

    #[test]
    fn a_minute_that_leaves_is_told_once_unless_it_is_given_back() {
        let mut window = Window::default();
        window.add(10, 1);
        window.add(50, 1);
        assert_eq!((window.total(75), window.take_over()), (1, vec![10]));
        assert_eq!(window.take_over(), Vec::<i64>::new());
        window.put_over(&[10]);
        assert_eq!((window.total(110), window.take_over()), (0, vec![10, 50]));
    }
}
