//! Reading resources in the order of an index: its rows are that order, and those without a row follow.

use std::ops::Bound;

use scim::sort::{Direction, Sort, SortKey};
use store::{Key, Range};
use uuid::Uuid;

use super::rows::{Stretch, value_end, value_start};
use super::spot::{Reading, Spot, Top, rank};
use crate::chunks::breathe;
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::index::{Index, MAX_VALUE, Rows};
use crate::layout::{Layout, id_at_end, row_value, unique_value};

/// Rows read at a time.
const ROWS: usize = 4096;

/// A row of an index as an order sees it.
struct Place {
    value: Vec<u8>,
    id: Uuid,
    key: Key,
}

impl Directory {
    /// What a reading has of all resources of an index's kind.
    pub(super) async fn in_order(
        &self,
        index: &Index,
        sort: &Sort,
        reading: &Reading,
    ) -> Result<Vec<Spot>, DirectoryError> {
        if reading.limit == 0 {
            return Ok(vec![]);
        }
        let rows = Stretch::all(rows_of(self.layout, index));
        let mut found = Vec::new();
        let mut rest = reading.clone();
        let parts = match reading.direction {
            Direction::Ascending => [Part::Rows, Part::Lacking],
            Direction::Descending => [Part::Lacking, Part::Rows],
        };
        for part in parts {
            if rest.limit == 0 {
                break;
            }
            let (mut spots, passed) = match part {
                Part::Rows => self.in_rows(index, sort, &rest, &rows).await?,
                Part::Lacking => self.in_lacking(index, &rest).await?,
            };
            rest.skip -= passed;
            rest.limit -= spots.len();
            found.append(&mut spots);
        }
        Ok(found)
    }

    /// What a reading has of those without a row, in order of their ids; and how many of them it passed over.
    async fn in_lacking(
        &self,
        index: &Index,
        reading: &Reading,
    ) -> Result<(Vec<Spot>, usize), DirectoryError> {
        if index.has_every_resource() {
            return Ok((vec![], 0));
        }
        let kept = self.lacking(index).await?;
        let roster = &kept.roster;
        let spot = |id| Spot::created(index.kind, id);
        // The places that the reading has: from `low` up to `high`.
        let (mut low, mut high) = (0, roster.len());
        if let Some(beyond) = &reading.beyond {
            let below = roster.below(beyond.id);
            let same = usize::from(beyond.kind == index.kind && roster.at(below) == Some(beyond.id));
            let here = beyond.key == SortKey::Missing && beyond.kind == index.kind;
            let none = !spot(Uuid::max()).follows(beyond, reading.direction)
                && !spot(Uuid::nil()).follows(beyond, reading.direction);
            match reading.direction {
                Direction::Ascending if here => low = below + same,
                Direction::Descending if here => high = below,
                Direction::Ascending | Direction::Descending if none => high = 0,
                Direction::Ascending | Direction::Descending => {}
            }
        }
        let there = high.saturating_sub(low);
        let passed = reading.skip.min(there);
        let wanted = (there - passed).min(reading.limit);
        let place = |n: usize| match reading.direction {
            Direction::Ascending => low + passed + n,
            Direction::Descending => high - 1 - passed - n,
        };
        Ok(((0..wanted).filter_map(|n| roster.at(place(n))).map(spot).collect(), passed))
    }

    /// What a reading has of the rows in a stretch of an index; and how many of them it passed over.
    pub(super) async fn in_rows(
        &self,
        index: &Index,
        sort: &Sort,
        reading: &Reading,
        stretch: &Stretch,
    ) -> Result<(Vec<Spot>, usize), DirectoryError> {
        let (mut found, mut passed) = (Vec::new(), 0);
        let Some(mut range) = self.first(index, reading, stretch) else { return Ok((found, passed)) };
        while found.len() < reading.limit {
            let wanted = (reading.skip - passed).saturating_add(reading.limit - found.len()).min(ROWS);
            let places = self.places(index, range, wanted).await?;
            let mut next = places
                .last()
                .filter(|_| places.len() == wanted)
                .map(|last| Bound::Excluded(last.key.clone()));
            for place in places {
                if !index.tells_apart(&place.value) {
                    let (spots, over) =
                        self.in_run(index, sort, reading, (passed, found.len()), &place.value).await?;
                    passed += over;
                    found.extend(spots);
                    next = Some(self.behind(index, &place.value, reading.direction));
                    break;
                }
                let spot =
                    Spot { key: SortKey::of(index.leaf(), place.value), kind: index.kind, id: place.id };
                if !reading.has(&spot) {
                    continue;
                }
                if passed < reading.skip {
                    passed += 1;
                } else if found.len() < reading.limit {
                    found.push(spot);
                }
            }
            let Some(next) = next else { break };
            range = stretch.beyond(&next, reading.direction);
            tokio::task::yield_now().await;
        }
        Ok((found, passed))
    }

