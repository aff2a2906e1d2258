//! The managers that a handle knows.

use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::access::Managed;
use crate::error::Error;

/// The managers that a handle knows: it gets to know more, and forgets none. Every verb begins with a lookup here, so a
/// lookup takes no lock, and touches nothing that another thread writes.
///
/// A search tree. Type ids are hashes, so it is about as balanced as one at random: 15 steps for a hundred managers at
/// worst, two for a handful.
#[derive(Default)]
pub(super) struct Managers {
    root: Place,
    /// Held while one is added; whether the handle was closed.
    closed: Mutex<bool>,
}

/// Where a manager is, or will be.
#[derive(Default)]
struct Place(OnceLock<Box<Known>>);

struct Known {
    manager: TypeId,
    managed: Arc<Managed>,
    before: Place,
    behind: Place,
}

impl Managers {
    pub(super) fn get(&self, manager: TypeId) -> Option<&Arc<Managed>> {
        self.find(manager).0.get().map(|known| &known.managed)
    }

    /// The manager. One that is not known is made first, by one caller alone, who is told whether the handle was closed.
    ///
    /// # Errors
    /// Those of `make`; the manager is then not known.
    pub(super) fn get_or_make(
        &self,
        manager: TypeId,
        make: impl FnOnce(bool) -> Result<Managed, Error>,
    ) -> Result<&Arc<Managed>, Error> {
        if let Some(managed) = self.get(manager) {
            return Ok(managed);
        }
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(managed) = self.get(manager) {
            return Ok(managed);
        }
        let managed = Arc::new(make(*closed)?);
        let known = self.find(manager).0.get_or_init(|| {
            Box::new(Known {
                manager,
                managed,
                before: Place::default(),
                behind: Place::default(),
            })
        });
        Ok(&known.managed)
    }

    /// Says to those that are made from now on that the handle was closed. The others are known by then.
    pub(super) fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    #[cfg(feature = "client")]
    pub(super) fn is_closed(&self) -> bool {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, manager: TypeId) -> &Place {
        let mut place = &self.root;
        while let Some(known) = place.0.get() {
            place = match manager.cmp(&known.manager) {
                Ordering::Equal => break,
                Ordering::Less => &known.before,
                Ordering::Greater => &known.behind,
            };
        }
        place
    }

    /// All of them, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Managed>> {
        let mut places = vec![&self.root];
        std::iter::from_fn(move || {
            while let Some(place) = places.pop() {
                if let Some(known) = place.0.get() {
                    places.extend([&known.before, &known.behind]);
                    return Some(&known.managed);
                }
            }
            None
        })
    }
}
