//! Cuts the old end of the feed off: what every stream has told, once it has the age the administrator wants it to
//! reach. The feed is the record of who changed what, too, so the age is long.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::EventsError;
use crate::app::App;
use crate::http::Stop;
use crate::tenant::Tenant;

/// How often.
const EVERY: Duration = Duration::from_hours(1);

/// Cuts from time to time, until told to stop.
pub(crate) async fn retain(app: Arc<App>, mut stop: Stop) {
    loop {
        for tenant in app.tenants.all() {
            match cut(&app, &tenant).await {
                Ok(0) => {}
                Ok(records) => {
                    tracing::info!(records, tenant = tenant.base_url, "old records of the feed were cut off");
                }
                Err(error) => {
                    tracing::warn!(%error, "the old end of the feed could not be cut off; trying again");
                }
            }
        }
        tokio::select! {
            () = stop.asked() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Cuts the feed of one tenant; says how many records went.
async fn cut(app: &App, tenant: &Tenant) -> Result<u64, EventsError> {
    let (directory, now) = (tenant.directory(), app.world.now());
    let slowest = tenant.events.all().await?.iter().map(|stream| stream.progress.position).min();
    let upto = slowest.unwrap_or_else(|| directory.end_of_feed());
    let age = SignedDuration::from_hours(24 * i64::from(app.config.events.retention_days));
    let old = now.checked_sub(age).unwrap_or(now);
    tenant.events.forget_jobs(now).await?;
    Ok(directory.cut_feed(upto, old).await?)
}
