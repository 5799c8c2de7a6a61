//! Schema files of the data folder: `schemas/*.json` for the default tenant, `schemas/{tenant}/*.json` for others.
//!
//! They are read at the start. A file holds schemas and resource types as `/Schemas` and `/ResourceTypes` show them
//! (RFC 7643 sections 6 and 7), one or a list of them, and wishes for indexes:
//! `{"schemas": ["urn:rollcall:params:scim:schemas:1.0:Index"], "resourceType": "User", "attribute": "title"}`.
//! What a file defines is changed there and nowhere else. What no file speaks of any more goes, unless resources
//! have data of it: that stays until the administrator lets it go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directory::{Data, Edit, Missing, Progress, Refusal, ReshapeError, Task};
use scim::document::{BadDocument, Document, documents};
use thiserror::Error;

use super::shape::background;
use super::{Tenant, Tenants};
use crate::world::World;

/// No schema file needs to be larger.
const MOST_BYTES: u64 = 1024 * 1024;

/// Schema files cannot be used.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is larger than {MOST_BYTES} bytes", path.display())]
    TooLarge { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Document { path: PathBuf, source: BadDocument },
    #[error("the schema files in {} cannot be used: {source}", path.display())]
    Refused { path: PathBuf, source: ReshapeError },
}

impl Tenants {
    /// Reads the schema files of every tenant.
    pub(crate) async fn read_files(&self, folder: &Path, world: &World) -> Result<(), FileError> {
        for tenant in self.all() {
            let folder = match &tenant.slug {
                Some(slug) => folder.join(slug.as_str()),
                None => folder.to_owned(),
            };
            define(&tenant, &folder, world).await?;
        }
        Ok(())
    }
}

/// Makes the definitions of a tenant's files those the files hold now. Nobody else changes definitions yet.
async fn define(tenant: &Tenant, folder: &Path, world: &World) -> Result<(), FileError> {
    let files = read(folder)?;
    let mut missing = Missing::Remove;
    loop {
        let refusal = match apply(tenant, Edit::Files(files.clone(), missing)).await {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        let settled = match &refusal {
            ReshapeError::HasData(data) if missing == Missing::Remove => {
                tracing::warn!(
                    folder = %folder.display(),
                    data = data.join("; "),
                    "no schema file speaks of this any more, but there is data of it; its definition stays"
                );
                missing = Missing::Keep;
                Ok(())
            }
            ReshapeError::Refused(Refusal::StillGoing) => finish(tenant, world).await,
            _ => Err(refusal),
        };
        settled.map_err(|source| FileError::Refused { path: folder.to_owned(), source })?;
    }
}

async fn apply(tenant: &Tenant, edit: Edit) -> Result<(), ReshapeError> {
    let reshaped = tenant.directory().reshape(edit, Data::Keep).await?;
    if let Some(directory) = reshaped.directory {
        tenant.directory.store(Arc::new(directory));
    }
    Ok(())
}

/// Takes away what was being taken away when the server stopped. Nobody reads or writes yet.
async fn finish(tenant: &Tenant, world: &World) -> Result<(), ReshapeError> {
    loop {
        let directory = tenant.directory();
        let shape = directory.shape().await?;
        let Some(task) = shape.next_task().filter(|task| !matches!(task, Task::Build(_))) else {
            return Ok(());
        };
        let progress = Progress::default();
        let edit = directory.perform(&background(world), &task, &shape, &progress, || true).await?;
        let Some(edit) = edit else { return Ok(()) };
        apply(tenant, edit).await?;
    }
}

fn read(folder: &Path) -> Result<Vec<(String, Vec<Document>)>, FileError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FileError::Read { path, source }
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut paths = vec![];
    for entry in entries {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = vec![];
    for path in paths {
        if fs::metadata(&path).map_err(failed(&path))?.len() > MOST_BYTES {
            return Err(FileError::TooLarge { path });
        }
        let text = fs::read(&path).map_err(failed(&path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = documents(&text).map_err(|source| FileError::Document { path: path.clone(), source })?;
        files.push((name, read));
    }
    Ok(files)
}
