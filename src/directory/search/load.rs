//! Loading the resources of a page.

use scim::{ScimError, ScimType};
use store::Moment;

use super::read::Hit;
use crate::directory::Directory;
use crate::entry::{Entry, Links};
use crate::error::DirectoryError;
use crate::layout::Kind;

impl Directory {
    /// The resources of a page, whose hits were read after the moment `begun`.
    pub(super) async fn load(
        &self,
        hits: Vec<Hit>,
        begun: Option<Moment>,
        links: impl Fn(Kind) -> Links,
    ) -> Result<Vec<Entry>, DirectoryError> {
        let mut entries = Vec::with_capacity(hits.len());
        let mut budget = LinkBudget::new();
        for Hit { spot, current } in hits {
            let links = links(spot.kind);
            let entry = match current {
                Some(current) => self.complete(spot.kind, spot.id, current, links, begun).await?,
                None => self.get(spot.kind, spot.id, links).await?,
            };
            // A resource deleted since the index was read is no match any more.
            let Some(entry) = entry else { continue };
            budget.take(entry.members.len() + entry.groups.len())?;
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// The most members and groups that the resources of one page may show together. One large group always fits.
const MAX_LINKS: usize = 500_000;

/// What is left of [`MAX_LINKS`]. A page is refused rather than cut: clients page by a fixed step.
struct LinkBudget {
    shown: usize,
    resources: usize,
}

impl LinkBudget {
    fn new() -> Self {
        Self { shown: 0, resources: 0 }
    }

    fn take(&mut self, links: usize) -> Result<(), ScimError> {
        self.shown += links;
        self.resources += 1;
        if self.shown <= MAX_LINKS || self.resources == 1 {
            return Ok(());
        }
        Err(ScimError::new(
            ScimType::TooMany,
            format!(
                "the resources of this page have more than {MAX_LINKS} members together; ask for \
                 excludedAttributes=members, or for a smaller count"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_large_group_fits_a_page_and_two_are_too_many() {
        let mut budget = LinkBudget::new();
        assert!(budget.take(2 * MAX_LINKS).is_ok());
        assert_eq!(budget.take(0).unwrap_err().scim_type(), Some(ScimType::TooMany));
        let mut budget = LinkBudget::new();
        assert!((0..1_000).all(|_| budget.take(MAX_LINKS / 1_000).is_ok()));
    }
}
