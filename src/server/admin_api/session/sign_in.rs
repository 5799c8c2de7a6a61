//! `POST /api/session`: the passphrase opens a session.

use super::opened;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem};
use crate::admin_api::ask::body;
use access::SignInError;
use http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    passphrase: Zeroizing<String>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let asked: Asked = body(call.request)?;
    let session = call.admin.access.sign_in(&asked.passphrase, call.seed(), call.now()).await?;
    Ok(opened(&session))
}

impl From<SignInError> for Problem {
    fn from(refused: SignInError) -> Problem {
        let message = refused.to_string();
        match refused {
            SignInError::NotSetUp => Problem::new(StatusCode::CONFLICT, "notSetUp", message),
            SignInError::Wrong => Problem {
                field: Some("passphrase"),
                ..Problem::new(StatusCode::UNAUTHORIZED, "wrongPassphrase", message)
            },
            SignInError::Wait { retry_after_s } => {
                Problem::wait(StatusCode::TOO_MANY_REQUESTS, message, retry_after_s)
            }
            SignInError::Write(failed) => failed.into(),
        }
    }
}
