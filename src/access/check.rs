//! Holds what this crate keeps against itself: every account has its name row and every name row its account, every
//! tenant its number, and the audit trail has no gaps.

use crate::access::Access;
use crate::account::{AccountId, name_key};
use crate::layout::TenantNumber;
use crate::slug::Slug;
use crate::tenants::{Tenant, TenantState};
use std::collections::HashMap;
use store::{Range, TableError};

/// Audit records read at a time.
const CHUNK: usize = 1_000;

impl Access {
    /// Reads everything and tells each fault in words. Meant for a quiet moment: changes made meanwhile can
    /// show as faults.
    pub async fn verify(&self) -> Result<Vec<String>, TableError> {
        let inner = &self.inner;
        let mut faults = Vec::new();
        let mut names: HashMap<Vec<u8>, AccountId> = HashMap::new();
        for stored in inner.tables.accounts.list(&inner.kv, None, usize::MAX).await? {
            let record = stored.record;
            if let Some(other) = names.insert(inner.layout.name(&name_key(&record.name)), record.id) {
                faults.push(format!("the accounts {other} and {} have one name", record.id));
            }
        }
        for row in inner.kv.scan(Range::prefix(inner.layout.names()), usize::MAX).await? {
            match names.remove(&row.key) {
                Some(id) if id.bytes() == row.value.as_ref() => {}
                Some(_) | None => {
                    faults.push(format!("the name row {} has no account", row.key.escape_ascii()));
                }
            }
        }
        faults.extend(names.values().map(|id| format!("the account {id} has no name row")));
        faults.extend(self.gaps().await?);
        faults.extend(self.tenant_faults().await?);
        Ok(faults)
    }

    /// Every tenant holds a number of its own, and of one that is gone nothing is left.
    async fn tenant_faults(&self) -> Result<Vec<String>, TableError> {
        let inner = &self.inner;
        let mut faults = Vec::new();
        let mut numbers: HashMap<TenantNumber, Slug> = HashMap::new();
        for Tenant { number, slug, state, .. } in inner.all_tenants().await? {
            let holder = inner.kv.get(&inner.layout.tenant_number(number)).await?;
            if holder.is_none_or(|holder| holder.value.as_ref() != slug.as_str().as_bytes()) {
                faults.push(format!("the tenant {slug} does not hold its number {number}"));
            }
            let is_gone = state == TenantState::Gone;
            if is_gone && !inner.kv.scan(Range::prefix(number.prefix()), 1).await?.is_empty() {
                faults.push(format!("the tenant {slug} is gone, and the store holds data of it"));
            }
            if let Some(other) = numbers.insert(number, slug) {
                faults.push(format!("the tenant {other} shares its number {number} with another"));
            }
        }
        Ok(faults)
    }

    async fn gaps(&self) -> Result<Vec<String>, TableError> {
        let mut faults = Vec::new();
        let mut before = None;
        let mut expected = None;
        loop {
            let page = self.audit(before, CHUNK).await?;
            for record in &page {
                if expected.is_some_and(|expected| expected != record.seq) {
                    faults.push(format!("the audit trail lacks the record after number {}", record.seq));
                }
                expected = Some(record.seq.saturating_sub(1));
            }
            match page.last() {
                Some(last) if page.len() == CHUNK => before = Some(last.seq),
                Some(_) | None => break,
            }
        }
        if expected.is_some_and(|expected| expected != 0) {
            faults.push("the audit trail does not begin with number 1".to_owned());
        }
        Ok(faults)
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{account, noon, open};
    use crate::layout::Layout;
    use crate::{Actor, Changes, TenantDraft, TenantLimits, TenantNumber};
    use store::{Batch, Kv};

    #[tokio::test]
    async fn a_lost_name_row_and_a_lost_audit_record_are_found() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let one = account(&access, 1).await;
        account(&access, 2).await;
        let changes = Changes { name: Some("renamed".into()), ..Changes::default() };
        access.change_account(one.id, changes, Actor::Local, noon()).await.unwrap();
        assert_eq!(access.verify().await.unwrap(), Vec::<String>::new());

        let layout = Layout(TenantNumber::DEFAULT);
        let audit = [layout.audit().as_slice(), &2_u64.to_be_bytes()].concat();
        let batch = Batch::new().delete(layout.name("renamed")).delete(audit).put(layout.name("ghost"), "x");
        kv.commit(batch).await.unwrap();
        let faults = access.verify().await.unwrap();
        assert_eq!(faults.len(), 3, "{faults:?}");
        for word in ["ghost", &one.id.to_string(), "after number 1"] {
            assert!(faults.iter().any(|fault| fault.contains(word)), "{word}: {faults:?}");
        }
    }

    #[tokio::test]
    async fn what_is_left_of_a_tenant_that_is_gone_is_found() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let draft = TenantDraft { slug: "acme".into(), name: String::new(), limits: TenantLimits::default() };
        let acme = access.create_tenant(&draft, Actor::Local, noon()).await.unwrap();
        kv.commit(Batch::new().put([&acme.number.prefix(), b"r".as_slice()].concat(), "x")).await.unwrap();
        assert_eq!(access.verify().await.unwrap(), Vec::<String>::new());
        access.end_tenant(&acme.slug, Actor::Local, noon()).await.unwrap();
        assert_eq!(access.verify().await.unwrap(), Vec::<String>::new(), "it may still be freed");
        access.tenant_is_gone(&acme.slug, noon()).await.unwrap();
        kv.commit(Batch::new().delete(Layout(TenantNumber::DEFAULT).tenant_number(acme.number)))
            .await
            .unwrap();
        let faults = access.verify().await.unwrap();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("its number 1") && faults[1].contains("holds data of it"), "{faults:?}");
    }
}
