//! What an operation on `members` comes to, without a look at the members there are.

use serde_json::Value;

use super::{Change, EdgeChange};
use crate::check;
use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::filter::{BoundFilter, Operand, Operator};
use crate::path::{AttributePath, Selection};
use crate::resource::MemberRef;
use crate::value::Key;

/// The changes of members an operation asks for.
pub(super) fn changes(
    path: &AttributePath,
    selection: Option<&Selection>,
    change: Change,
    lenience: &mut Lenience<'_>,
) -> Result<Vec<EdgeChange>, ScimError> {
    if path.sub().is_some() {
        return Err(ScimError::mutability(format!(
            "{path}: a member is added or removed as a whole and never changed"
        )));
    }
    let Some(selection) = selection else { return unselected(path, change, lenience) };
    let (value, verb) = match change {
        Change::Remove(_) | Change::Replace(Value::Null) => return Ok(vec![removal(&selection.filter)]),
        Change::Replace(value) => (value, "replace"),
        Change::Add(value) => (value, "add"),
    };
    // Whether the filter chooses anything is not known here; what comes out is right in both cases.
    let Some(chosen) = ids(&selection.filter)
        .filter(|_| lenience.bends(Deviation::CreateFromFilter, || format!("{verb} {path}[...]")))
    else {
        return Err(ScimError::no_target(format!(
            "{verb} {path}[...]: give members with \"path\": \"{path}\" and no filter"
        )));
    };
    let given = check::members(path.attribute(), value, lenience)?;
    let keeps = chosen.iter().all(|id| given.iter().any(|g| g.value == *id));
    let removal = (verb == "replace" && !keeps).then_some(EdgeChange::Remove(chosen));
    Ok(removal.into_iter().chain([EdgeChange::Add(given)]).collect())
}

fn unselected(
    path: &AttributePath,
    change: Change,
    lenience: &mut Lenience<'_>,
) -> Result<Vec<EdgeChange>, ScimError> {
    let some = |members: Vec<MemberRef>| (!members.is_empty()).then_some(EdgeChange::Add(members));
    Ok(match change {
        Change::Add(value) => some(check::members(path.attribute(), value, lenience)?).into_iter().collect(),
        Change::Replace(value) => std::iter::once(EdgeChange::Clear)
            .chain(some(check::members(path.attribute(), value, lenience)?))
            .collect(),
        Change::Remove(None) => vec![EdgeChange::Clear],
        Change::Remove(Some(value)) => {
            let ids: Vec<String> =
                check::members(path.attribute(), value, lenience)?.into_iter().map(|m| m.value).collect();
            if ids.is_empty() { vec![] } else { vec![EdgeChange::Remove(ids)] }
        }
    })
}

fn removal(filter: &BoundFilter) -> EdgeChange {
    ids(filter).map_or_else(|| EdgeChange::RemoveWhere(filter.clone()), EdgeChange::Remove)
}

/// The ids of `value eq "a" or value eq "b"`.
fn ids(filter: &BoundFilter) -> Option<Vec<String>> {
    match filter {
        BoundFilter::Compare { attribute, operator: Operator::Eq, operand: Operand::Key(Key::Text(id)) }
            if attribute.attribute().name == "value" =>
        {
            Some(vec![id.clone()])
        }
        BoundFilter::Any(parts) => {
            parts.iter().map(ids).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        }
        BoundFilter::Compare { .. }
        | BoundFilter::All(_)
        | BoundFilter::Not(_)
        | BoundFilter::Constant(_)
        | BoundFilter::Present(_)
        | BoundFilter::Element { .. } => None,
    }
}
