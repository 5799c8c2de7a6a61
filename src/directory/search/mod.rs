//! Answering a query (RFC 7644 section 3.4.2, RFC 9865): candidates from a plan, the filter where the plan needs it,
//! an order, a page.
//!
//! Reading in an order yields [`Spot`]s, and only the resources of the page itself are then loaded. What a query costs
//! depends on what its plan finds, never on how deep its page lies: pages after a cursor begin at its spot, and places
//! are looked up in a roster.

mod candidates;
mod created;
mod load;
mod order;
mod probe;
mod read;
mod rows;
mod spot;

pub use spot::Spot;

use scim::filter::BoundFilter;
use scim::sort::{By, Sort};

use crate::directory::Directory;
use crate::entry::{Entry, Links};
use crate::error::DirectoryError;
use crate::layout::Kind;
use crate::plan::{Planned, plan};
use spot::{Reading, rank};

/// A query over one or more kinds.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// What is wanted of each kind, in any order; all sort in one direction.
    pub wanted: Vec<Wanted<'a>>,
    /// Which part of the matches.
    pub page: Page,
    /// The base URI a filter may compare with.
    pub base: &'a str,
}

/// What is wanted of one kind.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The kind.
    pub kind: Kind,
    /// Which of its resources; all without one.
    pub filter: Option<&'a BoundFilter>,
    /// Their order.
    pub sort: &'a Sort,
    /// Whether they are read with their links.
    pub links: Links,
}

/// Which part of the matches is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// By place: `start_index` counts from 1 (RFC 7644 section 3.4.2.4).
    Window {
        /// The place of the first one.
        start_index: u64,
        /// The most that are returned.
        count: usize,
    },
    /// From a spot on (RFC 9865); a page costs the same wherever it lies.
    Cursor {
        /// Where it begins.
        from: From,
        /// The most that are returned.
        count: usize,
        /// What an earlier page found out.
        known: Option<Known>,
    },
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// At the first match.
    Start,
    /// After a spot.
    After(Spot),
    /// As many before a spot as a page has.
    Before(Spot),
}

/// How many resources matched at a time; it saves counting again while nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The last commit of that time.
    pub position: u64,
    /// How many matched.
    pub total: u64,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How many resources match in all, and as of when.
    pub known: Known,
    /// The page.
    pub entries: Vec<Entry>,
    /// The first resource of the page, where others come before it.
    pub previous: Option<Spot>,
    /// The last resource of the page, where others come after it.
    pub next: Option<Spot>,
    /// How the matches of each kind were found.
    pub planned: Vec<Planned>,
}

impl Directory {
    /// How a filter would be answered.
    #[must_use]
    pub fn explain(&self, kind: Kind, filter: Option<&BoundFilter>) -> Planned {
        plan(filter, kind, &self.indexes)
    }

    /// Finds the resources of a kind that a filter matches, all of them without one, in order of creation.
    pub async fn search(
        &self,
        kind: Kind,
        filter: Option<&BoundFilter>,
        page: Page,
        links: Links,
    ) -> Result<Found, DirectoryError> {
        let wanted = Wanted { kind, filter, sort: &Sort::CREATION, links };
        self.query(Ask { wanted: vec![wanted], page, base: "" }).await
    }

    /// Answers a query.
    pub async fn query(&self, mut ask: Ask<'_>) -> Result<Found, DirectoryError> {
        ask.wanted.sort_by_key(|wanted| rank(wanted.kind));
        let begun = self.kv.moment();
        let position = self.position().await?;
        let planned: Vec<Planned> = ask.wanted.iter().map(|w| self.explain(w.kind, w.filter)).collect();
        let direction = ask.wanted.first().map(|w| w.sort.direction).unwrap_or_default();
        let all = Reading { direction, beyond: None, skip: 0, limit: 0 };
        let found = match &ask.page {
            Page::Window { start_index, count } => {
                let skip = usize::try_from(start_index.saturating_sub(1)).unwrap_or(usize::MAX);
                let reading = Reading { skip, limit: *count, ..all };
                let (total, hits) = self.gather(&ask, &planned, &reading, Totals::Counted).await?;
                Turned { total, hits, previous: None, next: None }
            }
            Page::Cursor { from, count, known } => {
                let total = known.filter(|known| known.position == position).map(|known| known.total);
                self.turn(&ask, &planned, from, *count, total, &all).await?
            }
        };
        let links = |kind| ask.wanted.iter().find(|w| w.kind == kind).map_or(Links::Without, |w| w.links);
        let known = Known { position, total: found.total };
        let (previous, next) = (found.previous, found.next);
        let entries = self.load(found.hits, begun, links).await?;
        Ok(Found { known, entries, previous, next, planned })
    }

