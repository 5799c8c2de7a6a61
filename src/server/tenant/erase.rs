//! Frees the data of tenants that were deleted, behind and in small steps.
//!
//! Killed anywhere, it goes on at the next start: the tenant's record says `ending` until a look at the store found
//! nothing of it any more, and that look began when nobody could write for it.

use std::sync::Arc;
use std::time::Duration;

use access::{Slug, TenantNumber, TenantState, WriteError};
use store::{Batch, CommitError, Kv, Range, StoreError, Write};

use crate::app::App;
use crate::http::Stop;

/// Rows that go in one commit: others' commits wait no longer than for that many.
const ROWS: usize = 500;
/// How often it is looked whether the last request has let go of a tenant, and how long a failed step waits.
const PAUSE: Duration = Duration::from_secs(1);

/// Erases whatever is to be erased, until told to stop.
pub(crate) async fn erase(app: Arc<App>, mut stop: Stop) {
    loop {
        let is_done = tokio::select! {
            () = stop.asked() => return,
            done = erase_all(&app) => done.unwrap_or_else(|error| {
                tracing::warn!(%error, "the data of a deleted tenant could not be freed; it is tried again");
                Done::NotYet
            }),
        };
        let next = async {
            match is_done {
                Done::Yes => app.tenants.ending.notified().await,
                Done::NotYet => tokio::time::sleep(PAUSE).await,
            }
        };
        tokio::select! {
            () = stop.asked() => return,
            () = next => {}
        }
    }
}

/// Whether all that was to be done is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Yes,
    NotYet,
}

async fn erase_all(app: &App) -> Result<Done, WriteError> {
    let house = &app.tenants.default().access;
    let mut all = Done::Yes;
    for tenant in house.tenants().await.map_err(WriteError::from)? {
        match tenant.state {
            TenantState::Open | TenantState::Gone => {}
            TenantState::Ending if app.tenants.is_held(&tenant.slug) => all = Done::NotYet,
            TenantState::Ending => erase_one(app, &tenant.slug, tenant.number).await?,
        }
    }
    Ok(all)
}

async fn erase_one(app: &App, slug: &Slug, number: TenantNumber) -> Result<(), WriteError> {
    let store = |source: StoreError| WriteError::Store(source.into());
    let mut rows = 0;
    loop {
        let gone = erase_some(&app.kv, number).await.map_err(store)?;
        if gone == 0 {
            break;
        }
        rows += gone;
        tokio::task::yield_now().await;
    }
    app.tenants.default().access.tenant_is_gone(slug, app.world.now()).await?;
    tracing::info!(tenant = %slug, rows, "the data of a deleted tenant was freed");
    Ok(())
}

/// Deletes some of a tenant's rows, and says how many.
async fn erase_some(kv: &Kv, number: TenantNumber) -> Result<usize, StoreError> {
    assert_ne!(number, TenantNumber::DEFAULT, "the default tenant holds what belongs to the whole server");
    let rows = kv.scan(Range::prefix(number.prefix()), ROWS).await?;
    let count = rows.len();
    if count == 0 {
        return Ok(0);
    }
    let mut batch = Batch::new();
    batch.extend(rows.into_iter().map(|row| Write::Delete(row.key)));
    match kv.commit(batch).await {
        Ok(_) => Ok(count),
        Err(CommitError::Refused { .. }) => unreachable!("a batch without guards is not refused"),
        Err(CommitError::Store(source)) => Err(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_row_of_the_tenant_goes_and_no_other() {
        let kv = Kv::memory();
        let house = access::Access::open(kv.clone(), &access::Keys { server: [1; 32], boot: [2; 32] }).await;
        let draft = access::TenantDraft {
            slug: "acme".into(),
            name: String::new(),
            limits: access::TenantLimits::default(),
        };
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let acme = house.unwrap().create_tenant(&draft, access::Actor::Local, now).await.unwrap();
        let mut batch = Batch::new();
        for number in 0..=2 * ROWS {
            batch.push(Write::Put([&[0, 1], number.to_string().as_bytes()].concat(), "x".into()));
        }
        batch.push(Write::Put(vec![0, 2], "other".into()));
        batch.push(Write::Put(vec![0, 0, b'r'], "default".into()));
        kv.commit(batch).await.unwrap();
        let before = kv.count(Range::prefix("")).await.unwrap();
        let mut gone = 0;
        loop {
            match erase_some(&kv, acme.number).await.unwrap() {
                0 => break,
                some => gone += some,
            }
        }
        assert_eq!(gone, 2 * ROWS + 1);
        let after = kv.count(Range::prefix("")).await.unwrap();
        assert_eq!(after, before - gone as u64);
        assert!(kv.get(&[0, 2]).await.unwrap().is_some());
    }
}
