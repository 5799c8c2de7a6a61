//! A tenant: a directory of its own with service accounts of its own, below a base URI of its own.
//!
//! It holds; requests are answered elsewhere.

use std::sync::Arc;

use access::Access;
use arc_swap::ArcSwap;
use directory::Directory;

/// One tenant. A plain install has one, and sees no trace of the idea.
pub(crate) struct Tenant {
    /// What an identity provider is given as Tenant URL, and what every link begins with. It is never taken from a
    /// request.
    pub(crate) base_url: String,
    pub(crate) access: Access,
    directory: ArcSwap<Directory>,
}

impl Tenant {
    /// A tenant below a base URI.
    pub(crate) fn new(base_url: String, access: Access, directory: Directory) -> Tenant {
        Tenant { base_url, access, directory: ArcSwap::from_pointee(directory) }
    }

    /// The directory as it is now; a request keeps to the one it began with.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }
}

/// All tenants.
pub(crate) struct Tenants {
    default: Arc<Tenant>,
}

impl Tenants {
    /// The tenants of a plain install.
    pub(crate) fn one(default: Tenant) -> Tenants {
        Tenants { default: Arc::new(default) }
    }

    /// The tenant of a plain install.
    pub(crate) fn default(&self) -> &Arc<Tenant> {
        &self.default
    }
}
