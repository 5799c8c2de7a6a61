//! Replacing and patching (RFC 7644 sections 3.5.1 and 3.5.2): read, decide, commit; read again when refused.

use scim::json::Object;
use scim::patch::{self, Patch};
use scim::resource::Omitted;
use scim::{Checked, Lenience, Preconditions, Resource, ScimError, check};
use serde_json::Value;
use store::Guard;
use uuid::Uuid;

use crate::change::{Change, Refusal};
use crate::codec::Record;
use crate::ctx::Ctx;
use crate::directory::{Current, Directory, MAX_ATTEMPTS};
use crate::edges::Intent;
use crate::entry::{Entry, Links};
use crate::error::{DirectoryError, refused};
use crate::feed::{self, FeedRecord};
use crate::index::{self, Delta};
use crate::instant::millis;
use crate::layout::Kind;
use crate::membership::Effect;
use crate::memberships::Membership;
use crate::protect;
use crate::shape::Place;
use crate::watch::{Loss, Subject};

/// What a change comes to, decided from the current state.
struct Decided {
    how: feed::Change,
    attributes: Object,
    intent: Intent,
}

/// What a change was decided on.
struct Base<'b> {
    current: &'b Current,
    stored: &'b Object,
    /// What keeps the version still that the client expects.
    expected: Option<Guard>,
}

