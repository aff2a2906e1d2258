//! The schemas of a resource, one for each sight of callers.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use actix_web::http::header::HeaderValue;

use crate::access::{Managed, Principal, Served};
use crate::manager::Api;
use crate::schema::{ResourceSchema, Sight, describe};

/// The most sights of a resource whose schemas are kept. Rules by claims could make as many as there are callers.
const MAX_SIGHTS: usize = 64;

/// The schemas of a resource. Each is made when a caller first needs it.
#[derive(Default)]
pub(crate) struct Sights {
    /// The schema of every caller. `None` if callers differ in what they may see.
    common: OnceLock<Option<Seen>>,
    by_sight: RwLock<HashMap<Sight, Seen>>,
}

/// What callers with one sight see. `None` if that is nothing.
type Seen = Option<Arc<Described>>;

/// A schema, and its hash as a header.
pub(crate) struct Described {
    pub(crate) schema: ResourceSchema,
    hash: HeaderValue,
}

/// The manager of a resource.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) managed: &'a Managed,
    pub(crate) api: &'a Api,
    pub(crate) served: Served<'a>,
}

impl Sights {
    /// The hash of what this caller sees, as a header. Without a caller, the one that every caller sees.
    pub(crate) fn header(&self, subject: Subject<'_>, principal: Option<&Principal>) -> Option<HeaderValue> {
        let hash = |seen: &Seen| Some(seen.as_ref()?.hash.clone());
        match self.common(subject) {
            Some(common) => hash(common),
            None => hash(&self.of_sight(subject, principal?)),
        }
    }

    /// What this caller sees.
    pub(crate) fn seen(&self, subject: Subject<'_>, principal: &Principal) -> Seen {
        match self.common(subject) {
            Some(common) => common.clone(),
            None => self.of_sight(subject, principal),
        }
    }

    fn common(&self, subject: Subject<'_>) -> Option<&Seen> {
        let common = self.common.get_or_init(|| {
            let Subject { managed, served, .. } = subject;
            (!managed.sights_differ(served))
                .then(|| subject.describe(&managed.sight(Some(&Principal::anonymous()), served)))
        });
        common.as_ref()
    }

    fn of_sight(&self, subject: Subject<'_>, principal: &Principal) -> Seen {
        let sight = subject.managed.sight(Some(principal), subject.served);
        let known = self.by_sight.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = known.get(&sight) {
            return seen.clone();
        }
        drop(known);
        let seen = subject.describe(&sight);
        let mut known = self.by_sight.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_SIGHTS {
            known.clear();
        }
        known.insert(sight, seen.clone());
        seen
    }
}

impl Subject<'_> {
    fn describe(&self, sight: &Sight) -> Seen {
        let schema = describe(self.managed.description(), self.api, sight)?;
        let hash = HeaderValue::from_str(&schema.hash).ok()?;
        Some(Arc::new(Described { schema, hash }))
    }
}
