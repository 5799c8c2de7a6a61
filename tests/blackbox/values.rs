//! Names of schemas, and looking into a resource the way a PATCH path does.

use serde_json::Value;

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An id that no resource has.
pub(crate) const NOBODY: &str = "0190d2c4-7e1a-7a3b-8c4d-5e6f70819203";

/// The value a simple PATCH path names: `a`, `a.b`, `a[c eq "v"].b` or an enterprise URN before one of these.
pub(crate) fn at<'r>(resource: &'r Value, path: &str) -> &'r Value {
    if let Some(rest) = path.strip_prefix(ENTERPRISE) {
        return at(&resource[ENTERPRISE], rest.strip_prefix(':').unwrap());
    }
    let Some((attribute, rest)) = path.split_once('[') else {
        return path.split('.').fold(resource, |value, name| &value[name]);
    };
    let (condition, rest) = rest.split_once(']').unwrap();
    let (name, wanted) = condition.split_once(" eq ").unwrap();
    let element = element(&resource[attribute], name, wanted.trim_matches('"'));
    match rest.strip_prefix('.') {
        Some(sub) => &element[sub],
        None => element,
    }
}

/// The one element whose sub-attribute has this value; null if there is none.
pub(crate) fn element<'r>(list: &'r Value, name: &str, wanted: &str) -> &'r Value {
    let matching: Vec<&Value> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter(|item| match &item[name] {
            Value::String(text) => text == wanted,
            Value::Bool(flag) => flag.to_string().eq_ignore_ascii_case(wanted),
            _ => false,
        })
        .collect();
    assert!(matching.len() < 2, "{name} {wanted} is there twice: {list}");
    matching.first().copied().unwrap_or(&Value::Null)
}

/// A resource without what the server adds: `id` and `meta`.
pub(crate) fn as_sent(resource: &Value) -> Value {
    let mut resource = resource.clone();
    let members = resource.as_object_mut().unwrap();
    assert!(members.remove("id").is_some() && members.remove("meta").is_some(), "no id or no meta");
    resource
}

/// The ids, sorted, for a comparison with `Client::members`.
pub(crate) fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort();
    ids
}
