//! What is indexed, as one table, and which rows a resource has. Pure.

use jiff::Timestamp;
use scim::json::Object;
use scim::schema::Type;
use scim::value::{self, Key};
use scim::{Attribute, AttributePath, Registry, Schema, ScimError};
use serde_json::Value;
use std::sync::Arc;

use crate::kinds::Kinds;
use crate::layout::{Kind, Layout};
use store::Key as RowKey;
use uuid::Uuid;

/// Index values are cut at this many bytes: longer ones share a row and are told apart by the filter itself.
pub(crate) const MAX_VALUE: usize = 128;
/// The longest value a unique attribute may have, in bytes of its comparison key.
pub(crate) const MAX_UNIQUE_VALUE: usize = 1024;

/// Whether two resources may have the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// One row for each value; it holds the id.
    Unique,
    /// One row for each value and resource.
    Plain,
    /// As plain, but moved by a pointer, because changes of members do not know the former time.
    Pointed,
}

/// How far an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Changes keep it, but rows of resources from before it was declared may be missing: no plan may use it.
    Building,
    /// It is complete.
    Ready,
}

/// A line of the table: number in keys, resource type, attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The number in keys.
    pub number: u8,
    /// The kind of resource.
    pub kind: Kind,
    /// The canonical name of the attribute.
    pub attribute: Arc<str>,
    /// How its rows look.
    pub rows: Rows,
    /// How far it is.
    pub state: State,
}

/// What is indexed. Each row costs the store about as much as a small document: think before adding one.
/// Numbers are part of the stored form and are never used again for another attribute.
const TABLE: &[(u8, Kind, &str, Rows)] = &[
    (1, Kind::User, "userName", Rows::Unique),
    (2, Kind::User, "externalId", Rows::Plain),
    (3, Kind::User, "emails.value", Rows::Plain),
    (4, Kind::User, "displayName", Rows::Plain),
    (5, Kind::User, "name.familyName", Rows::Plain),
    (6, Kind::User, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", Rows::Plain),
    (7, Kind::User, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", Rows::Plain),
    (8, Kind::User, "meta.lastModified", Rows::Plain),
    (32, Kind::Group, "displayName", Rows::Unique),
    (33, Kind::Group, "externalId", Rows::Plain),
    (34, Kind::Group, "meta.lastModified", Rows::Pointed),
];

/// An index: a line of the table, bound to the schema.
#[derive(Debug, Clone)]
pub struct Index {
    /// The number in keys.
    pub number: u8,
    /// The kind of resource.
    pub kind: Kind,
    /// The canonical name of the attribute, as `AttributePath` prints it.
    pub name: Arc<str>,
    /// How its rows look.
    pub rows: Rows,
    /// How far it is.
    pub state: State,
    extension: Option<Arc<Schema>>,
    attribute: Arc<Attribute>,
    sub: Option<Arc<Attribute>>,
}

/// The indexes of all kinds.
#[derive(Debug, Clone)]
pub struct Indexes(Vec<Index>);

/// A value a resource has in an index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Row {
    /// The number of the index.
    pub index: u8,
    /// How the row looks.
    pub unique: bool,
    /// The bytes of the comparison key.
    pub value: Vec<u8>,
}

impl Row {
    /// The key of the row for a resource.
    #[must_use]
    pub fn key(&self, layout: Layout, id: Uuid) -> RowKey {
        if self.unique {
            layout.unique_row(self.index, &self.value)
        } else {
            layout.index_row(self.index, &self.value, id)
        }
    }
}

/// What a change does to the rows of a resource.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    /// Rows that go.
    pub gone: Vec<Row>,
    /// Rows that come.
    pub new: Vec<Row>,
}

/// The rows that differ; what stays the same is not written again.
#[must_use]
pub(crate) fn delta(old: &[Row], new: Vec<Row>) -> Delta {
    let gone = old.iter().filter(|row| !new.contains(row)).cloned().collect();
    let new = new.into_iter().filter(|row| !old.contains(row)).collect();
    Delta { gone, new }
}

impl Indexes {
    /// Binds the table to the schemas.
    ///
    /// # Panics
    /// Where the table names an attribute the built-in schemas do not have.
    #[must_use]
    pub fn new(registry: &Registry, kinds: &Kinds) -> Self {
        Self::with(registry, kinds, &[]).expect("the table names attributes of the built-in schemas")
    }

