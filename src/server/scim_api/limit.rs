//! Holds a request back until its tenant and its token may ask again, or refuses it with 429 and the seconds to
//! wait. Without limits, which is the default, nothing happens here.

use access::{Grant, Limits, Turn};

use super::{Answered, answer};
use crate::app::App;
use crate::tenant::Tenant;

/// Waits for the request's turn; the refusal where that would take too long.
pub(super) async fn turn(app: &App, tenant: &Tenant, grant: &Grant) -> Result<(), Answered> {
    let limits = tenant.limits();
    if limits == Limits::default() {
        return Ok(());
    }
    match tenant.limiter.turn(limits, grant.token, app.world.now()) {
        Turn::Now => Ok(()),
        Turn::After(wait) => {
            tokio::time::sleep(wait).await;
            Ok(())
        }
        Turn::Refused { retry_after_s } => {
            let detail = said(limits);
            let response = super::whole(answer::too_many(&detail, retry_after_s.into()));
            Err(Answered { response, tolerated: vec![], detail })
        }
    }
}

fn said(limits: Limits) -> String {
    let of = |rate: Option<u32>, whose: &str| rate.map(|rate| format!("{rate} requests a second {whose}"));
    let all = [of(limits.token_per_second, "of each token"), of(limits.per_second, "of all tokens together")];
    let all: Vec<_> = all.into_iter().flatten().collect();
    format!("too many requests; this server takes {}", all.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_limits_there_are() {
        let limits = Limits { per_second: Some(400), token_per_second: Some(25) };
        assert_eq!(
            said(limits),
            "too many requests; this server takes 25 requests a second of each token and 400 requests a second of \
             all tokens together"
        );
        let limits = Limits { token_per_second: None, ..limits };
        assert!(said(limits).ends_with("takes 400 requests a second of all tokens together"));
    }
}