    /// Reads the page from a spot on, and one match more, to know whether there is another page.
    async fn turn(
        &self,
        ask: &Ask<'_>,
        planned: &[Planned],
        from: &From,
        count: usize,
        total: Option<u64>,
        all: &Reading,
    ) -> Result<Turned, DirectoryError> {
        // A page of nothing but the total leads nowhere.
        let limit = if count == 0 { 0 } else { count.saturating_add(1) };
        let (direction, beyond) = match from {
            From::Start => (all.direction, None),
            From::After(spot) => (all.direction, Some(spot.clone())),
            From::Before(spot) => (all.direction.reversed(), Some(spot.clone())),
        };
        let reading = Reading { direction, beyond, skip: 0, limit };
        let totals = if total.is_some() { Totals::Known } else { Totals::Counted };
        let (counted, mut hits) = self.gather(ask, planned, &reading, totals).await?;
        let total = total.unwrap_or(counted);
        let more = hits.len() > count;
        hits.truncate(count);
        let (previous, next) = match from {
            From::Start => (None, hits.last().filter(|_| more)),
            From::After(_) => (hits.first(), hits.last().filter(|_| more)),
            From::Before(_) if hits.is_empty() => {
                // Everything before the spot is gone: its page is the first one now.
                return Box::pin(self.turn(ask, planned, &From::Start, count, Some(total), all)).await;
            }
            From::Before(_) => {
                hits.reverse();
                (hits.first().filter(|_| more), hits.last())
            }
        };
        let spot = |hit: Option<&read::Hit>| hit.map(|hit| hit.spot.clone());
        let (mut previous, next) = (spot(previous), spot(next));
        if let (From::After(beyond), true) = (from, hits.is_empty() && count > 0) {
            previous = Some(beyond.clone());
        }
        Ok(Turned { total, hits, previous, next })
    }

    /// Reads several kinds as one.
    async fn gather(
        &self,
        ask: &Ask<'_>,
        planned: &[Planned],
        reading: &Reading,
        totals: Totals,
    ) -> Result<(u64, Vec<read::Hit>), DirectoryError> {
        let mut each: Vec<(&Wanted<'_>, &Planned)> = ask.wanted.iter().zip(planned).collect();
        if let [(wanted, planned)] = each.as_slice() {
            return self.read(wanted, planned, reading, totals, ask.base).await;
        }
        if each.iter().any(|(wanted, _)| wanted.sort.by != By::Creation) {
            return self.merge(ask, &each, reading, totals).await;
        }
        if reading.direction == scim::sort::Direction::Descending {
            each.reverse();
        }
        let (mut total, mut found) = (0, Vec::new());
        let mut rest = reading.clone();
        for (wanted, planned) in each {
            let own = rest.among_created(wanted.kind);
            let (count, hits) = self.read(wanted, planned, &own, totals, ask.base).await?;
            total += count;
            if own.limit > 0 {
                rest.skip = rest.skip.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
            }
            rest.limit -= hits.len();
            found.extend(hits);
        }
        Ok((total, found))
    }

    /// Reads each kind as far as the page could reach, and merges.
    async fn merge(
        &self,
        ask: &Ask<'_>,
        each: &[(&Wanted<'_>, &Planned)],
        reading: &Reading,
        totals: Totals,
    ) -> Result<(u64, Vec<read::Hit>), DirectoryError> {
        let limit = if reading.limit == 0 { 0 } else { reading.skip.saturating_add(reading.limit) };
        let own = Reading { skip: 0, limit, ..reading.clone() };
        let (mut total, mut found) = (0, Vec::new());
        for (wanted, planned) in each {
            // a kind that lacks what is sorted by
            let created = (wanted.sort.by == By::Creation).then(|| own.among_created(wanted.kind));
            let own = created.as_ref().unwrap_or(&own);
            let (count, hits) = self.read(wanted, planned, own, totals, ask.base).await?;
            total += count;
            found.extend(hits);
        }
        found.sort_by(|a, b| match reading.direction {
            scim::sort::Direction::Ascending => a.spot.cmp(&b.spot),
            scim::sort::Direction::Descending => b.spot.cmp(&a.spot),
        });
        Ok((total, found.into_iter().skip(reading.skip).take(reading.limit).collect()))
    }
}

/// A page that was read, and where others follow.
struct Turned {
    total: u64,
    hits: Vec<read::Hit>,
    previous: Option<Spot>,
    next: Option<Spot>,
}

/// Whether the matches have to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Totals {
    Counted,
    Known,
}