    /// Binds the table and the lines from data to the schemas; the name of an attribute that is not there is the error.
    pub fn with(registry: &Registry, kinds: &Kinds, declared: &[Line]) -> Result<Self, Arc<str>> {
        let table = TABLE.iter().map(|&(number, kind, attribute, rows)| Line {
            number,
            kind,
            attribute: attribute.into(),
            rows,
            state: State::Ready,
        });
        table
            .chain(declared.iter().cloned())
            .map(|line| {
                let unknown = Arc::clone(&line.attribute);
                Index::bind(line, registry, kinds).ok_or(unknown)
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// All indexes, also those that are not complete.
    pub fn iter(&self) -> impl Iterator<Item = &Index> {
        self.0.iter()
    }

    /// The complete index on an attribute, by its canonical name: what plans and sorts may read.
    #[must_use]
    pub fn on(&self, kind: Kind, attribute: &str) -> Option<&Index> {
        self.0.iter().find(|i| i.kind == kind && i.state == State::Ready && *i.name == *attribute)
    }

    /// The names of the attributes of a kind whose values are unique.
    pub fn unique(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |i| i.kind == kind && i.rows == Rows::Unique).map(|i| &*i.name)
    }

    /// The index of that number.
    #[must_use]
    pub fn number(&self, number: u8) -> Option<&Index> {
        self.0.iter().find(|i| i.number == number)
    }

    /// The rows a resource has, apart from a pointed one. `modified` is its modification time.
    pub fn rows(&self, kind: Kind, attributes: &Object, modified: Timestamp) -> Result<Vec<Row>, ScimError> {
        let mut rows = Vec::new();
        for index in self.0.iter().filter(|i| i.kind == kind && i.rows != Rows::Pointed) {
            index.add_rows(attributes, modified, &mut rows)?;
        }
        Ok(rows)
    }
}

impl Index {
    fn bind(line: Line, registry: &Registry, kinds: &Kinds) -> Option<Self> {
        let resource_type = kinds.resource_type(line.kind)?;
        let path = AttributePath::named(registry, resource_type, &line.attribute)?;
        Some(Self {
            number: line.number,
            kind: line.kind,
            name: line.attribute,
            rows: line.rows,
            state: line.state,
            extension: path.extension().cloned(),
            attribute: Arc::clone(path.attribute()),
            sub: path.sub().cloned(),
        })
    }

    /// The rows a resource has here.
    pub(crate) fn rows_of(&self, attributes: &Object, modified: Timestamp) -> Result<Vec<Row>, ScimError> {
        let mut rows = Vec::new();
        self.add_rows(attributes, modified, &mut rows)?;
        Ok(rows)
    }

    fn add_rows(
        &self,
        attributes: &Object,
        modified: Timestamp,
        rows: &mut Vec<Row>,
    ) -> Result<(), ScimError> {
        for key in self.keys(attributes, modified) {
            let unique = self.rows == Rows::Unique;
            let row = Row { index: self.number, unique, value: self.bytes(&key)? };
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        Ok(())
    }

    /// The comparison keys a resource has here.
    fn keys(&self, attributes: &Object, modified: Timestamp) -> Vec<Key> {
        if &*self.name == "meta.lastModified" {
            return vec![Key::Instant(modified)];
        }
        let holder = match &self.extension {
            Some(schema) => attributes.get(&schema.id).and_then(Value::as_object),
            None => Some(attributes),
        };
        let Some(found) = holder.and_then(|h| h.get(&self.attribute.name)) else { return vec![] };
        let leaf = self.sub.as_deref().unwrap_or(&self.attribute);
        let elements = each(found).iter();
        let values: Vec<&Value> = match &self.sub {
            Some(sub) => elements.filter_map(|element| element.get(&sub.name)).flat_map(each).collect(),
            None => elements.collect(),
        };
        values.into_iter().filter_map(|value| value::key(leaf, value)).collect()
    }

    /// Whether a resource has one row here at most, so that the rows are an order of the resources.
    #[must_use]
    pub fn has_one_value(&self) -> bool {
        !self.attribute.multi_valued && self.sub.as_ref().is_none_or(|sub| !sub.multi_valued)
    }

    /// Whether every resource of the kind has a row here. An attribute of a type from data may have become required
    /// when there were resources without it.
    #[must_use]
    pub fn has_every_resource(&self) -> bool {
        let required = self.attribute.required && self.sub.is_none() && self.extension.is_none();
        let always = match self.kind {
            Kind::User | Kind::Group => required && self.rows == Rows::Unique,
            Kind::Custom(_) => false,
        };
        &*self.name == "meta.lastModified" || always
    }

    /// The attribute whose values the rows hold.
    #[must_use]
    pub fn leaf(&self) -> &Attribute {
        self.sub.as_deref().unwrap_or(&self.attribute)
    }

    /// Whether a resource has a value here.
    pub(crate) fn has_value(&self, attributes: &Object) -> bool {
        !self.keys(attributes, Timestamp::UNIX_EPOCH).is_empty()
    }

    /// The bytes of a comparison key as they stand in a row.
    pub fn bytes(&self, key: &Key) -> Result<Vec<u8>, ScimError> {
        let mut bytes = key.to_bytes();
        if self.rows == Rows::Unique {
            if bytes.len() > MAX_UNIQUE_VALUE {
                return Err(ScimError::invalid_value(format!(
                    "{} is longer than {MAX_UNIQUE_VALUE} bytes, the limit for an attribute that must be unique",
                    self.name
                )));
            }
        } else {
            bytes.truncate(MAX_VALUE);
        }
        Ok(bytes)
    }

    /// The bytes of a text as they stand in a row of an attribute that holds text.
    pub(crate) fn text(&self, text: &str) -> Result<Vec<u8>, ScimError> {
        let leaf = self.sub.as_deref().unwrap_or(&self.attribute);
        value::key(leaf, &Value::from(text)).map_or_else(|| Ok(vec![]), |key| self.bytes(&key))
    }

    /// The text that a row's value is; `None` where it stands for a value of another type.
    pub(crate) fn text_of(&self, value: &[u8]) -> Option<String> {
        match self.leaf().kind {
            Type::String | Type::Reference | Type::Binary => {
                Some(String::from_utf8_lossy(value).into_owned())
            }
            Type::Boolean | Type::Decimal | Type::Integer | Type::DateTime | Type::Complex => None,
        }
    }

    /// Whether no two resources may have one value.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.rows == Rows::Unique
    }

    /// Whether rows hold this value whole, so that no other value shares them.
    #[must_use]
    pub fn tells_apart(&self, value: &[u8]) -> bool {
        self.rows == Rows::Unique || value.len() < MAX_VALUE
    }
}

/// The values of an attribute, one or a list.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        lone => std::slice::from_ref(lone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim::urn;
    use serde_json::json;

    fn builtin() -> Indexes {
        let registry = Registry::builtin();
        Indexes::new(&registry, &Kinds::builtin(&registry))
    }

    fn rows(attributes: &Value) -> Vec<Row> {
        builtin().rows(Kind::User, attributes.as_object().unwrap(), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn row(index: u8, value: &str) -> Row {
        Row { index, unique: index == 1, value: value.into() }
    }

    #[test]
    fn a_user_has_rows_for_what_the_table_names() {
        let found = rows(&json!({
            "userName": "Ann", "externalId": "X1", "title": "none",
            "emails": [{"value": "A@x"}, {"value": "b@x", "type": "work"}, {"type": "home"}],
            urn::ENTERPRISE_USER: {"employeeNumber": "7", "manager": {"value": "M"}},
        }));
        for wanted in [row(1, "ann"), row(2, "X1"), row(3, "a@x"), row(3, "b@x"), row(6, "7"), row(7, "M")] {
            assert!(found.contains(&wanted), "{wanted:?}");
        }
        assert_eq!(found.len(), 7);
    }

    #[test]
    fn only_rows_that_differ_are_written() {
        let old = rows(&json!({"userName": "ann", "displayName": "Ann"}));
        let new = rows(&json!({"userName": "ANN", "displayName": "Anna"}));
        let delta = delta(&old, new);
        assert_eq!(delta, Delta { gone: vec![row(4, "ann")], new: vec![row(4, "anna")] });
    }

    #[test]
    fn a_unique_value_that_is_too_long_is_refused() {
        let attributes = json!({"userName": "x".repeat(2_000)});
        let refusal =
            builtin().rows(Kind::User, attributes.as_object().unwrap(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(refusal.detail().contains("1024 bytes"));
    }

    #[test]
    fn an_index_in_the_making_is_kept_and_not_planned_with() {
        let registry = Registry::builtin();
        let kinds = Kinds::builtin(&registry);
        let line = |attribute: &str, state| Line {
            number: 200,
            kind: Kind::User,
            attribute: attribute.into(),
            rows: Rows::Plain,
            state,
        };
        let building = Indexes::with(&registry, &kinds, &[line("title", State::Building)]).unwrap();
        assert!(building.on(Kind::User, "title").is_none());
        let user = json!({"title": "Dr"});
        let rows = building.rows(Kind::User, user.as_object().unwrap(), Timestamp::UNIX_EPOCH).unwrap();
        assert!(rows.contains(&row(200, "dr")));
        let ready = Indexes::with(&registry, &kinds, &[line("title", State::Ready)]).unwrap();
        assert_eq!(ready.on(Kind::User, "title").unwrap().number, 200);
        assert!(Indexes::with(&registry, &kinds, &[line("titel", State::Ready)]).is_err());
    }

    #[test]
    fn numbers_and_names_are_used_once() {
        let indexes = builtin();
        for a in indexes.iter() {
            assert_eq!(
                indexes
                    .iter()
                    .filter(|b| b.number == a.number || (b.kind == a.kind && b.name == a.name))
                    .count(),
                1
            );
        }
    }
}
