//! `POST /api/setup`: the one-time code sets the passphrase and opens a session.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem};
use crate::admin_api::ask::body;
use crate::admin_api::session::opened;
use access::SetupError;
use http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    setup_code: Zeroizing<String>,
    passphrase: Zeroizing<String>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let asked: Asked = body(call.request)?;
    let access = call.admin.access;
    let session = access.set_up(&asked.setup_code, &asked.passphrase, call.seed(), call.now()).await?;
    Ok(opened(&session))
}

impl From<SetupError> for Problem {
    fn from(refused: SetupError) -> Problem {
        let message = refused.to_string();
        match refused {
            SetupError::Code => Problem {
                field: Some("setupCode"),
                ..Problem::new(StatusCode::FORBIDDEN, "wrongSetupCode", message)
            },
            SetupError::Passphrase(_) => Problem::field("passphrase", "badPassphrase", message),
            SetupError::Wait { retry_after_s } => {
                Problem::wait(StatusCode::TOO_MANY_REQUESTS, message, retry_after_s)
            }
            SetupError::Write(failed) => failed.into(),
        }
    }
}
