//! `GET /api/groups/{id}/members`: any number of them, a page at a time.

use super::{cursor_id, cut};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use ::directory::{Kind, Links};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

const USUAL: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    members: Vec<Row>,
    total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    r#type: String,
    display: String,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, group: Uuid) -> Result<Answer, Problem> {
    let page = call.page(USUAL)?;
    let directory = call.admin.directory;
    if directory.get(Kind::Group, group, Links::Without).await?.is_none() {
        return Err(Problem::not_found("group"));
    }
    let mut links = directory.members(group, cursor_id(page.cursor)?, page.count + 1).await?;
    let next_cursor = cut(&mut links, page.count, |link| link.id);
    let total = directory.member_count(group).await?;
    let members = links
        .into_iter()
        .map(|link| Row { id: link.id, r#type: directory.name(link.kind).to_owned(), display: link.display })
        .collect();
    Ok(json(StatusCode::OK, &Body { members, total, next_cursor }))
}
