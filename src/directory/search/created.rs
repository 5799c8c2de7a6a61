//! Reading all resources of a kind in order of creation.

use scim::sort::{By, Direction};
use std::ops::Bound;
use store::{Range, Row, Stored};
use uuid::Uuid;

use super::read::{Hit, created_spot, rest};
use super::spot::Reading;
use crate::chunks::CHUNK;
use crate::directory::{Current, Directory, current};
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// Up to so many keys are passed over one by one; the roster knows places that lie deeper.
const SHALLOW: usize = 1_000;

impl Directory {
    /// What a reading has of all resources of a kind.
    pub(super) async fn in_creation(
        &self,
        kind: Kind,
        by: &By,
        reading: &Reading,
    ) -> Result<Vec<Hit>, DirectoryError> {
        let prefix = self.layout.resources(kind);
        let Some(mut range) = self.begin(kind, reading).await? else { return Ok(vec![]) };
        let mut hits = Vec::new();
        while hits.len() < reading.limit {
            let wanted = (reading.limit - hits.len()).min(CHUNK);
            let rows = self.kv.scan(range, wanted).await?;
            for row in &rows {
                let (id, current) = Self::row(kind, row)?;
                hits.push(Hit { spot: created_spot(kind, id, by), current: Some(current) });
            }
            let Some(last) = rows.last().filter(|_| rows.len() == wanted) else { break };
            range = rest(&prefix, &last.key, reading.direction);
            tokio::task::yield_now().await;
        }
        Ok(hits)
    }

    /// Where a reading begins, behind what it passes over; `None` where nothing is left.
    async fn begin(&self, kind: Kind, reading: &Reading) -> Result<Option<Range>, DirectoryError> {
        let prefix = self.layout.resources(kind);
        let start = match &reading.beyond {
            None => self.whole(kind, reading.direction),
            Some(beyond) => self.after_creation(kind, beyond.id, reading.direction),
        };
        if reading.limit == 0 {
            return Ok(None);
        }
        if reading.skip == 0 {
            return Ok(Some(start));
        }
        if reading.skip <= SHALLOW {
            let passed = self.kv.keys(start, reading.skip).await?;
            let last = passed.last().filter(|_| passed.len() == reading.skip);
            return Ok(last.map(|last| rest(&prefix, last, reading.direction)));
        }
        let kept = self.created(kind).await?;
        let roster = &kept.roster;
        let place = match (reading.direction, &reading.beyond) {
            (Direction::Ascending, None) => Some(reading.skip),
            (Direction::Descending, None) => {
                roster.len().checked_sub(1).and_then(|l| l.checked_sub(reading.skip))
            }
            (Direction::Ascending, Some(beyond)) => {
                let next = roster.below(beyond.id);
                let at = usize::from(roster.at(next) == Some(beyond.id));
                (next + at).checked_add(reading.skip)
            }
            (Direction::Descending, Some(beyond)) => {
                roster.below(beyond.id).checked_sub(1).and_then(|l| l.checked_sub(reading.skip))
            }
        };
        let Some(id) = place.and_then(|place| roster.at(place)) else { return Ok(None) };
        let key = Bound::Included(self.layout.resource(kind, id));
        Ok(Some(match reading.direction {
            Direction::Ascending => Range::within(prefix, key, Bound::Unbounded),
            Direction::Descending => Range::within(prefix, Bound::Unbounded, key).descending(),
        }))
    }

    /// All resources of a kind, in a direction.
    pub(super) fn whole(&self, kind: Kind, direction: Direction) -> Range {
        let range = Range::prefix(self.layout.resources(kind));
        match direction {
            Direction::Ascending => range,
            Direction::Descending => range.descending(),
        }
    }

    /// The resources of a kind beyond an id, in a direction.
    pub(super) fn after_creation(&self, kind: Kind, id: Uuid, direction: Direction) -> Range {
        rest(&self.layout.resources(kind), &self.layout.resource(kind, id), direction)
    }

    /// The resource in a row.
    pub(super) fn row(kind: Kind, row: &Row) -> Result<(Uuid, Current), DirectoryError> {
        let id = id_at_end(&row.key).ok_or_else(|| DirectoryError::Unreadable(format!("a {kind} key")))?;
        let stored = Stored { revision: row.revision, value: row.value.clone() };
        Ok((id, current(kind, id, &stored)?))
    }
}
