//! Watches how much each client takes away: users disabled or deleted, groups deleted, large groups emptied. Past a
//! limit a change is held back until an administrator agrees.
//!
//! Counting happens before the commit, under one lock, so that requests at the same moment cannot slip past a limit
//! together; what is refused by the store is taken back. What was counted is written in the commit of the change
//! itself, so a restart forgets nothing. It does not know who an administrator is.

mod held;
mod limits;
mod window;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use scim::ScimError;
use store::{Batch, CommitError, Kv, Range, StoreError, Table, TableError, Write};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::change::Change;
use crate::ctx::{By, Ctx};
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::layout::{Kind, Layout};

pub use held::{Allowed, Held, Subject};
pub use limits::{Limits, Threshold};
use window::Window;

/// Held changes remembered; the oldest goes first.
const HELD_MOST: usize = 1_000;

/// What a change would take away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss {
    pub(crate) subject: Subject,
    pub(crate) resource: Uuid,
    /// When the resource was created.
    pub(crate) created: Timestamp,
}

/// The watch over one tenant, in memory; the store has the same.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    state: OnceCell<Mutex<State>>,
    /// Held by whoever writes records of what is held, so that the last one written is the last one there was.
    hand: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    limits: Limits,
    windows: HashMap<(String, Subject), Window>,
    held: HashMap<(String, Subject), Held>,
    /// Held changes that made room for others, and are still in the store.
    forgotten: Vec<Held>,
}

/// Leave for one change, counted. It has to be given back if the change is not made.
#[derive(Debug)]
pub(crate) struct Pass {
    counted: Option<Counted>,
    used: Option<Used>,
}

/// A leave that was made use of. One that was given anew meanwhile, until another time, is another one.
#[derive(Debug)]
struct Used {
    held: Uuid,
    key: (String, Subject),
    until: Timestamp,
}

/// A loss that was counted.
#[derive(Debug)]
struct Counted {
    actor: String,
    subject: Subject,
    minute: i64,
    /// Minutes that do not count any more, whose rows go.
    over: Vec<i64>,
}

/// Why the watch could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] TableError),
    /// The store could not be written.
    #[error(transparent)]
    Write(#[from] CommitError),
}

impl From<StoreError> for WatchError {
    fn from(source: StoreError) -> Self {
        Self::Read(source.into())
    }
}

fn held_table(layout: Layout) -> Table<Held> {
    Table::new(layout.watch_held())
}

