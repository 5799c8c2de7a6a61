//! Tests of the whole directory over the memory engine; pure parts are tested where they are.

mod bin;
mod changes;
mod guards;
mod linear;
mod membership;
mod ordering;
mod preconditions;
mod searching;
mod shaping;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use scim::json::Object;
use scim::patch::Patch;
use scim::{
    Checked, Context, Deviation, Dialect, Lenience, Preconditions, Registry, Resource, ScimError, check,
};
use serde_json::{Value, json};
use store::Kv;
use uuid::Uuid;

use crate::{By, Ctx, Directory, DirectoryError, Entry, Keep, Kind, Links, Tenant};

/// A directory in memory, with a clock that moves one millisecond at each change.
pub(crate) struct House {
    pub(crate) directory: Directory,
    pub(crate) kv: Kv,
    clock: AtomicU64,
}

impl House {
    pub(crate) fn new() -> Self {
        let kv = Kv::memory();
        let directory = Directory::new(kv.clone(), Arc::new(Registry::builtin()), Tenant::DEFAULT);
        Self::over(kv, directory)
    }

    /// Around a directory that is there.
    pub(crate) fn over(kv: Kv, directory: Directory) -> Self {
        Self { directory, kv, clock: AtomicU64::new(0) }
    }

    pub(crate) fn ctx(&self) -> Ctx {
        let tick = self.clock.fetch_add(1, Ordering::Relaxed);
        Ctx {
            now: Timestamp::from_millisecond(1_700_000_000_000 + i64::try_from(tick).unwrap()).unwrap(),
            new_id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(tick)),
            actor: "test".into(),
            request: Some("r1".into()),
            txn: None,
            keep: Keep::Names,
            by: By::Client,
            expected: Preconditions::default(),
        }
    }

    pub(crate) fn checked(&self, kind: Kind, body: Value) -> Resource<Checked> {
        let Value::Object(body) = body else { panic!("a resource is an object") };
        // Empty text is kept, as in strict: it must not disturb indexes.
        let dialect = Dialect::tolerant().without(Deviation::ClearWithEmptyText);
        check::resource(
            self.directory.registry(),
            self.directory.resource_type(kind),
            Resource::from(body),
            Context::CreateRequest,
            &mut Lenience::new(&dialect),
        )
        .unwrap()
    }

    pub(crate) async fn try_create(&self, kind: Kind, body: Value) -> Result<Entry, DirectoryError> {
        self.directory.create(&self.ctx(), kind, &self.checked(kind, body), Links::With).await
    }

    pub(crate) async fn user(&self, name: &str) -> Uuid {
        self.try_create(Kind::User, json!({"userName": name})).await.unwrap().id
    }

    pub(crate) async fn group(&self, name: &str, members: &[Uuid]) -> Uuid {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        self.try_create(Kind::Group, json!({"displayName": name, "members": members})).await.unwrap().id
    }

    pub(crate) async fn patch(
        &self,
        kind: Kind,
        id: Uuid,
        operations: Value,
    ) -> Result<Option<Entry>, DirectoryError> {
        let dialect = Dialect::tolerant();
        let mut lenience = Lenience::new(&dialect);
        let body = json!({"schemas": [scim::urn::PATCH_OP], "Operations": operations});
        let patch = Patch::parse(body.as_object().unwrap().clone(), &mut lenience)?;
        self.directory.patch(&self.ctx(), kind, id, &patch, &mut lenience).await
    }

    pub(crate) async fn shown(&self, kind: Kind, id: Uuid) -> Option<Object> {
        let entry = self.directory.get(kind, id, Links::With).await.unwrap();
        entry.map(|entry| entry.to_object("https://h/scim/v2"))
    }

    pub(crate) async fn members(&self, group: Uuid) -> Vec<Uuid> {
        let entry = self.directory.get(Kind::Group, group, Links::With).await.unwrap().unwrap();
        entry.members.iter().map(|m| m.id).collect()
    }

    /// The same data, read anew.
    pub(crate) fn restart(&mut self) {
        self.directory = Directory::new(self.kv.clone(), Arc::new(Registry::builtin()), Tenant::DEFAULT);
    }

    /// Whether indexes, edges and counters agree with the resources.
    pub(crate) async fn assert_sound(&self) {
        let found = self.directory.verify().await.unwrap();
        assert_eq!(found.told, Vec::<String>::new());
    }
}

pub(crate) fn refusal(result: Result<impl std::fmt::Debug, DirectoryError>) -> ScimError {
    match result {
        Err(DirectoryError::Scim(error)) => error,
        other => panic!("a refusal was expected, and this came: {other:?}"),
    }
}
