//! `DELETE /api/session`: ends the session, if there is one.

use super::set_cookie;
use crate::admin_api::answer::{Answer, Problem, nothing};
use crate::admin_api::{Call, guard};

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    if let Some(session) = guard::session(call.request.headers()) {
        call.admin.access.sign_out(session, call.now()).await?;
    }
    let mut answer = nothing();
    set_cookie(answer.headers_mut(), "", "; Max-Age=0");
    Ok(answer)
}
