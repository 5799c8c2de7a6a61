//! Changing what a tenant's schemas, resource types and indexes are, and doing behind what follows from it.
//!
//! What a change is decides `directory`; here the new directory takes the place of the old one, and tasks begin once
//! nobody holds an old one any more.

use std::sync::Arc;
use std::time::Duration;

use access::{Actor, Defined, WriteError};
use directory::{
    Data, DirectoryError, Edit, Keep, Prepared, Progress, ReshapeError, Reshaped, Retired, Shape, Task,
};
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Mutex;

use super::{Tenant, Tenants, uninterrupted};
use crate::app::App;
use crate::http::Stop;
use crate::world::World;

/// How often it is looked whether the last request by an old model is over.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a failed step waits.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// How the shape of a tenant changes.
#[derive(Default)]
pub(super) struct Shaping {
    /// The models before this one, until nobody holds them. Whoever changes the shape holds the lock.
    retired: Mutex<Vec<Retired>>,
    progress: Progress,
}

/// Why definitions did not change.
#[derive(Debug, Error)]
pub(crate) enum DefineError {
    #[error(transparent)]
    Reshape(#[from] ReshapeError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The circumstances of what the server does by itself.
pub(super) fn background(world: &World) -> directory::Ctx {
    directory::Ctx {
        now: world.now(),
        new_id: world.new_id(),
        actor: "rollcall".to_owned(),
        request: None,
        txn: None,
        keep: Keep::Names,
        by: directory::By::Administrator,
        expected: scim::Preconditions::default(),
    }
}

impl Tenant {
    /// How far the task is that is being done.
    pub(crate) fn progress(&self) -> (u64, u64) {
        self.shaping.progress.seen()
    }

    fn put(&self, directory: directory::Directory, retired: &mut Vec<Retired>) {
        let before = self.directory.swap(Arc::new(directory));
        retired.push(before.retired());
    }

    /// Moves the shape on after a task.
    async fn advance(&self, edit: Edit) -> Result<(), ReshapeError> {
        let mut retired = self.shaping.retired.lock().await;
        let Reshaped { directory, .. } = self.directory().reshape(edit, Data::Keep).await?;
        if let Some(directory) = directory {
            self.put(directory, &mut retired);
        }
        Ok(())
    }
}

impl Tenants {
    /// Changes definitions, for the administrator: requests that begin from the answer on see them. `what` names the
    /// change in the audit trail.
    pub(crate) async fn define(
        self: &Arc<Self>,
        tenant: &Arc<Tenant>,
        edit: Edit,
        data: Data,
        what: String,
        (actor, now): (Actor, Timestamp),
    ) -> Result<Shape, DefineError> {
        let (all, tenant) = (Arc::clone(self), Arc::clone(tenant));
        uninterrupted(async move {
            let mut retired = tenant.shaping.retired.lock().await;
            loop {
                let Prepared { batch, directory, shape } =
                    tenant.directory().prepare(edit.clone(), data).await?;
                let Some(batch) = batch else { return Ok(shape) };
                match tenant.access.define(batch, what.clone(), actor, now).await? {
                    Defined::Yes => {
                        tenant.put(directory, &mut retired);
                        all.shaped.notify_one();
                        return Ok(shape);
                    }
                    Defined::Refused => {}
                }
            }
        })
        .await
    }

    fn is_open(&self, tenant: &Arc<Tenant>) -> bool {
        match &tenant.slug {
            Some(slug) => self.named(slug.as_str()).is_some_and(|open| Arc::ptr_eq(&open, tenant)),
            None => true,
        }
    }
}

/// What is left after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    /// Something waits until requests are over.
    Waiting,
    /// Something failed.
    Failed,
}

/// Builds indexes and takes away what was dropped, of every tenant, until told to stop.
pub(crate) async fn tend(app: Arc<App>, mut stop: Stop) {
    loop {
        let rest = tokio::select! {
            () = stop.asked() => return,
            rest = round(&app) => rest,
        };
        let next = async {
            match rest {
                Rest::Nothing => app.tenants.shaped.notified().await,
                Rest::Waiting => tokio::time::sleep(PAUSE).await,
                Rest::Failed => tokio::time::sleep(AFTER_FAILURE).await,
            }
        };
        tokio::select! {
            () = stop.asked() => return,
            () = next => {}
        }
    }
}

async fn round(app: &App) -> Rest {
    let (mut rest, mut has_failed) = (Rest::Nothing, false);
    for tenant in app.tenants.all() {
        loop {
            match step(app, &tenant).await {
                Ok(Step::Done) => {}
                Ok(Step::Nothing) => break,
                Ok(Step::Waits) => {
                    rest = Rest::Waiting;
                    break;
                }
                Err(error) => {
                    let slug = tenant.slug.as_ref().map(ToString::to_string);
                    tracing::error!(
                        %error,
                        tenant = slug,
                        "what follows from a change of schemas could not be done; it is tried again"
                    );
                    // the other tenants do not wait for this one
                    has_failed = true;
                    break;
                }
            }
        }
    }
    if has_failed { Rest::Failed } else { rest }
}

enum Step {
    Done,
    Nothing,
    Waits,
}

async fn step(app: &App, tenant: &Arc<Tenant>) -> Result<Step, ReshapeError> {
    let mut retired = tenant.shaping.retired.lock().await;
    let directory = tenant.directory();
    let shape = directory.shape().await?;
    let Some(task) = shape.next_task() else { return Ok(Step::Nothing) };
    retired.retain(|model| !model.is_over());
    if !retired.is_empty() {
        return Ok(Step::Waits);
    }
    drop(retired);
    let goes_on = || Arc::ptr_eq(&tenant.directory.load(), &directory) && app.tenants.is_open(tenant);
    let progress = &tenant.shaping.progress;
    let edit = directory.perform(&background(&app.world), &task, &shape, progress, goes_on).await?;
    drop(directory);
    let Some(edit) = edit else {
        return Ok(if app.tenants.is_open(tenant) { Step::Done } else { Step::Nothing });
    };
    tell(tenant, &task, &shape, &edit);
    tenant.advance(edit).await?;
    Ok(Step::Done)
}

fn tell(tenant: &Tenant, task: &Task, shape: &Shape, edit: &Edit) {
    let slug = tenant.slug.as_ref().map(ToString::to_string);
    let attribute =
        |number| shape.index(number).map(|index| format!("{}.{}", index.resource_type, index.attribute));
    match (task, edit) {
        (Task::Build(number), Edit::Advance(_, directory::Progressed::Failed(failure))) => {
            tracing::error!(
                tenant = slug,
                index = attribute(*number),
                count = failure.count,
                "an index could not be built: values that must be unique are not; `rollcall schema list` shows which"
            );
        }
        (Task::Build(number), _) => {
            tracing::info!(tenant = slug, index = attribute(*number), "an index is complete");
        }
        (Task::Clear(_) | Task::Chore(_), _) => {
            tracing::info!(tenant = slug, task = ?task, "what was dropped is taken away");
        }
    }
}

impl From<DirectoryError> for DefineError {
    fn from(failed: DirectoryError) -> DefineError {
        DefineError::Reshape(failed.into())
    }
}
