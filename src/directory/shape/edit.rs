//! A change of what is defined, decided: the new shape, or why not.

use scim::custom::{self, Fault};
use scim::document::IndexWish;
use scim::registry::RegistryError;
use scim::{AttributePath, Document, Mutability, Registry, ResourceType, Schema, Type, urn};

use super::{Chore, Defined, Failure, Preset, Shape, Source, Stage, Then, compare};

/// The most schemas, and the most resource types, from data.
const MAX_DEFINED: usize = 100;

/// What is to change.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Several things are defined or replaced together; their order does not matter.
    Put(Vec<Document>),
    /// A schema is defined or replaced.
    PutSchema(Schema),
    /// A schema goes.
    RemoveSchema(String),
    /// A resource type is defined or replaced, or a built-in one gains extensions.
    PutResourceType(ResourceType),
    /// A resource type goes, or a built-in one loses the extensions it gained.
    RemoveResourceType(String),
    /// An attribute is to be indexed.
    AddIndex(IndexWish),
    /// An index that was asked for goes.
    RemoveIndex(u8),
    /// An index that failed is tried again.
    Rebuild(u8),
    /// A ready-made set is switched on.
    SwitchOn(Preset),
    /// A ready-made set is switched off.
    SwitchOff(Preset),
    /// The files of the data folder say this, each by its name.
    Files(Vec<(String, Vec<Document>)>, Missing),
    /// An index is as far as this.
    Advance(u8, Progressed),
    /// Something has been taken away.
    Done(Chore),
}

/// What becomes of definitions whose file says nothing of them any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// They go.
    Remove,
    /// They stay, and their resources with them.
    Keep,
}

/// How an index moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progressed {
    /// Every resource has its rows.
    Built,
    /// It cannot be built.
    Failed(Failure),
    /// Its rows are gone.
    Cleared,
}

/// A change that was decided.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The shape after it.
    pub shape: Shape,
    /// What it leaves without a schema.
    pub dropped: Vec<Chore>,
}