/// What a client asks for; decided anew whenever the state it was decided on has changed.
enum Wish<'w, 'd> {
    Replace(&'w Resource<Checked>, Intent),
    Patch(&'w Patch, &'w mut Lenience<'d>),
    /// Takes away what no schema speaks of any more.
    Strip(&'w Place),
    /// One more member, who is none yet.
    Join(Uuid),
    /// One member less, whose membership is as expected.
    Part(Uuid, &'w Preconditions),
}

impl Wish<'_, '_> {
    async fn decide(
        &mut self,
        directory: &Directory,
        kind: Kind,
        id: Uuid,
        stored: &Object,
    ) -> Result<Decided, DirectoryError> {
        match self {
            Self::Replace(resource, intent) => {
                let resource_type = directory.resource_type(kind);
                let mut attributes = resource.attributes.clone();
                if resource.state.omitted == Omitted::Kept {
                    for (name, value) in stored {
                        if !attributes.contains_key(name) {
                            attributes.insert(name.clone(), value.clone());
                        }
                    }
                    check::finish(&directory.registry, resource_type, &mut attributes);
                }
                check::immutable(&directory.registry, resource_type, stored, &mut attributes)?;
                Ok(Decided { how: feed::Change::Put, attributes, intent: intent.clone() })
            }
            Self::Patch(patch, lenience) => {
                let resource_type = directory.resource_type(kind);
                let applied = patch::apply(&directory.registry, resource_type, stored, patch, lenience)?;
                let intent = directory.intent(id, &applied.edges).await?;
                Ok(Decided { how: feed::Change::Patch, attributes: applied.attributes, intent })
            }
            Self::Strip(place) => {
                let mut attributes = stored.clone();
                place.strip(&mut attributes);
                check::finish(&directory.registry, directory.resource_type(kind), &mut attributes);
                Ok(Decided { how: feed::Change::Patch, attributes, intent: Intent::default() })
            }
            Self::Join(member) => {
                if directory.kv.get(&directory.layout.member(id, *member)).await?.is_some() {
                    let detail = format!("{member} is a member of group {id} already");
                    return Err(ScimError::uniqueness(detail).into());
                }
                let mut intent = Intent::default();
                intent.add([*member]);
                Ok(Decided { how: feed::Change::Patch, attributes: stored.clone(), intent })
            }
            Self::Part(member, expected) => {
                let mut intent = Intent::default();
                let key = directory.layout.member(id, *member);
                if !expected.is_empty()
                    && let Some(edge) = directory.kv.get(&key).await?
                {
                    expected.allow_change(edge.revision.get())?;
                    intent.seen = Some(Guard::At(key, edge.revision));
                }
                intent.remove([*member]);
                Ok(Decided { how: feed::Change::Patch, attributes: stored.clone(), intent })
            }
        }
    }
}

impl Directory {
    /// Replaces a resource's attributes; what is omitted is cleared (RFC 7644 section 3.5.1), members included.
    /// `None` where there is no such resource: PUT never creates.
    pub async fn replace(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        resource: &Resource<Checked>,
        links: Links,
    ) -> Result<Option<Entry>, DirectoryError> {
        let mut intent = Intent::default();
        let silent = resource.state.members.is_none() && resource.state.omitted == Omitted::Kept;
        if kind == Kind::Group && !silent {
            intent.clear();
            intent.add(self.member_ids(resource.state.members.as_deref().unwrap_or_default())?);
        }
        self.update(ctx, kind, id, links, Wish::Replace(resource, intent)).await
    }

    /// Applies a PATCH, all of it or nothing. `None` where there is no such resource.
    ///
    /// A group comes back without members: their number must not matter for the cost.
    pub async fn patch(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        patch: &Patch,
        lenience: &mut Lenience<'_>,
    ) -> Result<Option<Entry>, DirectoryError> {
        let links = match kind {
            Kind::User | Kind::Custom(_) => Links::With,
            Kind::Group => Links::Without,
        };
        self.update(ctx, kind, id, links, Wish::Patch(patch, lenience)).await
    }

    /// Makes somebody a member of a group, who is none yet: otherwise 409. `None` where there is no such group.
    pub async fn join(
        &self,
        ctx: &Ctx,
        group: Uuid,
        member: Uuid,
    ) -> Result<Option<Membership>, DirectoryError> {
        let wish = Wish::Join(member);
        if self.update(&beside(ctx), Kind::Group, group, Links::Without, wish).await?.is_none() {
            return Ok(None);
        }
        // Whoever takes it away in this very moment makes it look as if it had never been.
        let joined = self.membership(group, member).await;
        joined.map_err(|error| DirectoryError::ReadBack(Box::new(error)))
    }

    /// Takes a member out of a group; whether it was one. What the context expects is said of the membership.
    pub async fn part(&self, ctx: &Ctx, group: Uuid, member: Uuid) -> Result<bool, DirectoryError> {
        if self.kv.get(&self.layout.member(group, member)).await?.is_none() {
            return Ok(false);
        }
        let wish = Wish::Part(member, &ctx.expected);
        Ok(self.update(&beside(ctx), Kind::Group, group, Links::Without, wish).await?.is_some())
    }

    /// Takes a place away from a resource that has a value there.
    pub(crate) async fn strip(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        place: &Place,
    ) -> Result<(), DirectoryError> {
        self.update(ctx, kind, id, Links::Without, Wish::Strip(place)).await.map(|_| ())
    }

    /// Adds to a change what it does to index rows.
    ///
    /// While a unique index is in the making, two resources can have one value, and the row is the other's. So
    /// a row goes only where it is this resource's, and is guarded where it is not.
    pub(crate) async fn rows(
        &self,
        id: Uuid,
        delta: Delta,
        change: &mut Change,
    ) -> Result<(), DirectoryError> {
        let Delta { gone, new } = delta;
        let mut own = Vec::with_capacity(gone.len());
        for row in gone {
            let is_building = |i: &index::Index| i.state == index::State::Building;
            if !row.unique || !self.indexes.number(row.index).is_some_and(is_building) {
                own.push(row);
                continue;
            }
            let key = row.key(self.layout, id);
            match self.kv.get(&key).await? {
                Some(stored) if stored.value.as_ref() == id.as_bytes() => own.push(row),
                Some(stored) => change.require(Guard::At(key, stored.revision)),
                None => change.require(Guard::Absent(key)),
            }
        }
        change.rows(id, Delta { gone: own, new });
        Ok(())
    }

    async fn update(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        links: Links,
        mut wish: Wish<'_, '_>,
    ) -> Result<Option<Entry>, DirectoryError> {
        let mut turn = self.turns.shared(id).await;
        for _ in 0..MAX_ATTEMPTS {
            let Some(current) = self.current(kind, id).await? else { return Ok(None) };
            let expected = self.as_expected(ctx, kind, id, &current).await?;
            let stored = current
                .record
                .attributes()
                .ok_or_else(|| DirectoryError::Unreadable(format!("{kind} {id}")))?;
            let decided = wish.decide(self, kind, id, &stored).await?;
            match self
                .commit_update(ctx, kind, id, Base { current: &current, stored: &stored, expected }, decided)
                .await?
            {
                Committed::Yes => return self.written(kind, id, links).await,
                Committed::Unchanged => return self.get(kind, id, links).await,
                Committed::Stale => turn = self.turns.alone(id, turn).await,
            }
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }

    async fn commit_update(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        Base { current, stored, expected }: Base<'_>,
        decided: Decided,
    ) -> Result<Committed, DirectoryError> {
        // A change that had to wait is not older than the one it waited for.
        let now = millis(ctx.now).max(current.record.modified);
        let changed = decided.attributes != *stored;
        let effect = self.effect(id, &decided.intent).await?;
        let key = self.layout.resource(kind, id);
        if !changed && effect.is_empty() {
            return self.commit_nothing(Guard::At(key, current.revision), effect).await;
        }
        // A user's row of modification time must move too, so the old rows are those of the record read.
        let next = changed.then(|| Record::new(kind, &decided.attributes, current.record.created, now));
        let record = FeedRecord::new(decided.how, self.name(kind), id, ctx)
            .digests(Some(&current.record), Some(next.as_ref().unwrap_or(&current.record)))
            .attributes(Some(stored), Some(&decided.attributes), ctx.keep)
            .members(effect.added(), effect.removed(), ctx.keep);
        let subject = self.lost(kind, id, stored, &decided.attributes, &effect).await?;
        let mut change = Change::new(self.layout);
        protect::spare(ctx, kind, id, &mut change);
        // The part of the wish that was fulfilled already rests on the record too.
        change.require(Guard::At(key, current.revision));
        if let Some(next) = &next {
            let old = self.indexes.rows(kind, stored, current.record.modified)?;
            let new = self.indexes.rows(kind, &decided.attributes, now)?;
            change.record(kind, id, next);
            self.rows(id, index::delta(&old, new), &mut change).await?;
            if next.display != current.record.display && Kind::MEMBERS.contains(&kind) {
                self.rename(kind, id, &next.display, &mut change).await?;
            }
        }
        if let Some(guard) = expected {
            change.require(guard);
        }
        effect.write(self, id, now, &mut change);
        if kind == Kind::Group {
            change.touch(self.modified_index(), id, now);
        }
        change.feed(&record);
        change.mark(ctx, id);
        let created = current.record.created;
        let losses = subject.map(|subject| Loss { subject, resource: id, created });
        let passes = self.admit(ctx, losses.as_slice(), &mut change).await?;
        let (batch, meaning) = change.finish();
        match self.kv.commit(batch).await {
            Ok(_) => Ok(Committed::Yes),
            Err(error) => {
                self.give_back(&passes).await?;
                match meaning(refused(error)?) {
                    Refusal::Taken(row) => Err(self.taken(&row).await?),
                    Refusal::Protected(kind, id) => Err(self.protected_refusal(kind, id)),
                    Refusal::Stale => Ok(Committed::Stale),
                }
            }
        }
    }

    /// What an update takes away: a user who is disabled, a group that loses nine tenths of its members or more,
    /// whoever comes in their place. A slip of a mapping may well leave one of them, or put one in.
    async fn lost(
        &self,
        kind: Kind,
        id: Uuid,
        before: &Object,
        after: &Object,
        effect: &Effect,
    ) -> Result<Option<Subject>, DirectoryError> {
        let off = |attributes: &Object| attributes.get("active") == Some(&Value::Bool(false));
        Ok(match kind {
            Kind::User => (off(after) && !off(before)).then_some(Subject::Users),
            Kind::Group if !effect.removed().is_empty() => {
                let going = effect.removed().len() as u64;
                (10 * going >= 9 * self.member_count(id).await?).then_some(Subject::Members(id))
            }
            Kind::Group | Kind::Custom(_) => None,
        })
    }
}

impl Directory {
    /// A wish that was fulfilled already, in each of its parts and at one moment.
    async fn commit_nothing(&self, record: Guard, effect: Effect) -> Result<Committed, DirectoryError> {
        let guards = effect.guards();
        if guards.is_empty() {
            return Ok(Committed::Unchanged);
        }
        let mut change = Change::new(self.layout);
        change.require(record);
        for guard in guards {
            change.require(guard);
        }
        let (batch, _) = change.finish();
        match self.kv.commit(batch).await {
            Ok(_) => Ok(Committed::Unchanged),
            Err(error) => refused(error).map(|_| Committed::Stale),
        }
    }
}

/// The circumstances of a change of a membership, without what is expected: that is no version of the group.
fn beside(ctx: &Ctx) -> Ctx {
    Ctx { expected: Preconditions::default(), ..ctx.clone() }
}

enum Committed {
    Yes,
    /// There was nothing to write: no new version (OWN-2).
    Unchanged,
    Stale,
}
