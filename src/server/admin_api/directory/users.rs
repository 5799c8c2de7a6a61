//! `GET /api/users`: search by the start of the user name or of the display name.

use super::{Listed, list};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use ::directory::Kind;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    users: Vec<Row>,
    total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Uuid,
    user_name: Value,
    display_name: Value,
    active: Value,
    email: Value,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let Listed { entries, total, next_cursor } = list(call, Kind::User, &["userName", "displayName"]).await?;
    let base = &call.admin.tenant.base_url;
    let users = entries.iter().map(|entry| row(entry.id, &Value::Object(entry.to_object(base)))).collect();
    Ok(json(StatusCode::OK, &Body { users, total, next_cursor }))
}

fn row(id: Uuid, user: &Value) -> Row {
    Row {
        id,
        user_name: user["userName"].clone(),
        display_name: first_of([&user["displayName"], &user["name"]["formatted"]]),
        active: user["active"].clone(),
        email: email(&user["emails"]),
    }
}

/// The primary address, or else the first.
fn email(emails: &Value) -> Value {
    let Some(emails) = emails.as_array() else { return Value::Null };
    let primary = emails.iter().find(|email| email["primary"] == true);
    primary.or(emails.first()).map_or(Value::Null, |email| email["value"].clone())
}

fn first_of(values: [&Value; 2]) -> Value {
    values.into_iter().find(|value| !value.is_null()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_shows_the_primary_address_and_nulls_for_what_is_missing() {
        let user = json!({
            "userName": "bjensen",
            "name": { "formatted": "Barbara Jensen" },
            "emails": [{ "value": "a@x" }, { "value": "b@x", "primary": true }],
        });
        assert_eq!(
            serde_json::to_value(row(Uuid::nil(), &user)).unwrap(),
            json!({
                "id": Uuid::nil(), "userName": "bjensen", "displayName": "Barbara Jensen",
                "active": null, "email": "b@x",
            })
        );
    }
}
