//! The caches of a handle.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::group::Group;
use super::keys::{Keys, Scope};
use super::sync::lock;
use super::{CacheSettings, CachedAnswer, ResourceCache, Store};
use crate::error::Error;
use crate::manager::{Description, Remote};
use crate::query::key;

/// The caches of a handle's managers.
pub(crate) struct Caches {
    settings: CacheSettings,
    store: Store<CachedAnswer>,
    resources: Mutex<HashMap<Address, Arc<Group<ResourceCache>>>>,
}

/// The actual address of a resource, which several managers may declare differently.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Address {
    base_url: String,
    base_path: &'static str,
    resource: &'static str,
}

impl Caches {
    pub(crate) fn new(settings: CacheSettings) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self {
            store: Store::new(settings.capacity),
            settings,
            resources: Mutex::default(),
        })
    }

    pub(crate) fn settings(&self) -> &CacheSettings {
        &self.settings
    }

    /// The entries, and their estimated bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        self.store.size()
    }

    /// Creates the cache of a manager. `base_url`: the actual address of its service. `source` identifies the source of its
    /// credentials, on which answers depend, too.
    pub(crate) fn cache(
        &self,
        description: &'static Description,
        remote: &Remote,
        base_url: &str,
        source: &impl Hash,
    ) -> Arc<ResourceCache> {
        let address = Address {
            base_url: base_url.to_owned(),
            base_path: remote.base_path(),
            resource: remote.resource(),
        };
        let resource = Arc::clone(lock(&self.resources).entry(address).or_default());
        let credentials = key(source);
        let cache = Arc::new(ResourceCache::new(
            description,
            remote,
            &self.settings,
            || Keys::new(key(&Scope::new(next_number(), credentials))),
            self.store.clone(),
            Arc::clone(&resource),
        ));
        resource.join(&cache);
        cache
    }
}

/// A number that is unique in this process, and identifies a manager, its handle and a representation.
fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}
