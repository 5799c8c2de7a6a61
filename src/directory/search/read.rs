//! Reading the matches of one kind in an order, by the cheapest way there is to them.

use scim::sort::By;
use uuid::Uuid;

use super::spot::{Reading, Spot, Top};
use super::{Totals, Wanted};
use crate::chunks::{CHUNK, breathe};
use crate::directory::{Current, Directory};
use crate::error::DirectoryError;
use crate::plan::{Plan, Planned};
use store::Range;

/// A match, and its record where it was read on the way.
pub(super) struct Hit {
    pub(super) spot: Spot,
    pub(super) current: Option<Current>,
}

impl From<Spot> for Hit {
    fn from(spot: Spot) -> Self {
        Self { spot, current: None }
    }
}

impl Directory {
    /// The matches of one kind that a reading has, and how many there are in all.
    pub(super) async fn read(
        &self,
        wanted: &Wanted<'_>,
        planned: &Planned,
        reading: &Reading,
        totals: Totals,
        base: &str,
    ) -> Result<(u64, Vec<Hit>), DirectoryError> {
        let hits = |spots: Vec<Spot>| spots.into_iter().map(Hit::from).collect();
        let kind = wanted.kind;
        let index = match &wanted.sort.by {
            By::Creation | By::Id => None,
            By::Attribute(path) => self.indexes.on(kind, &path.name()).filter(|index| index.has_one_value()),
        };
        match (&planned.plan, planned.exact, &wanted.sort.by, index) {
            (Plan::Nothing, ..) => Ok((0, vec![])),
            (Plan::Scan, true, By::Creation | By::Id, _) => {
                Ok((self.count(kind).await?, self.in_creation(kind, &wanted.sort.by, reading).await?))
            }
            (Plan::Scan, true, By::Attribute(_), Some(index)) => {
                let spots = self.in_order(index, wanted.sort, reading).await?;
                Ok((self.count(kind).await?, hits(spots)))
            }
            (Plan::Range(column, bounds), true, By::Attribute(_), Some(index))
                if column.index == index.number =>
            {
                let rows = self.stretch(column, bounds);
                let total = match totals {
                    Totals::Counted => self.kv.count(rows.range()).await?,
                    Totals::Known => 0,
                };
                let (spots, _) = self.in_rows(index, wanted.sort, reading, &rows).await?;
                Ok((total, hits(spots)))
            }
            (narrow, true, By::Creation | By::Id, _) => {
                let ids = self.candidates(kind, narrow).await?;
                Ok((ids.len() as u64, hits(pick(&ids, wanted, reading))))
            }
            _ => {
                let (total, spots) = self.sift(wanted, planned, reading, totals, base).await?;
                Ok((total, hits(spots)))
            }
        }
    }

    /// Reads every candidate, holds it against the filter where the plan alone does not decide, and keeps what the
    /// reading has.
    async fn sift(
        &self,
        wanted: &Wanted<'_>,
        planned: &Planned,
        reading: &Reading,
        totals: Totals,
        base: &str,
    ) -> Result<(u64, Vec<Spot>), DirectoryError> {
        let probe = self.probe(wanted, planned, base);
        let mut top = Top::new(reading);
        // In order of creation, what is read after a full page changes only the count.
        let may_stop = totals == Totals::Known && matches!(wanted.sort.by, By::Creation | By::Id);
        if planned.plan == Plan::Scan {
            let prefix = self.layout.resources(wanted.kind);
            let mut range = match &reading.beyond {
                Some(beyond) if may_stop => self.after_creation(wanted.kind, beyond.id, reading.direction),
                Some(_) | None => self.whole(wanted.kind, reading.direction),
            };
            loop {
                let rows = self.kv.scan(range, CHUNK).await?;
                for row in &rows {
                    let (id, current) = Self::row(wanted.kind, row)?;
                    if let Some(spot) = probe.spot(id, current).await? {
                        top.offer(spot);
                    }
                }
                let Some(last) = rows.last().filter(|_| rows.len() == CHUNK) else { break };
                if may_stop && top.is_full() {
                    break;
                }
                range = rest(&prefix, &last.key, reading.direction);
                tokio::task::yield_now().await;
            }
        } else {
            let ids = self.candidates(wanted.kind, &planned.plan).await?;
            for (i, id) in ids.into_iter().enumerate() {
                breathe(i).await;
                if let Some(current) = self.current(wanted.kind, id).await?
                    && let Some(spot) = probe.spot(id, current).await?
                {
                    top.offer(spot);
                }
            }
        }
        Ok((top.offered(), top.into_spots()))
    }
}

/// What is left of a prefix after a key, in a direction.
pub(super) fn rest(prefix: &[u8], key: &[u8], direction: scim::sort::Direction) -> Range {
    match direction {
        scim::sort::Direction::Ascending => Range::after(prefix, key),
        scim::sort::Direction::Descending => Range::before(prefix, key),
    }
}

/// What a reading has of ids in ascending order.
fn pick(ids: &[Uuid], wanted: &Wanted<'_>, reading: &Reading) -> Vec<Spot> {
    let spot = |id: &Uuid| created_spot(wanted.kind, *id, &wanted.sort.by);
    let cut = |upto: bool| match &reading.beyond {
        None => {
            if upto {
                ids.len()
            } else {
                0
            }
        }
        Some(beyond) if upto => ids.partition_point(|id| spot(id) < *beyond),
        Some(beyond) => ids.partition_point(|id| spot(id) <= *beyond),
    };
    match reading.direction {
        scim::sort::Direction::Ascending => {
            ids[cut(false)..].iter().skip(reading.skip).take(reading.limit).map(spot).collect()
        }
        scim::sort::Direction::Descending => {
            ids[..cut(true)].iter().rev().skip(reading.skip).take(reading.limit).map(spot).collect()
        }
    }
}

/// The place of a resource in an order that ids alone decide.
pub(super) fn created_spot(kind: crate::Kind, id: Uuid, by: &By) -> Spot {
    match by {
        By::Id => Spot { key: scim::sort::id_key(&id.to_string()), kind, id },
        By::Creation | By::Attribute(_) => Spot::created(kind, id),
    }
}
