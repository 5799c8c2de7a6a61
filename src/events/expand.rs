//! What one record of the feed comes to for a stream: its events, and who came into the scope or left it.

use std::collections::HashMap;
use std::sync::Arc;

use directory::{Change, Feed, FeedRecord, Kind, Kinds, Turned};
use scim::filter::BoundFilter;
use scim::json::Object;
use scim::{Attribute, AttributePath, Registry, Returned, urn};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::kind::EventKind;
use crate::progress::Mark;
use crate::stream::{Form, Scope};

/// One event, before it is addressed and signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What it tells.
    pub kind: EventKind,
    /// Of which resource. Events of one resource are sent in order.
    pub subject: Uuid,
    /// Its place.
    pub mark: Mark,
    /// When it happened.
    pub at_ms: i64,
    /// The subject as a receiver is told it (RFC 9967 section 2.1).
    pub sub_id: Value,
    /// The transaction.
    pub txn: String,
    /// What is told: an object.
    pub payload: Value,
}

/// The resources that are in the scope of a stream, with the name of their type: only those asked for.
pub type Known = HashMap<Uuid, String>;

/// What a record comes to.
#[derive(Debug, Default, PartialEq)]
pub struct Expanded {
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Who is in the scope from now on, with the name of its type, and who is not.
    pub known: Vec<(Uuid, Option<String>)>,
}

/// What has to be known to tell of a record.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Schemas and resource types.
    pub registry: &'a Registry,
    /// The kinds of resources.
    pub kinds: &'a Kinds,
    /// Whether values are told.
    pub form: Form,
    /// Of which resources is told.
    pub scope: &'a Scope,
    /// The filter of the scope, bound.
    pub filter: Option<&'a BoundFilter>,
    /// Who is in the scope: the record's resource, and for a scope's group those who came or went.
    pub known: &'a Known,
    /// The resource as it is now, for a filter on a record that kept no values.
    pub present: Option<&'a Object>,
}

/// The numbers of a record's events. They must not change: they are part of names of tokens.
const ADDED: u32 = 0;
const MAIN: u32 = 1;
const TURNED: u32 = 2;
const REMOVED: u32 = 3;
const MEMBERS: u32 = 16;

/// What a record comes to.
#[must_use]
pub fn expand(feed: &Feed, scene: &Scene<'_>) -> Expanded {
    let mut out = Expanded::default();
    let record = &feed.record;
    let event = |number, kind, payload| Event {
        kind,
        subject: record.id,
        mark: Mark { position: feed.position, number },
        at_ms: record.at_ms,
        sub_id: scene.subject(&record.resource_type, record.id, record.external_id.as_deref()),
        txn: txn(feed),
        payload,
    };
    let main = |out: &mut Expanded| {
        let (kind, payload) = told(feed, scene);
        out.events.push(event(MAIN, kind, payload));
        if let Some(turned) = record.turned {
            let kind = match turned {
                Turned::Active => EventKind::Activate,
                Turned::Inactive => EventKind::Deactivate,
            };
            out.events.push(event(TURNED, kind, json!({})));
        }
    };
    let type_name = || record.resource_type.clone();
    match scene.stand(record) {
        Stand { before: false, after: false } => {}
        Stand { before: true, after: false } => {
            out.events.push(event(REMOVED, EventKind::FeedRemove, json!({})));
            out.known.push((record.id, None));
        }
        Stand { before: false, after: true } => {
            if record.change != Change::Create {
                out.events.push(event(ADDED, EventKind::FeedAdd, json!({})));
            }
            main(&mut out);
            out.known.push((record.id, Some(type_name())));
        }
        Stand { before: true, after: true } => {
            main(&mut out);
            // nothing is said of leaving: it is gone (RFC 9967 section 2.4.4)
            if record.change == Change::Delete && scene.scope.is_moving() {
                out.known.push((record.id, None));
            }
        }
    }
    if matches!(scene.scope, Scope::Group { group } if *group == record.id) {
        members(feed, scene, &mut out);
    }
    out
}

/// Whether a resource was in the scope before a change and is after it.
struct Stand {
    before: bool,
    after: bool,
}

