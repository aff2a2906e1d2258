//! The managers of a handle.

use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::access::Managed;
use crate::error::Error;

/// The managers of a handle, as a search tree that only grows. Every verb begins with a lookup here, so a lookup takes no
/// lock and reads no memory that another thread writes.
///
/// The keys are type ids. They are hashes, so the tree is about as balanced as a random one: two steps for a handful of
/// managers, 15 at worst for a hundred.
#[derive(Default)]
pub(super) struct Managers {
    root: Link,
    /// Whether the handle was closed. Locked while a manager is added.
    closed: Mutex<bool>,
}

/// A link to a subtree, or the place of one that is not there yet.
#[derive(Default)]
struct Link(OnceLock<Box<Node>>);

struct Node {
    key: TypeId,
    managed: Arc<Managed>,
    less: Link,
    greater: Link,
}

impl Managers {
    pub(super) fn get(&self, key: TypeId) -> Option<&Arc<Managed>> {
        self.find(key).0.get().map(|node| &node.managed)
    }

    /// The manager of this type. A missing one is made first, by one caller at a time. `make` gets whether the handle was
    /// closed.
    ///
    /// # Errors
    /// Those of `make`. The manager is then still missing.
    pub(super) fn get_or_make(
        &self,
        key: TypeId,
        make: impl FnOnce(bool) -> Result<Managed, Error>,
    ) -> Result<&Arc<Managed>, Error> {
        if let Some(managed) = self.get(key) {
            return Ok(managed);
        }
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(managed) = self.get(key) {
            return Ok(managed);
        }
        let managed = Arc::new(make(*closed)?);
        let node = self.find(key).0.get_or_init(|| {
            Box::new(Node {
                key,
                managed,
                less: Link::default(),
                greater: Link::default(),
            })
        });
        Ok(&node.managed)
    }

    /// Marks the handle as closed for the managers that are made from now on.
    pub(super) fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: TypeId) -> &Link {
        let mut link = &self.root;
        while let Some(node) = link.0.get() {
            link = match key.cmp(&node.key) {
                Ordering::Equal => break,
                Ordering::Less => &node.less,
                Ordering::Greater => &node.greater,
            };
        }
        link
    }

    /// All managers, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Managed>> {
        let mut links = vec![&self.root];
        std::iter::from_fn(move || {
            while let Some(link) = links.pop() {
                if let Some(node) = link.0.get() {
                    links.extend([&node.less, &node.greater]);
                    return Some(&node.managed);
                }
            }
            None
        })
    }
}
