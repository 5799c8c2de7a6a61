//! The data folder: what lies where in it, and who may read it.
//!
//! It does not know what the files mean.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::world::World;

/// The name of the admin socket in the data folder.
pub(crate) const SOCKET: &str = "admin.sock";

/// The folder that holds all the appliance knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataFolder(PathBuf);

/// Was anything ever written to the store of the folder?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Empty,
    Used,
}

/// The data folder cannot be used.
#[derive(Debug, Error)]
pub(crate) enum DataError {
    #[error("data folder {} cannot be made", path.display())]
    Make { path: PathBuf, source: io::Error },
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is damaged: it must hold 32 bytes; restore it from a backup", path.display())]
    Key { path: PathBuf },
    #[error(
        "{} is missing, and every Secret Token was made with it; restore it from a backup, or put 32 random bytes there and make all tokens anew",
        path.display()
    )]
    KeyLost { path: PathBuf },
    #[error(
        "{} holds data that `rollcall dev` did not make; choose another folder with --data, because dev makes a token with full permissions",
        path.display()
    )]
    NotDev { path: PathBuf },
}

impl DataFolder {
    /// Opens the folder, and makes it, readable by its owner only, if it is not there.
    pub(crate) fn open(path: &Path) -> Result<DataFolder, DataError> {
        let make = |source| DataError::Make { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(make)?;
        let path = fs::canonicalize(path).map_err(make)?;
        let folder = DataFolder(path);
        let mode = fs::metadata(&folder.0).map_err(make)?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(folder = %folder.0.display(), "the data folder was open to others and is closed now");
            fs::set_permissions(&folder.0, Permissions::from_mode(0o700)).map_err(make)?;
        }
        Ok(folder)
    }

    /// Opens the folder of `rollcall dev`: one it made, or one that is empty.
    pub(crate) fn open_dev(path: &Path) -> Result<DataFolder, DataError> {
        let marker = path.join("dev");
        let is_used = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        if is_used && !marker.exists() {
            return Err(DataError::NotDev { path: path.to_owned() });
        }
        let folder = Self::open(path)?;
        write_private(&folder.0.join("dev"), b"made by `rollcall dev`\n")?;
        Ok(folder)
    }

    /// Where the folder is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the store.
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The folder of schema files: those of the default tenant lie in it, those of others in folders named for them.
    pub(crate) fn schemas(&self) -> PathBuf {
        self.0.join("schemas")
    }

    /// The folder of certificates and their keys.
    pub(crate) fn tls(&self) -> PathBuf {
        self.0.join("tls")
    }

    /// The key that token tags are made with. It is made for an empty store only: beside one that is in use, a
    /// new key would turn every token into an unknown one without a word.
    pub(crate) fn server_key(&self, world: &World, store: Store) -> Result<[u8; 32], DataError> {
        let path = self.0.join("server.key");
        match fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| DataError::Key { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match store {
                Store::Empty => {
                    let key = world.random();
                    write_private(&path, &key)?;
                    Ok(key)
                }
                Store::Used => Err(DataError::KeyLost { path }),
            },
            Err(source) => Err(DataError::Read { path, source }),
        }
    }
}

/// Writes a file only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let write = || -> io::Result<()> {
        let draft = path.with_added_extension("new");
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        if let Some(folder) = path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|source| DataError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folder_and_key_are_private_and_the_key_stays() {
        let top = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&top.path().join("a/b")).unwrap();
        let world = World::real();
        let key = folder.server_key(&world, Store::Empty).unwrap();
        assert_eq!(folder.server_key(&world, Store::Used).unwrap(), key);
        assert_eq!((mode(folder.path()), mode(&folder.path().join("server.key"))), (0o700, 0o600));
    }

    #[test]
    fn a_lost_key_is_not_replaced_beside_a_store_in_use() {
        let top = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(top.path()).unwrap();
        let lost = folder.server_key(&World::real(), Store::Used);
        assert!(matches!(lost, Err(DataError::KeyLost { .. })));
        assert!(!top.path().join("server.key").exists());
    }

    #[test]
    fn an_open_folder_is_closed() {
        let top = tempfile::tempdir().unwrap();
        fs::set_permissions(top.path(), Permissions::from_mode(0o755)).unwrap();
        DataFolder::open(top.path()).unwrap();
        assert_eq!(mode(top.path()), 0o700);
    }

    #[test]
    fn dev_refuses_a_folder_it_did_not_make() {
        let top = tempfile::tempdir().unwrap();
        DataFolder::open_dev(&top.path().join("fresh")).unwrap();
        DataFolder::open_dev(&top.path().join("fresh")).unwrap();
        fs::write(top.path().join("server.key"), b"x").unwrap();
        assert!(matches!(DataFolder::open_dev(top.path()), Err(DataError::NotDev { .. })));
    }
}
