//! Users and groups as the administrator looks at them: he reads, the provider writes.

pub(super) mod groups;
pub(super) mod members;
pub(super) mod read;
pub(super) mod users;

use super::answer::Problem;
use super::{Call, ask};
use ::directory::{self as dir, DirectoryError, Entry, Kind, Links, Page, Spot};
use http::StatusCode;
use scim::filter::{BoundFilter, Filter};
use scim::{Dialect, Lenience, ScimError};
use serde_json::Value;
use uuid::Uuid;

const USUAL: usize = 50;

/// How many resources of a kind there are.
pub(super) async fn count(call: &Call<'_>, kind: Kind) -> Result<u64, Problem> {
    Ok(call.admin.directory.count(kind).await?)
}

/// One page of a list.
struct Listed {
    entries: Vec<Entry>,
    total: u64,
    next_cursor: Option<String>,
}

/// The page of resources of which one of the attributes starts with what is searched for.
async fn list(call: &Call<'_>, kind: Kind, attributes: &[&str]) -> Result<Listed, Problem> {
    let ask::Page { search, cursor, count } = call.page(USUAL)?;
    let filter = search.map(|start| starts_with(call, kind, attributes, &start)).transpose()?;
    let from =
        cursor_id(cursor)?.map_or(dir::From::Start, |last| dir::From::After(Spot::created(kind, last)));
    let page = Page::Cursor { from, count, known: None };
    let found = call.admin.directory.search(kind, filter.as_ref(), page, Links::Without).await?;
    let next_cursor = found.next.map(|last| last.id.to_string());
    Ok(Listed { entries: found.entries, total: found.known.total, next_cursor })
}

fn starts_with(
    call: &Call<'_>,
    kind: Kind,
    attributes: &[&str],
    start: &str,
) -> Result<BoundFilter, ScimError> {
    let directory = call.admin.directory;
    let strict = Dialect::strict();
    Filter::parse(&filter_text(attributes, start))?.bind(
        directory.registry(),
        directory.resource_type(kind),
        &mut Lenience::new(&strict),
    )
}

/// The search as a SCIM filter. The text is quoted as JSON, so that it cannot leave its quotes.
fn filter_text(attributes: &[&str], start: &str) -> String {
    let start = Value::from(start);
    let terms: Vec<_> = attributes.iter().map(|attribute| format!("{attribute} sw {start}")).collect();
    terms.join(" or ")
}

/// The cursor of these lists is the last id of the page before.
fn cursor_id(cursor: Option<String>) -> Result<Option<Uuid>, Problem> {
    let id = cursor.map(|cursor| Uuid::parse_str(&cursor)).transpose();
    id.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "badCursor", "the cursor is not one of this list"))
}

/// Cuts a list that was asked for with one more than the page, and gives the cursor of the next page.
fn cut<T>(items: &mut Vec<T>, count: usize, id: impl Fn(&T) -> Uuid) -> Option<String> {
    let more = items.len() > count;
    items.truncate(count);
    items.last().filter(|_| more).map(|last| id(last).to_string())
}

impl From<DirectoryError> for Problem {
    fn from(failed: DirectoryError) -> Problem {
        match failed {
            DirectoryError::Scim(refused) => refused.into(),
            DirectoryError::Contention(_) => {
                Problem::wait(StatusCode::SERVICE_UNAVAILABLE, failed.to_string(), 1)
            }
            DirectoryError::Store(_) | DirectoryError::ReadBack(_) | DirectoryError::Unreadable(_) => {
                Problem::internal(&failed)
            }
        }
    }
}

impl From<ScimError> for Problem {
    fn from(refused: ScimError) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "badSearch", refused.detail())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_stays_within_its_quotes() {
        assert_eq!(
            filter_text(&["userName", "displayName"], "a\" or id pr or \"\\"),
            r#"userName sw "a\" or id pr or \"\\" or displayName sw "a\" or id pr or \"\\""#
        );
    }

    #[test]
    fn there_is_a_next_page_only_when_there_is_more() {
        let ids: Vec<_> = (1..=3).map(Uuid::from_u128).collect();
        for (count, cursor) in [(2, Some(ids[1].to_string())), (3, None), (4, None)] {
            assert_eq!(cut(&mut ids.clone(), count, |id| *id), cursor);
        }
        assert_eq!(cut(&mut Vec::<Uuid>::new(), 2, |id| *id), None);
        assert!(cursor_id(Some("x".into())).is_err());
        assert_eq!(cursor_id(None).unwrap(), None);
    }
}
