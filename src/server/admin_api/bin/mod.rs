//! The recycle bin of a tenant. `GET /api/bin` lists it, the last deleted first, with `search`, `cursor` and `count`;
//! `GET /api/bin/{id}` shows one entry, `POST /api/bin/{id}/restore` brings it back, `DELETE /api/bin/{id}` and
//! `DELETE /api/bin` purge one entry and all.
//!
//! An entry in JSON: `id`, `resourceType`, `display`, `deletedAt`, `deletedBy` (a service account's id and, where it
//! is still there, its name), `purgeAt`. A list has `entries`, `total` (absent where it was searched), `keepDays` and
//! `nextCursor`.

pub(super) mod list;
pub(super) mod purge;
pub(super) mod read;
pub(super) mod restore;

use super::Call;
use super::answer::Problem;
use access::AccountId;
use directory::{BinEntry, Kind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// The word for an entry that is not there.
const WHAT: &str = "entry of the recycle bin";

/// An entry as the administrator sees it.
async fn shown(call: &Call<'_>, entry: &BinEntry) -> Result<Value, Problem> {
    let account = Uuid::parse_str(&entry.actor).ok().map(AccountId::new);
    let account = match account {
        Some(id) => call.admin.access.account(id).await?.map(|account| account.name),
        None => None,
    };
    Ok(json!({
        "id": entry.id,
        "resourceType": resource_type(call, entry.kind),
        "display": entry.display,
        "userName": entry.attributes.get("userName"),
        "deletedAt": entry.deleted.to_string(),
        "deletedBy": { "id": entry.actor, "name": account },
        "purgeAt": purge_at(entry.deleted, call.admin.facts.bin_days).map(|at| at.to_string()),
    }))
}

/// The name of the resource type; of one that is not defined any more, what the log calls it.
fn resource_type(call: &Call<'_>, kind: Kind) -> String {
    let known = call.admin.directory.kinds().resource_type(kind);
    known.map_or_else(|| kind.to_string(), |resource_type| resource_type.name.clone())
}

fn purge_at(deleted: Timestamp, days: u16) -> Option<Timestamp> {
    deleted.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok()
}

/// A place in the list as a cursor.
fn cursor_of(entry: &BinEntry) -> String {
    let (deleted, kind, id) = entry.place();
    format!("{}.{}.{id}", deleted.as_millisecond(), kind.byte())
}

fn place_of(cursor: &str) -> Option<(Timestamp, Kind, Uuid)> {
    let mut parts = cursor.splitn(3, '.');
    let deleted = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
    let kind = Kind::from_byte(parts.next()?.parse().ok()?)?;
    Some((deleted, kind, Uuid::parse_str(parts.next()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_the_place_after_an_entry() {
        let entry = BinEntry {
            kind: Kind::Custom(200),
            id: Uuid::from_u128(7),
            display: String::new(),
            deleted: Timestamp::from_millisecond(1_700_000_000_123).unwrap(),
            actor: String::new(),
            attributes: serde_json::Map::new(),
        };
        assert_eq!(place_of(&cursor_of(&entry)), Some(entry.place()));
        for other in ["", "1", "1.2", "1.117.x", "x.117.00000000-0000-0000-0000-000000000007"] {
            assert_eq!(place_of(other), None, "{other}");
        }
    }

    #[test]
    fn an_entry_is_purged_after_the_days_it_is_kept() {
        let deleted: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(purge_at(deleted, 30).unwrap().to_string(), "2026-01-31T00:00:00Z");
    }
}
