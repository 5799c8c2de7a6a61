//! `/GroupMembers`: each membership as a resource (draft-zollner-scim-group-members-01), so that a client pages,
//! filters and counts the members of one group, and adds and removes one, without the group's whole list.
//!
//! Off unless `group_members` is set: the draft may still change (its author's copy already calls them
//! `GroupMembership`). Only direct memberships are here. They are the same edges as `members` of a group, so both always
//! agree. There is nothing to change about a membership, so there is no PUT and no PATCH.

mod create;
mod delete;
mod filter;
mod get;
mod list;

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use directory::{DirectoryError, Membership};
use http::Response;
use scim::json::Object;
use scim::project::Projection;
use scim::{Registry, ResourceType, Schema, ScimError};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Call;
use super::query::Query;
use super::route::Members;

/// The URI of the schema.
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:GroupMember";
const NAME: &str = "GroupMember";
const ENDPOINT: &str = "/GroupMembers";

/// The schema and resource type, beside those of the directory: memberships are no resources of their own there.
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("schema.json")).expect("the schema is well formed");
    let resource_type = ResourceType {
        name: NAME.to_owned(),
        endpoint: ENDPOINT.to_owned(),
        description: "One member of one group".to_owned(),
        schema: SCHEMA.to_owned(),
        schema_extensions: vec![],
    };
    Registry::new(vec![schema], vec![resource_type]).expect("schema and resource type fit together")
});

/// The registry that has both.
pub(super) fn registry() -> &'static Registry {
    &REGISTRY
}

/// The schema, for discovery.
pub(super) fn schema() -> &'static Arc<Schema> {
    REGISTRY.schema(SCHEMA).expect("it was built with it")
}

/// The resource type, for discovery.
pub(super) fn resource_type() -> &'static Arc<ResourceType> {
    REGISTRY.resource_type(NAME).expect("it was built with it")
}

/// Answers a request below `/GroupMembers`.
pub(super) async fn answer(
    call: &mut Call<'_>,
    operation: &Members,
) -> Result<Response<Bytes>, DirectoryError> {
    match operation {
        Members::List => list::answer(call).await,
        Members::SearchByPost => list::by_post(call).await,
        Members::Create => create::answer(call).await,
        Members::Get(id) => get::answer(call, id).await,
        Members::Delete(id) => delete::answer(call, id).await,
    }
}

fn projection(call: &mut Call<'_>, query: &Query) -> Result<Projection, ScimError> {
    Projection::parse(
        query.attributes.as_deref(),
        query.excluded_attributes.as_deref(),
        &REGISTRY,
        resource_type(),
        &mut call.lenience,
    )
}

/// A membership as it is shown. Its id is made of those of its ends, so that nothing more is kept for it.
fn shown(base: &str, membership: &Membership) -> Object {
    let Membership { group, group_display, member, version } = membership;
    let id = format!("{group}.{}", member.id);
    let mut meta = json!({
        "resourceType": NAME,
        "location": format!("{base}{ENDPOINT}/{id}"),
        "version": format!("W/\"{version}\""),
    });
    if let Some(since) = member.since {
        let since = format!("{since:.3}");
        meta["created"] = json!(since);
        meta["lastModified"] = json!(since);
    }
    let shown = json!({
        "schemas": [SCHEMA],
        "id": id,
        "group": { "value": group, "$ref": format!("{base}/Groups/{group}"), "display": group_display },
        "member": member.to_json(base),
        "meta": meta,
    });
    match shown {
        Value::Object(shown) => shown,
        _ => unreachable!("an object was written"),
    }
}

/// The ends an id is made of, or 404.
fn ends(id: &str) -> Result<(Uuid, Uuid), ScimError> {
    let parsed = id.split_once('.').and_then(|(group, member)| {
        let exact = |text: &str| Uuid::try_parse(text).ok().filter(|id| id.to_string() == text);
        Some((exact(group)?, exact(member)?))
    });
    parsed.ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> ScimError {
    ScimError::http(404, format!("there is no {NAME} with the id {id:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_fits_and_an_id_is_made_of_both_ends() {
        assert_eq!(schema().id, SCHEMA);
        assert_eq!(resource_type().endpoint, ENDPOINT);
        let (group, member) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(ends(&format!("{group}.{member}")).unwrap(), (group, member));
        for other in
            ["", ".", &group.to_string(), &format!("{group}.{member}."), &format!("{group}-{member}")]
        {
            assert_eq!(ends(other).unwrap_err().status(), 404, "{other}");
        }
    }
}
