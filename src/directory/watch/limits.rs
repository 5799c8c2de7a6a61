//! How much a client may take away before an administrator has to agree.

use serde::{Deserialize, Serialize};
use store::Record;

/// So many within an hour: the greater of a number and a share of all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Threshold {
    /// So many are always let through.
    pub least: u64,
    /// Or this share of all there are, in percent.
    pub percent: u8,
}

impl Threshold {
    /// How many are let through where there are `all`.
    #[must_use]
    pub fn of(self, all: u64) -> u64 {
        self.least.max(all.saturating_mul(self.percent.into()) / 100)
    }
}

/// The limits of a tenant. What is `None` is not watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Users one account may disable or delete within an hour.
    pub users_per_hour: Option<Threshold>,
    /// Groups one account may delete within an hour.
    pub groups_per_hour: Option<Threshold>,
    /// A group with more members than this is not emptied, down to a tenth of them, or deleted by one change.
    pub members_at_once: Option<u64>,
    /// What is younger than this does not count: a client may undo what it has just done, and so test itself.
    pub spare_minutes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let usual = Some(Threshold { least: 50, percent: 10 });
        Self { users_per_hour: usual, groups_per_hour: usual, members_at_once: Some(50), spare_minutes: 60 }
    }
}

impl Record for Limits {
    const VERSION: u8 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greater_of_number_and_share_is_let_through() {
        let threshold = Threshold { least: 50, percent: 10 };
        assert_eq!([0, 499, 510, 10_000].map(|all| threshold.of(all)), [50, 50, 51, 1_000]);
        assert_eq!(Threshold { least: 0, percent: 0 }.of(9), 0);
        assert_eq!(Threshold { least: 0, percent: 100 }.of(u64::MAX), u64::MAX / 100);
    }
}
