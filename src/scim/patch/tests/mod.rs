//! Rules of PATCH, one test each; names carry the rows of the client and protocol lists.
#![expect(clippy::needless_pass_by_value, reason = "JSON literals read best as they stand")]

mod clients;
mod members;
mod rfc;

use serde_json::{Value, json};

use super::{Applied, EdgeChange, Patch, apply};
use crate::resource::MemberRef;
use crate::{Deviation, Dialect, Lenience, Registry, ScimError, ScimType, urn};

struct Run<'r> {
    kind: &'r str,
    dialect: Dialect,
    stored: Value,
}

fn user(more: Value) -> Run<'static> {
    let mut stored = json!({"schemas": [urn::USER], "userName": "ann"});
    stored.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    if more.get(urn::ENTERPRISE_USER).is_some() {
        stored["schemas"] = json!([urn::USER, urn::ENTERPRISE_USER]);
    }
    Run { kind: "User", dialect: Dialect::tolerant(), stored }
}

fn group() -> Run<'static> {
    let stored = json!({"schemas": [urn::GROUP], "displayName": "Team"});
    Run { kind: "Group", dialect: Dialect::tolerant(), stored }
}

impl Run<'_> {
    fn strict(mut self) -> Self {
        self.dialect = Dialect::strict();
        self
    }

    fn without(mut self, deviation: Deviation) -> Self {
        self.dialect = self.dialect.without(deviation);
        self
    }

    fn message(&self, message: Value) -> Result<Applied, ScimError> {
        let registry = Registry::builtin();
        let mut lenience = Lenience::new(&self.dialect);
        let Value::Object(body) = message else { panic!("a message is an object") };
        let patch = Patch::parse(body, &mut lenience)?;
        let resource_type = registry.resource_type(self.kind).unwrap();
        apply(&registry, resource_type, self.stored.as_object().unwrap(), &patch, &mut lenience)
    }

    fn patch(&self, operations: Value) -> Result<Applied, ScimError> {
        self.message(json!({"schemas": [urn::PATCH_OP], "Operations": operations}))
    }

    fn becomes(&self, operations: Value) -> Value {
        Value::Object(self.patch(operations).unwrap().attributes)
    }

    fn stays(&self, operations: Value) {
        let applied = self.patch(operations).unwrap();
        assert!(!applied.changed && applied.edges.is_empty());
        assert_eq!(Value::Object(applied.attributes), self.stored);
    }

    fn edges(&self, operations: Value) -> Vec<EdgeChange> {
        let applied = self.patch(operations).unwrap();
        assert!(!applied.changed);
        applied.edges
    }

    #[track_caller]
    fn refuses(&self, operations: Value, keyword: ScimType, words: &str) {
        let error = self.patch(operations).unwrap_err();
        assert_eq!(error.scim_type(), Some(keyword), "{error}");
        assert!(error.detail().contains(words), "{error}");
        assert!(error.detail().starts_with("Operations["), "{error}");
    }
}

fn add(ids: &[&str]) -> EdgeChange {
    EdgeChange::Add(ids.iter().map(|id| MemberRef { value: (*id).to_owned(), kind: None }).collect())
}

fn remove(ids: &[&str]) -> EdgeChange {
    EdgeChange::Remove(ids.iter().map(|id| (*id).to_owned()).collect())
}

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