/// Why a change is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A definition breaks rules of its own.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Faults(Vec<Fault>),
    /// The definitions would not fit together.
    #[error(transparent)]
    Unfit(#[from] RegistryError),
    /// What is to change is not there.
    #[error("there is no {0}")]
    NoSuch(String),
    /// It comes from elsewhere, and is changed there.
    #[error("{what} comes from {}; change it there", told(.source_of))]
    Elsewhere {
        /// What.
        what: String,
        /// Where it comes from.
        source_of: Source,
    },
    /// A schema is still used.
    #[error(
        "the schema {schema} is used by the resource type {resource_type}; take it out there first: define {resource_type} \
         without it, or remove what was defined of {resource_type}"
    )]
    InUse {
        /// The schema.
        schema: String,
        /// Who uses it.
        resource_type: String,
    },
    /// The type of an attribute would change.
    #[error(
        "{attribute} has a type and is single or a list, and both stay as they are; remove the attribute first, and \
         then add it anew"
    )]
    Retyped {
        /// The attribute.
        attribute: String,
    },
    /// A name would be written in another case.
    #[error("{0} stays in the case it has; names compare without case, but stored data has this one")]
    Recased(String),
    /// The base schema of a type would change.
    #[error("the schema of {resource_type} stays {schema}; define another resource type for another schema")]
    Rebased {
        /// The type.
        resource_type: String,
        /// Its schema.
        schema: String,
    },
    /// What comes back is still being taken away.
    #[error(
        "what is defined here was removed a moment ago and its data is still being taken away; try again soon"
    )]
    StillGoing,
    /// The attribute cannot have an index.
    #[error("{attribute} cannot be indexed: {reason}")]
    NotIndexable {
        /// The attribute.
        attribute: String,
        /// Why.
        reason: &'static str,
    },
    /// The attribute has an index.
    #[error("{0} is indexed already")]
    IndexedAlready(String),
    /// Too many definitions.
    #[error("at most {MAX_DEFINED} {0} can be defined")]
    TooMany(&'static str),
    /// Numbers in keys are used up.
    #[error("no more {0} can be defined: each has a number in keys, and all numbers were given")]
    OutOfNumbers(&'static str),
}

fn told(source: &Source) -> String {
    match source {
        Source::Admin => "the administrator".to_owned(),
        Source::File { name } => format!("the file schemas/{name}"),
        Source::Preset { name } => format!("the ready-made set {}", name.name()),
    }
}

impl Shape {
    /// Decides a change.
    pub fn edit(&self, edit: Edit) -> Result<Edited, Refusal> {
        let mut shape = self.clone();
        match edit {
            Edit::Put(documents) => shape.take(documents, &Source::Admin)?,
            Edit::PutSchema(schema) => shape.put_schema(schema, Source::Admin)?,
            Edit::RemoveSchema(id) => shape.remove_schema(&id, &Source::Admin)?,
            Edit::PutResourceType(resource_type) => shape.put_resource_type(resource_type, Source::Admin)?,
            Edit::RemoveResourceType(name) => shape.remove_resource_type(&name, &Source::Admin)?,
            Edit::AddIndex(wish) => shape.wish(&wish, Source::Admin)?,
            Edit::RemoveIndex(number) => shape.remove_index(number)?,
            Edit::Rebuild(number) => shape.rebuild(number)?,
            Edit::SwitchOn(preset) => shape.switch_on(preset)?,
            Edit::SwitchOff(preset) => shape.retain(|source| *source != Source::Preset { name: preset }),
            Edit::Files(files, missing) => shape.files(files, missing)?,
            Edit::Advance(number, progressed) => shape.advance(number, progressed),
            Edit::Done(chore) => shape.chores.retain(|c| *c != chore),
        }
        self.edited(shape)
    }

    fn edited(&self, mut shape: Shape) -> Result<Edited, Refusal> {
        if shape.schemas.len() > MAX_DEFINED {
            return Err(Refusal::TooMany("schemas"));
        }
        if shape.resource_types.len() > MAX_DEFINED {
            return Err(Refusal::TooMany("resource types"));
        }
        let registry = shape.written()?;
        shape.forget_wishes(&registry);
        let dropped = compare::dropped(&self.written()?, &registry)?;
        for chore in &dropped {
            if !shape.chores.contains(chore) {
                shape.chores.push(chore.clone());
            }
        }
        if shape.chores.iter().any(|chore| compare::is_back(chore, &registry)) {
            return Err(Refusal::StillGoing);
        }
        shape.settle()?;
        Ok(Edited { shape, dropped })
    }

    fn put_schema(&mut self, schema: Schema, source: Source) -> Result<(), Refusal> {
        let faults = custom::schema_faults(&schema);
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        let what = format!("the schema {}", schema.id);
        same_case(self.schemas.iter().map(|d| &d.what.id), &schema.id)?;
        put(&mut self.schemas, schema, source, &what, |a, b| urn::same(&a.id, &b.id))
    }

    fn remove_schema(&mut self, id: &str, by: &Source) -> Result<(), Refusal> {
        if let Some(user) = self.resource_types.iter().find(|t| uses(&t.what, id)) {
            let resource_type = user.what.name.clone();
            return Err(Refusal::InUse { schema: id.to_owned(), resource_type });
        }
        remove(&mut self.schemas, by, &format!("schema {id}"), |s| urn::same(&s.id, id))
    }

    fn put_resource_type(&mut self, resource_type: ResourceType, source: Source) -> Result<(), Refusal> {
        let faults = custom::resource_type_faults(&resource_type);
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        let what = format!("the resource type {}", resource_type.name);
        same_case(self.kinds.iter().map(|given| &given.name), &resource_type.name)?;
        put(&mut self.resource_types, resource_type, source, &what, |a, b| {
            a.name.eq_ignore_ascii_case(&b.name)
        })
    }

    fn remove_resource_type(&mut self, name: &str, by: &Source) -> Result<(), Refusal> {
        let what = format!("resource type {name} that was defined here");
        remove(&mut self.resource_types, by, &what, |t| t.name.eq_ignore_ascii_case(name))
    }

    /// Takes the wish for an index in, under the attribute's canonical name.
    fn wish(&mut self, wish: &IndexWish, source: Source) -> Result<(), Refusal> {
        let registry = self.written()?;
        let resource_type = registry
            .resource_type(&wish.resource_type)
            .ok_or_else(|| Refusal::NoSuch(format!("resource type {:?}", wish.resource_type)))?;
        let path = AttributePath::find(&registry, resource_type, &wish.attribute).ok_or_else(|| {
            Refusal::NoSuch(format!("attribute {:?} of {}", wish.attribute, resource_type.name))
        })?;
        indexable(&path)?;
        let wish = IndexWish { resource_type: resource_type.name.clone(), attribute: path.name() };
        let makes_unique = |index: &super::Declared| {
            index.unique
                && index.resource_type == wish.resource_type
                && index.attribute == wish.attribute
                && !matches!(index.stage, Stage::Retired | Stage::Clearing { then: Then::Retire })
        };
        let builtin = super::Model::builtin();
        let kind = self.kind(&wish.resource_type);
        let is_builtin = kind.is_some_and(|kind| builtin.indexes.on(kind, &wish.attribute).is_some());
        if is_builtin || self.indexes.iter().any(makes_unique) || self.wishes.iter().any(|w| w.what == wish) {
            return Err(Refusal::IndexedAlready(path.name()));
        }
        self.wishes.push(Defined { source, what: wish });
        Ok(())
    }

    fn remove_index(&mut self, number: u8) -> Result<(), Refusal> {
        let no_such = || Refusal::NoSuch(format!("index {number}"));
        let index = self.index(number).ok_or_else(no_such)?;
        if index.unique {
            return Err(Refusal::Elsewhere {
                what: format!("the index on {}, which makes its values unique,", index.attribute),
                source_of: self.source_of_unique(&index.attribute),
            });
        }
        let wish =
            IndexWish { resource_type: index.resource_type.clone(), attribute: index.attribute.clone() };
        let what = format!("index on {}", wish.attribute);
        remove(&mut self.wishes, &Source::Admin, &what, |w| *w == wish)
    }

    fn source_of_unique(&self, attribute: &str) -> Source {
        let has = |d: &&Defined<Schema>| attribute.starts_with(&format!("{}:", d.what.id));
        self.schemas.iter().find(has).map_or(Source::Admin, |d| d.source.clone())
    }

    fn rebuild(&mut self, number: u8) -> Result<(), Refusal> {
        let index = self.indexes.iter_mut().find(|index| index.number == number);
        let index = index.ok_or_else(|| Refusal::NoSuch(format!("index {number}")))?;
        index.stage = match std::mem::replace(&mut index.stage, Stage::Retired) {
            // The rows of a unique index stay meanwhile, so that what they keep apart stays apart.
            Stage::Ready if index.unique => Stage::Building,
            Stage::Failed(_) => Stage::Building,
            Stage::Ready | Stage::Clearing { then: Then::Fail(_) } => Stage::Clearing { then: Then::Build },
            stage @ (Stage::Building | Stage::Clearing { .. } | Stage::Retired) => stage,
        };
        Ok(())
    }

    fn switch_on(&mut self, preset: Preset) -> Result<(), Refusal> {
        self.take(preset.documents(), &Source::Preset { name: preset })
    }

    /// Takes all documents of one source in, schemas first, so that their order does not matter.
    fn take(&mut self, documents: Vec<Document>, source: &Source) -> Result<(), Refusal> {
        let (mut types, mut wishes) = (vec![], vec![]);
        for document in documents {
            match document {
                Document::Schema(schema) => self.put_schema(schema, source.clone())?,
                Document::ResourceType(resource_type) => types.push(resource_type),
                Document::Index(wish) => wishes.push(wish),
            }
        }
        types.into_iter().try_for_each(|t| self.put_resource_type(t, source.clone()))?;
        self.wished(wishes, source)
    }

    fn wished(&mut self, wishes: Vec<IndexWish>, source: &Source) -> Result<(), Refusal> {
        for wish in wishes {
            match self.wish(&wish, source.clone()) {
                Ok(()) | Err(Refusal::IndexedAlready(_)) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    /// Makes the definitions of files those that the files hold now.
    fn files(&mut self, files: Vec<(String, Vec<Document>)>, missing: Missing) -> Result<(), Refusal> {
        let before = self.clone();
        self.retain(|source| !matches!(source, Source::File { .. }));
        let mut later = vec![];
        for (name, documents) in files {
            let source = Source::File { name };
            let (schemas, rest): (Vec<_>, Vec<_>) =
                documents.into_iter().partition(|d| matches!(d, Document::Schema(_)));
            self.take(schemas, &source)?;
            later.push((source, rest));
        }
        let mut wishes = vec![];
        for (source, documents) in later {
            let (asked, types): (Vec<_>, Vec<_>) =
                documents.into_iter().partition(|d| matches!(d, Document::Index(_)));
            self.take(types, &source)?;
            wishes.push((source, asked));
        }
        if missing == Missing::Keep {
            keep(&mut self.schemas, before.schemas, |a, b| urn::same(&a.id, &b.id));
            keep(&mut self.resource_types, before.resource_types, |a, b| {
                a.name.eq_ignore_ascii_case(&b.name)
            });
        }
        wishes.into_iter().try_for_each(|(source, documents)| self.take(documents, &source))
    }

    /// Keeps what comes from sources the test agrees with.
    fn retain(&mut self, keep: impl Fn(&Source) -> bool) {
        self.schemas.retain(|d| keep(&d.source));
        self.resource_types.retain(|d| keep(&d.source));
        self.wishes.retain(|d| keep(&d.source));
    }

    /// A wish for an index goes with its attribute.
    fn forget_wishes(&mut self, registry: &Registry) {
        self.wishes.retain(|wish| {
            registry
                .resource_type(&wish.what.resource_type)
                .is_some_and(|t| AttributePath::named(registry, t, &wish.what.attribute).is_some())
        });
    }

    /// Moves an index on; news of one that has been set on another way meanwhile is no news.
    fn advance(&mut self, number: u8, progressed: Progressed) {
        let Some(index) = self.indexes.iter_mut().find(|index| index.number == number) else { return };
        index.stage = match (std::mem::replace(&mut index.stage, Stage::Retired), progressed) {
            (Stage::Building, Progressed::Built) => Stage::Ready,
            (Stage::Building, Progressed::Failed(failure)) => Stage::Clearing { then: Then::Fail(failure) },
            (Stage::Clearing { then: Then::Build }, Progressed::Cleared) => Stage::Building,
            (Stage::Clearing { then: Then::Fail(failure) }, Progressed::Cleared) => Stage::Failed(failure),
            (Stage::Clearing { then: Then::Retire }, Progressed::Cleared) => Stage::Retired,
            (stage, Progressed::Built | Progressed::Failed(_) | Progressed::Cleared) => stage,
        };
    }
}

fn same_case<'n>(mut known: impl Iterator<Item = &'n String>, name: &str) -> Result<(), Refusal> {
    let other = known.find(|known| known.eq_ignore_ascii_case(name) && *known != name);
    other.map_or(Ok(()), |known| Err(Refusal::Recased(known.clone())))
}

fn uses(resource_type: &ResourceType, schema: &str) -> bool {
    urn::same(&resource_type.schema, schema)
        || resource_type.schema_extensions.iter().any(|e| urn::same(&e.schema, schema))
}

fn indexable(path: &AttributePath) -> Result<(), Refusal> {
    let no = |reason| Err(Refusal::NotIndexable { attribute: path.name(), reason });
    let last = path.last();
    if path.extension().is_none() {
        match path.attribute().name.as_str() {
            "id" => return no("resources are found by their id without an index"),
            "schemas" | "members" | "groups" => return no("it is not kept as a value of the resource"),
            "meta" if path.name() != "meta.lastModified" => {
                return no("of meta only meta.lastModified can be");
            }
            _ => {}
        }
    }
    if last.kind == Type::Complex {
        return no("it is complex; name one of its sub-attributes");
    }
    if last.mutability == Mutability::WriteOnly {
        return no("it is writeOnly, and its values are not kept");
    }
    Ok(())
}

fn put<T>(
    all: &mut Vec<Defined<T>>,
    new: T,
    source: Source,
    what: &str,
    is_same: impl Fn(&T, &T) -> bool,
) -> Result<(), Refusal> {
    match all.iter_mut().find(|d| is_same(&d.what, &new)) {
        Some(old) if old.source == source => old.what = new,
        Some(old) => {
            return Err(Refusal::Elsewhere { what: what.to_owned(), source_of: old.source.clone() });
        }
        None => all.push(Defined { source, what: new }),
    }
    Ok(())
}

fn remove<T>(
    all: &mut Vec<Defined<T>>,
    by: &Source,
    what: &str,
    is_it: impl Fn(&T) -> bool,
) -> Result<(), Refusal> {
    let place = all.iter().position(|d| is_it(&d.what)).ok_or_else(|| Refusal::NoSuch(what.to_owned()))?;
    if all[place].source != *by {
        let source_of = all[place].source.clone();
        return Err(Refusal::Elsewhere { what: format!("the {what}"), source_of });
    }
    all.remove(place);
    Ok(())
}

/// Adds what files said before and do not say now.
fn keep<T>(all: &mut Vec<Defined<T>>, before: Vec<Defined<T>>, is_same: impl Fn(&T, &T) -> bool) {
    for old in before {
        if matches!(old.source, Source::File { .. }) && !all.iter().any(|d| is_same(&d.what, &old.what)) {
            all.push(old);
        }
    }
}