impl Scene<'_> {
    fn stand(&self, record: &FeedRecord) -> Stand {
        let both = |is_in| Stand { before: is_in, after: is_in };
        match self.scope {
            Scope::All => both(true),
            Scope::ResourceTypes { resource_types } => {
                both(resource_types.iter().any(|name| name.eq_ignore_ascii_case(&record.resource_type)))
            }
            Scope::Group { group } => both(record.id == *group || self.known.contains_key(&record.id)),
            Scope::Filter { resource_type, .. } => {
                let before = self.known.contains_key(&record.id);
                let after = match record.change {
                    Change::Create | Change::Put | Change::Patch => {
                        resource_type.eq_ignore_ascii_case(&record.resource_type) && self.matches(record)
                    }
                    Change::Members | Change::Delete => before,
                    Change::Completed => false,
                };
                // what completes is a request, not the resource
                if record.change == Change::Completed { both(false) } else { Stand { before, after } }
            }
        }
    }

    fn matches(&self, record: &FeedRecord) -> bool {
        let values = record.values.as_ref().and_then(Value::as_object).or(self.present);
        self.filter.zip(values).is_some_and(|(filter, values)| {
            let mut values = values.clone();
            values.insert("id".to_owned(), record.id.to_string().into());
            filter.matches(&values)
        })
    }

    /// The subject of an event; a request that made nothing has the collection as its subject.
    fn subject(&self, resource_type: &str, id: Uuid, external_id: Option<&str>) -> Value {
        let found = self.registry.resource_type(resource_type);
        let endpoint = match found {
            Some(found) => found.endpoint.clone(),
            // a type that is not defined any more; an operation that named none
            None if !resource_type.is_empty() => format!("/{resource_type}s"),
            None => "/".to_owned(),
        };
        if id.is_nil() {
            return json!({ "format": "scim", "uri": endpoint });
        }
        let mut subject = json!({ "format": "scim", "uri": format!("{endpoint}/{id}"), "id": id });
        if let Some(external_id) = external_id {
            subject["externalId"] = external_id.into();
        }
        subject
    }

    /// The values that may be told: all but those that are never returned.
    fn visible(&self, resource_type: &str, values: &Object) -> Object {
        let mut values = values.clone();
        let Some(resource_type) = self.registry.resource_type(resource_type) else { return values };
        show(&self.registry.base(resource_type).attributes, &mut values);
        for schema in self.registry.extensions(resource_type) {
            if let Some(Value::Object(part)) = values.get_mut(&schema.id) {
                show(&schema.attributes, part);
            }
        }
        values
    }

    /// Whether a name of `FeedRecord::attributes` is that of an attribute that is never returned: nothing is told of
    /// its values, also not that there is none.
    fn is_secret(&self, resource_type: &str, name: &str) -> bool {
        let Some(resource_type) = self.registry.resource_type(resource_type) else { return false };
        let named = AttributePath::named(self.registry, resource_type, name);
        named.is_some_and(|path| path.is_never_returned())
    }
}

