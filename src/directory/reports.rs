//! Who names a user as manager (RFC 7643 section 4.3), and what happens to that when the user is deleted.

use scim::{check, urn};
use store::{Guard, Revision};
use uuid::Uuid;

use crate::change::Change;
use crate::chunks::{Chunks, breathe};
use crate::codec::Record;
use crate::ctx::Ctx;
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::feed::{self, FeedRecord};
use crate::index;
use crate::instant::millis;
use crate::layout::{Kind, id_at_end};
use crate::protect;

/// The index that finds the reports of a manager.
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

impl Directory {
    /// Takes a manager who is being deleted out of all reports. They change as by a PATCH: a new version, a record
    /// in the feed. However many they are, it is one commit, because half a deletion would be seen.
    ///
    /// A report that is written after `since` refuses the commit, and so does a protected one where a client asks.
    pub(crate) async fn forget_manager(
        &self,
        ctx: &Ctx,
        manager: Uuid,
        since: Revision,
        change: &mut Change,
    ) -> Result<(), DirectoryError> {
        let Some(index) = self.indexes.on(Kind::User, MANAGER) else { return Ok(()) };
        let prefix = self.layout.index_value(index.number, &index.text(&manager.to_string())?);
        change.require(Guard::Quiet { prefix: prefix.clone(), since });
        let mut reports = Vec::new();
        let mut chunks = Chunks::new(&self.kv, prefix);
        while let Some(rows) = chunks.next().await? {
            reports.extend(rows.iter().filter_map(|row| id_at_end(&row.key)));
        }
        for (i, report) in reports.into_iter().enumerate() {
            breathe(i).await;
            if report != manager {
                self.unmanage(ctx, report, change).await?;
            }
        }
        Ok(())
    }

    async fn unmanage(&self, ctx: &Ctx, report: Uuid, change: &mut Change) -> Result<(), DirectoryError> {
        let kind = Kind::User;
        // One that is gone by now refuses the commit by its row, or needs nothing.
        let Some(current) = self.current(kind, report).await? else { return Ok(()) };
        let unreadable = || DirectoryError::Unreadable(format!("{kind} {report}"));
        let before = current.record.attributes().ok_or_else(unreadable)?;
        let mut after = before.clone();
        if let Some(extension) = after.get_mut(urn::ENTERPRISE_USER).and_then(|e| e.as_object_mut()) {
            extension.remove("manager");
            if extension.is_empty() {
                after.remove(urn::ENTERPRISE_USER);
            }
        }
        check::finish(&self.registry, self.resource_type(kind), &mut after);
        let now = millis(ctx.now).max(current.record.modified);
        let record = Record::new(kind, &after, current.record.created, now);
        let old = self.indexes.rows(kind, &before, current.record.modified)?;
        let new = self.indexes.rows(kind, &after, now)?;
        change.require(Guard::At(self.layout.resource(kind, report), current.revision));
        protect::spare(ctx, kind, report, change);
        change.record(kind, report, &record);
        self.rows(report, index::delta(&old, new), change).await?;
        let told = FeedRecord::new(feed::Change::Patch, self.name(kind), report, ctx);
        let told = told.digests(Some(&current.record), Some(&record));
        change.feed(&told.attributes(Some(&before), Some(&after), ctx.keep));
        Ok(())
    }
}