fn limits_table(layout: Layout) -> Table<Limits> {
    Table::new(layout.watch_limits())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // a panic under the lock can at worst lose one count
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

impl State {
    async fn load(kv: &Kv, layout: Layout) -> Result<Self, TableError> {
        let mut state = Self::default();
        if let Some(limits) = limits_table(layout).get(kv, []).await? {
            state.limits = limits.record;
        }
        for held in held_table(layout).list(kv, None, usize::MAX).await? {
            let mut held = held.record;
            if let Some(allowed) = &mut held.allowed {
                let used = kv.counter(&layout.watch_used(held.id, allowed.until)).await?;
                allowed.used = used.try_into().unwrap_or(0);
            }
            state.held.insert((held.actor.clone(), held.subject), held);
        }
        for row in kv.scan(Range::prefix(layout.watch_counts()), usize::MAX).await? {
            let Some((subject, minute, actor)) = layout.watch_count_of(&row.key) else { continue };
            let count = kv.counter(&row.key).await?;
            let window = state.windows.entry((actor, subject)).or_default();
            window.add(minute, count.try_into().unwrap_or(0));
        }
        Ok(state)
    }

    /// Lets a loss pass and counts it, or holds it.
    fn admit(&mut self, ctx: &Ctx, loss: Loss, limit: u64) -> Result<Pass, Box<Held>> {
        let key = (ctx.actor.clone(), loss.subject);
        let minute = minute(ctx.now);
        let total = match loss.subject {
            Subject::Members(_) => limit,
            Subject::Users | Subject::Groups => self.windows.entry(key.clone()).or_default().total(minute),
        };
        let mut used = None;
        if total >= limit {
            let held = self.held.entry(key.clone()).or_insert_with(|| Held {
                id: ctx.new_id,
                actor: ctx.actor.clone(),
                subject: loss.subject,
                limit,
                attempts: 0,
                first_at: ctx.now,
                last_at: ctx.now,
                resources: vec![],
                allowed: None,
            });
            let Some(until) = held.passes(ctx.now) else {
                held.again(loss.resource, limit, ctx.now);
                let held = held.clone();
                self.forget_oldest();
                return Err(Box::new(held));
            };
            used = Some(Used { held: held.id, key: key.clone(), until });
        }
        let counted = match loss.subject {
            Subject::Members(_) => None,
            Subject::Users | Subject::Groups => {
                let (actor, subject) = key.clone();
                let window = self.windows.entry(key).or_default();
                window.add(minute, 1);
                Some(Counted { actor, subject, minute, over: window.take_over() })
            }
        };
        Ok(Pass { counted, used })
    }

    fn forget_oldest(&mut self) {
        if self.held.len() > HELD_MOST
            && let Some(oldest) =
                self.held.iter().min_by_key(|(_, held)| held.last_at).map(|(k, _)| k.clone())
        {
            self.forgotten.extend(self.held.remove(&oldest));
        }
    }

    fn give_back(&mut self, pass: &Pass) {
        if let Some(Counted { actor, subject, minute, over }) = &pass.counted
            && let Some(window) = self.windows.get_mut(&(actor.clone(), *subject))
        {
            window.take_back(*minute);
            window.put_over(over);
        }
        if let Some(used) = &pass.used
            && let Some(held) = self.held.get_mut(&used.key)
            && held.id == used.held
            && let Some(allowed) = &mut held.allowed
            && allowed.until == used.until
        {
            allowed.used = allowed.used.saturating_sub(1);
        }
    }
}

impl Directory {
    async fn watched(&self) -> Result<&Mutex<State>, TableError> {
        let load = || async { State::load(&self.kv, self.layout).await.map(Mutex::new) };
        self.watch.state.get_or_try_init(load).await
    }

    /// Counts what a client takes away, in the change itself; or holds the change, all of it: then 403 says who can
    /// allow it, and where. What passed has to be given back if the change is not made.
    pub(crate) async fn admit(
        &self,
        ctx: &Ctx,
        losses: &[Loss],
        change: &mut Change,
    ) -> Result<Vec<Pass>, DirectoryError> {
        let mut passes = Vec::new();
        for loss in losses {
            match self.admit_one(ctx, *loss).await {
                Ok(pass) => passes.extend(pass),
                Err(refusal) => {
                    self.give_back(&passes).await?;
                    return Err(refusal);
                }
            }
        }
        for pass in &passes {
            self.write_down(pass, change);
        }
        Ok(passes)
    }

    async fn admit_one(&self, ctx: &Ctx, loss: Loss) -> Result<Option<Pass>, DirectoryError> {
        match ctx.by {
            By::Client => {}
            By::Administrator => return Ok(None),
        }
        let state = self.watched().await.map_err(unread)?;
        let limits = lock(state).limits;
        let spared = SignedDuration::from_mins(limits.spare_minutes.into());
        if ctx.now.duration_since(loss.created) < spared {
            return Ok(None);
        }
        let limit = match loss.subject {
            Subject::Users => self.threshold(limits.users_per_hour, Kind::User).await?,
            Subject::Groups => self.threshold(limits.groups_per_hour, Kind::Group).await?,
            Subject::Members(group) => match limits.members_at_once {
                Some(most) if self.member_count(group).await? > most => Some(most),
                Some(_) | None => None,
            },
        };
        let Some(limit) = limit else { return Ok(None) };
        let decided = lock(state).admit(ctx, loss, limit);
        match decided {
            Ok(pass) => Ok(Some(pass)),
            Err(held) => {
                self.keep(&(held.actor.clone(), held.subject)).await?;
                Err(refusal(&held).into())
            }
        }
    }

    async fn threshold(
        &self,
        threshold: Option<Threshold>,
        kind: Kind,
    ) -> Result<Option<u64>, DirectoryError> {
        let Some(threshold) = threshold else { return Ok(None) };
        Ok(Some(threshold.of(self.count(kind).await?)))
    }

    /// Writes what is held under a key as it is by now, and takes away what was forgotten.
    async fn keep(&self, key: &(String, Subject)) -> Result<(), DirectoryError> {
        let state = self.watched().await.map_err(unread)?;
        let _hand = self.watch.hand.lock().await;
        let (held, forgotten) = {
            let mut state = lock(state);
            (state.held.get(key).cloned(), std::mem::take(&mut state.forgotten))
        };
        let mut batch = Batch::new();
        if let Some(held) = held {
            batch.push(held_table(self.layout).put(held.id.as_bytes(), &held).map_err(unread)?);
        }
        batch.extend(forgotten.iter().flat_map(|held| self.gone(held)));
        match self.kv.commit(batch).await {
            Ok(_) | Err(CommitError::Refused { .. }) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Takes a held change out of the store, and what made use of its leave.
    fn gone(&self, held: &Held) -> impl Iterator<Item = Write> {
        std::iter::once(held_table(self.layout).remove(held.id.as_bytes())).chain(self.unused(held))
    }

    /// Forgets what made use of the leave of a held change.
    fn unused(&self, held: &Held) -> Option<Write> {
        held.allowed.map(|allowed| Write::Delete(self.layout.watch_used(held.id, allowed.until)))
    }

    /// Writes what was counted into the change it was counted for.
    fn write_down(&self, pass: &Pass, change: &mut Change) {
        if let Some(Counted { actor, subject, minute, over }) = &pass.counted {
            change.write(Write::Add(self.layout.watch_count(*subject, *minute, actor), 1));
            for minute in over {
                change.write(Write::Delete(self.layout.watch_count(*subject, *minute, actor)));
            }
        }
        if let Some(used) = &pass.used {
            change.write(Write::Add(self.layout.watch_used(used.held, used.until), 1));
        }
    }

    /// Takes back what was counted for a change that the store refused.
    pub(crate) async fn give_back(&self, passes: &[Pass]) -> Result<(), DirectoryError> {
        for pass in passes {
            lock(self.watched().await.map_err(unread)?).give_back(pass);
        }
        Ok(())
    }

    /// The limits that hold.
    pub async fn limits(&self) -> Result<Limits, WatchError> {
        Ok(lock(self.watched().await?).limits)
    }

    /// Sets the limits; they hold for every change decided after this one is answered. `also` is committed with it.
    pub async fn set_limits(&self, limits: Limits, also: Batch) -> Result<(), WatchError> {
        let state = self.watched().await?;
        self.kv.commit(also.write(limits_table(self.layout).put([], &limits)?)).await?;
        lock(state).limits = limits;
        Ok(())
    }

    /// The changes that were held, the last one first.
    pub async fn held(&self) -> Result<Vec<Held>, WatchError> {
        let mut all: Vec<Held> = lock(self.watched().await?).held.values().cloned().collect();
        all.sort_by_key(|held| (std::cmp::Reverse(held.last_at), held.id));
        Ok(all)
    }

    /// Lets a held change pass until a time; for so many changes, or for any number. `None` where none is held
    /// under that id. `also` is committed with it.
    pub async fn allow(
        &self,
        id: Uuid,
        until: Timestamp,
        changes: Option<u64>,
        also: Batch,
    ) -> Result<Option<Held>, WatchError> {
        let state = self.watched().await?;
        let _hand = self.watch.hand.lock().await;
        let known = lock(state).held.values().find(|held| held.id == id).cloned();
        let Some(mut held) = known else { return Ok(None) };
        let mut batch = also;
        batch.extend(self.unused(&held));
        held.allowed = Some(Allowed { until, changes, used: 0 });
        batch.push(held_table(self.layout).put(id.as_bytes(), &held)?);
        self.kv.commit(batch).await?;
        if let Some(known) = lock(state).held.get_mut(&(held.actor.clone(), held.subject)) {
            known.allowed = held.allowed;
        }
        Ok(Some(held))
    }

    /// Forgets a held change and any leave that was given for it; says whether it was there. `also` is committed with
    /// it.
    pub async fn dismiss(&self, id: Uuid, also: Batch) -> Result<bool, WatchError> {
        let state = self.watched().await?;
        let _hand = self.watch.hand.lock().await;
        let known = lock(state).held.values().find(|held| held.id == id).cloned();
        let Some(held) = known else { return Ok(false) };
        let mut batch = also;
        batch.extend(self.gone(&held));
        self.kv.commit(batch).await?;
        lock(state).held.remove(&(held.actor, held.subject));
        Ok(true)
    }
}

fn unread(error: TableError) -> DirectoryError {
    match error {
        TableError::Store(error) => error.into(),
        TableError::Version { .. } | TableError::Decode { .. } | TableError::Encode { .. } => {
            DirectoryError::Unreadable(error.to_string())
        }
    }
}

fn refusal(held: &Held) -> ScimError {
    let Held { id, limit, subject, .. } = held;
    let what = match subject {
        Subject::Users => format!("this service account may disable or delete {limit} users within an hour"),
        Subject::Groups => format!("this service account may delete {limit} groups within an hour"),
        Subject::Members(group) => {
            format!("a group with more than {limit} members is not emptied at once; group {group} has more")
        }
    };
    ScimError::http(
        403,
        format!(
            "held, and nothing was changed: {what}. An administrator of this server can allow it: in the console under \
             Safety, or with `rollcall held allow {id}`"
        ),
    )
}