/// Takes away what is never returned.
fn show(attributes: &[Arc<Attribute>], values: &mut Object) {
    values.retain(|name, value| {
        let known = attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        let Some(attribute) = known else { return true };
        match value {
            Value::Object(value) => show(&attribute.sub_attributes, value),
            Value::Array(list) => {
                let elements = list.iter_mut().filter_map(Value::as_object_mut);
                elements.for_each(|element| show(&attribute.sub_attributes, element));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        attribute.returned != Returned::Never
    });
}

/// The transaction: its name, or the commit.
fn txn(feed: &Feed) -> String {
    let named = feed.record.txn.clone();
    named.unwrap_or_else(|| format!("{:x}.{:x}", feed.record.at_ms, feed.position.revision))
}

/// The event of the change itself.
fn told(feed: &Feed, scene: &Scene<'_>) -> (EventKind, Value) {
    let record = &feed.record;
    let values = record.values.as_ref().and_then(Value::as_object);
    let values = values.filter(|_| scene.form == Form::Full);
    let values = values.map(|values| scene.visible(&record.resource_type, values));
    let version = format!("W/\"{}\"", feed.position.revision);
    let full = |data: Value| json!({ "version": version, "data": data });
    let notice = || json!({ "version": version, "attributes": record.attributes });
    match (record.change, values) {
        (Change::Create, Some(values)) => (EventKind::CreateFull, full(resource(record, values))),
        (Change::Create, None) => (EventKind::CreateNotice, notice()),
        // all members of a group do not go into one event; a receiver that wants them reads them
        (Change::Put, Some(values)) if !record.attributes.iter().any(|name| name == "members") => {
            (EventKind::PutFull, full(resource(record, values)))
        }
        (Change::Put, _) => (EventKind::PutNotice, notice()),
        (Change::Patch, Some(values)) => match patch(record, &values, scene) {
            // all that changed is never returned: that it did is told, and nothing of it
            operations if operations.is_empty() => (EventKind::PatchNotice, notice()),
            operations => (EventKind::PatchFull, full(message(&operations))),
        },
        (Change::Members, _)
            if scene.form == Form::Full && !(record.added.is_empty() && record.removed.is_empty()) =>
        {
            (EventKind::PatchFull, full(message(&patch(record, &Map::new(), scene))))
        }
        (Change::Patch | Change::Members, _) => (EventKind::PatchNotice, notice()),
        (Change::Delete, _) => (EventKind::Delete, json!({})),
        (Change::Completed, _) => {
            (EventKind::AsyncResponse, record.values.clone().unwrap_or_else(|| json!({})))
        }
    }
}

/// The resource as it was written.
fn resource(record: &FeedRecord, mut values: Object) -> Value {
    values.insert("id".to_owned(), record.id.to_string().into());
    if !record.added.is_empty() {
        let members = record.added.iter().map(|member| json!({ "value": member.id }));
        values.insert("members".to_owned(), members.collect());
    }
    Value::Object(values)
}

/// What the change came to, as a PATCH. It is not the one that was sent: that may have been bent, or have said what
/// was so already.
fn patch(record: &FeedRecord, values: &Object, scene: &Scene<'_>) -> Vec<Value> {
    let mut operations = Vec::new();
    let told = |name: &&String| *name != "members" && !scene.is_secret(&record.resource_type, name);
    for name in record.attributes.iter().filter(told) {
        operations.push(match value_at(values, name) {
            Some(value) => json!({ "op": "replace", "path": name, "value": value }),
            None => json!({ "op": "remove", "path": name }),
        });
    }
    if !record.added.is_empty() {
        let members: Vec<Value> = record.added.iter().map(|member| json!({ "value": member.id })).collect();
        operations.push(json!({ "op": "add", "path": "members", "value": members }));
    }
    for member in &record.removed {
        operations.push(json!({ "op": "remove", "path": format!("members[value eq \"{member}\"]") }));
    }
    operations
}

fn message(operations: &[Value]) -> Value {
    json!({ "schemas": [urn::PATCH_OP], "Operations": operations })
}

/// The value that a name of `FeedRecord::attributes` names.
fn value_at<'v>(values: &'v Object, name: &str) -> Option<&'v Value> {
    if let Some(value) = values.get(name) {
        return Some(value);
    }
    values.iter().find_map(|(key, value)| {
        let rest = name.strip_prefix(key.as_str())?;
        let rest = rest.strip_prefix(if key.contains(':') { ':' } else { '.' })?;
        value_at(value.as_object()?, rest)
    })
}

/// Who came into a scope or left it because the scope's group gained or lost members.
fn members(feed: &Feed, scene: &Scene<'_>, out: &mut Expanded) {
    let record = &feed.record;
    let event = |place: usize, kind, type_name: &str, id| Event {
        kind,
        subject: id,
        mark: Mark {
            position: feed.position,
            number: MEMBERS.saturating_add(u32::try_from(place).unwrap_or(u32::MAX)),
        },
        at_ms: record.at_ms,
        sub_id: scene.subject(type_name, id, None),
        txn: txn(feed),
        payload: json!({}),
    };
    for (place, member) in record.added.iter().enumerate() {
        let found = Kind::from_byte(member.kind).and_then(|kind| scene.kinds.resource_type(kind));
        let Some(name) = found.map(|found| found.name.clone()) else { continue };
        out.events.push(event(place, EventKind::FeedAdd, &name, member.id));
        out.known.push((member.id, Some(name)));
    }
    // a member that was deleted has an event of its own
    if record.change == Change::Members {
        return;
    }
    for (place, member) in record.removed.iter().enumerate() {
        if let Some(name) = scene.known.get(member) {
            out.events.push(event(record.added.len() + place, EventKind::FeedRemove, name, *member));
            out.known.push((*member, None));
        }
    }
}

#[cfg(test)]
mod tests;
