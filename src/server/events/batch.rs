//! What a stream has to tell next: records of the feed after its position, as events.

use std::collections::HashMap;

use ::events::{Event, Known, Mark, Scene, Scope, StreamRecord, expand};
use directory::{Directory, Feed, Links, Position};
use scim::filter::{BoundFilter, Filter};
use scim::json::Object;
use scim::{Dialect, Lenience, ScimError};
use uuid::Uuid;

use super::{Events, EventsError};

/// Records with their events.
pub(crate) struct Pending {
    /// The events of all records, in order.
    pub(crate) events: Vec<Event>,
    /// Each record with the events it has.
    pub(crate) records: Vec<(Position, Vec<Mark>)>,
    /// Who enters the scope or leaves it, by record.
    moves: Vec<Vec<(Uuid, Option<String>)>>,
    /// Whether there may be more records.
    pub(crate) more: bool,
}

impl Pending {
    /// Who entered the scope and who left it by the first records.
    pub(crate) fn moves(&self, records: usize) -> Vec<(Uuid, Option<String>)> {
        self.moves.iter().take(records).flatten().cloned().collect()
    }
}

/// Binds the filter of a scope; `None` where it has none.
pub(crate) fn bound(scope: &Scope, directory: &Directory) -> Result<Option<BoundFilter>, ScimError> {
    let Scope::Filter { resource_type, filter } = scope else { return Ok(None) };
    let registry = directory.registry();
    let resource_type = registry.resource_type(resource_type).ok_or_else(|| {
        ScimError::invalid_value(format!(
            "there is no resource type {resource_type:?}; /ResourceTypes lists them"
        ))
    })?;
    let dialect = Dialect::strict();
    Filter::parse(filter)?.bind(registry, resource_type, &mut Lenience::new(&dialect)).map(Some)
}

/// The events of the first `limit` records after a position.
pub(crate) async fn pending(
    events: &Events,
    directory: &Directory,
    stream: &StreamRecord,
    after: Position,
    limit: usize,
) -> Result<Pending, EventsError> {
    let feed = directory.follow(after, limit).await?;
    // an administrator may have taken the type or an attribute away: then nothing is in the scope any more
    let filter = bound(&stream.scope, directory).ok().flatten();
    let mut pending = Pending { events: vec![], records: vec![], moves: vec![], more: feed.len() == limit };
    let mut moved: HashMap<Uuid, Option<String>> = HashMap::new();
    for row in feed {
        let known = known(events, stream, &row, &moved).await?;
        let present = present(directory, stream, &row).await?;
        let scene = Scene {
            registry: directory.registry(),
            kinds: directory.kinds(),
            form: stream.form,
            scope: &stream.scope,
            filter: filter.as_ref(),
            known: &known,
            present: present.as_ref(),
        };
        let expanded = expand(&row, &scene);
        moved.extend(expanded.known.iter().cloned());
        pending.records.push((row.position, expanded.events.iter().map(|event| event.mark).collect()));
        pending.moves.push(expanded.known);
        pending.events.extend(expanded.events);
    }
    Ok(pending)
}

/// Who of a record's resources is in the scope, as the records before it left it.
async fn known(
    events: &Events,
    stream: &StreamRecord,
    row: &Feed,
    moved: &HashMap<Uuid, Option<String>>,
) -> Result<Known, EventsError> {
    if !stream.scope.is_moving() {
        return Ok(Known::new());
    }
    let mut asked = vec![row.record.id];
    if matches!(stream.scope, Scope::Group { group } if group == row.record.id) {
        asked.extend(&row.record.removed);
    }
    let mut known = Known::new();
    for id in asked {
        let name = match moved.get(&id) {
            Some(name) => name.clone(),
            None => events.known(stream.id, id).await?,
        };
        if let Some(name) = name {
            known.insert(id, name);
        }
    }
    Ok(known)
}

/// The resource as it is now, where a filter has to judge a record without values.
async fn present(
    directory: &Directory,
    stream: &StreamRecord,
    row: &Feed,
) -> Result<Option<Object>, EventsError> {
    let is_needed = matches!(stream.scope, Scope::Filter { .. }) && row.record.values.is_none();
    let kind = directory.kinds().named(&row.record.resource_type);
    let Some(kind) = kind.filter(|_| is_needed) else { return Ok(None) };
    let entry = directory.get(kind, row.record.id, Links::Without).await?;
    Ok(entry.map(|entry| entry.to_object("")))
}