    /// Where a reading begins in a stretch; `None` where it has nothing of it.
    fn first(&self, index: &Index, reading: &Reading, stretch: &Stretch) -> Option<Range> {
        let whole = match reading.direction {
            Direction::Ascending => stretch.range(),
            Direction::Descending => stretch.range().descending(),
        };
        let Some(beyond) = &reading.beyond else { return Some(whole) };
        let SortKey::Value { bytes, .. } = &beyond.key else {
            return (reading.direction == Direction::Descending).then_some(whole);
        };
        if !matches!(SortKey::of(index.leaf(), vec![]), SortKey::Value { rank, .. } if beyond.key.has_rank(rank))
        {
            // Another type of value: all rows come before the place, or all after.
            return Some(whole);
        }
        let rows = rows_of(self.layout, index);
        let cut = if index.rows == Rows::Unique { bytes } else { &bytes[..bytes.len().min(MAX_VALUE)] };
        let same_kind = rank(beyond.kind) == rank(index.kind);
        let exact = index.rows != Rows::Unique && index.tells_apart(cut) && same_kind;
        let bound = if exact {
            Bound::Excluded(self.layout.index_row(index.number, cut, beyond.id))
        } else {
            match reading.direction {
                Direction::Ascending => Bound::Included(value_start(&rows, cut)),
                Direction::Descending => Bound::Excluded(value_end(&rows, cut)),
            }
        };
        Some(stretch.beyond(&bound, reading.direction))
    }

    async fn places(&self, index: &Index, range: Range, limit: usize) -> Result<Vec<Place>, DirectoryError> {
        let length = rows_of(self.layout, index).len();
        if index.rows == Rows::Unique {
            let rows = self.kv.scan(range, limit).await?;
            let place = |row: store::Row| {
                let value = unique_value(&row.key, length).unwrap_or_default();
                Place { value, id: Uuid::from_slice(&row.value).unwrap_or_default(), key: row.key }
            };
            return Ok(rows.into_iter().map(place).collect());
        }
        let keys = self.kv.keys(range, limit).await?;
        let place = |key: Key| {
            let value = row_value(&key, length).unwrap_or_default();
            Place { value, id: id_at_end(&key).unwrap_or_default(), key }
        };
        Ok(keys.into_iter().map(place).collect())
    }

    /// What a reading has of the rows that share a cut value: the records tell them apart. `done` says how many were
    /// passed over and found before.
    async fn in_run(
        &self,
        index: &Index,
        sort: &Sort,
        reading: &Reading,
        (passed, found): (usize, usize),
        value: &[u8],
    ) -> Result<(Vec<Spot>, usize), DirectoryError> {
        let own = Reading {
            skip: reading.skip - passed,
            limit: reading.limit - found,
            beyond: reading.beyond.clone(),
            direction: reading.direction,
        };
        let mut top = Top::new(&own);
        let mut there = 0;
        let rows = self.all_rows(self.layout.index_value(index.number, value)).await?;
        for (i, id) in rows.iter().filter_map(|row| id_at_end(&row.key)).enumerate() {
            breathe(i).await;
            if let Some(spot) = self.sort_key(index.kind, id, sort).await? {
                there += usize::from(own.has(&spot));
                top.offer(spot);
            }
        }
        Ok((top.into_spots(), own.skip.min(there)))
    }

    /// The bound behind all rows of a value.
    fn behind(&self, index: &Index, value: &[u8], direction: Direction) -> Bound<Key> {
        let rows = rows_of(self.layout, index);
        match direction {
            Direction::Ascending => Bound::Included(value_end(&rows, value)),
            Direction::Descending => Bound::Excluded(value_start(&rows, value)),
        }
    }
}

/// The two parts of an order.
enum Part {
    Rows,
    Lacking,
}

/// What every row of an index begins with.
fn rows_of(layout: Layout, index: &Index) -> Key {
    match index.rows {
        Rows::Unique => layout.unique_rows(index.number),
        Rows::Plain | Rows::Pointed => layout.index_rows(index.number),
    }
}
