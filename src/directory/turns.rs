//! Who may change a resource when: first tries share, and a change that was refused once gets its turn alone.
//!
//! Correctness comes from the guards of each commit, never from here. Turns keep a change that reads much, such
//! as the deletion of a large group, from being refused for ever by small ones.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use uuid::Uuid;

const STRIPES: usize = 64;

/// The turns of all resources, in stripes.
pub(crate) struct Turns([RwLock<()>; STRIPES]);

/// A turn, held until it is dropped.
pub(crate) enum Turn<'t> {
    /// Others may try at the same time.
    Shared { _guard: RwLockReadGuard<'t, ()> },
    /// Nobody else tries.
    Alone { _guard: RwLockWriteGuard<'t, ()> },
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| RwLock::new(())))
    }

    /// A turn shared with others.
    pub(crate) async fn shared(&self, id: Uuid) -> Turn<'_> {
        Turn::Shared { _guard: self.stripe(id).read().await }
    }

    /// The next turn of a change that was refused: alone, once those before it are done.
    pub(crate) async fn alone<'t>(&'t self, id: Uuid, refused: Turn<'t>) -> Turn<'t> {
        match refused {
            Turn::Alone { .. } => refused,
            Turn::Shared { .. } => {
                drop(refused);
                Turn::Alone { _guard: self.stripe(id).write().await }
            }
        }
    }

    fn stripe(&self, id: Uuid) -> &RwLock<()> {
        &self.0[usize::from(id.as_bytes()[15]) % STRIPES]
    }
}
