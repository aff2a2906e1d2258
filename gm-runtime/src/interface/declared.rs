//! Storage that `#[manager(interface = ..)]` names.

use std::any::type_name;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{ErasedInterface, Interface, OwnInterface, ReadLimits};
use crate::change::Topic;
use crate::error::Error;
use crate::manager::Manager;

/// Makes a manager's storage, which publishes its changes to the topic that it is given.
pub struct Factory(Box<dyn FnOnce(Arc<Topic>, ReadLimits) -> Storage + Send>);

type Storage = Result<Arc<dyn ErasedInterface>, Error>;

impl Factory {
    pub(crate) fn new(make: impl FnOnce(Arc<Topic>, ReadLimits) -> Storage + Send + 'static) -> Self {
        Self(Box::new(make))
    }

    pub(crate) fn of<M: Manager>(interface: impl Interface<M>) -> Self {
        Self::new(move |topic, limits| Ok(Arc::new(OwnInterface::<M, _>::new(interface, topic, limits))))
    }

    pub(crate) fn make(self, topic: Arc<Topic>, limits: ReadLimits) -> Storage {
        (self.0)(topic, limits)
    }
}

/// The storage that was made, or the name of its type where the builder must be given one.
pub type MadeInterface = Result<Factory, &'static str>;

/// That the rows of `M` live in an `I`.
pub struct Declared<M, I> {
    brand: PhantomData<fn() -> (M, I)>,
}

impl<M, I> Declared<M, I> {
    /// Where `I` is no storage of `M`, this is where the compiler says so.
    #[expect(clippy::new_without_default, reason = "only the derive calls it")]
    #[must_use]
    pub fn new() -> Self
    where
        M: Manager,
        I: Interface<M>,
    {
        Self { brand: PhantomData }
    }
}

// A macro does not know what a type implements, and a method call does: one that takes `Declared` itself is preferred
// to one that takes a reference, where its bounds hold.

/// Storage with a [`Default`] is made by it.
pub trait Made {
    /// Makes it.
    fn made(self) -> MadeInterface;
}

impl<M: Manager, I: Interface<M> + Default> Made for Declared<M, I> {
    fn made(self) -> MadeInterface {
        Ok(Factory::of::<M>(I::default()))
    }
}

/// Other storage is given to the builder.
pub trait Given {
    /// The name of the type.
    fn made(self) -> MadeInterface;
}

// Without a bound on `I`, so that a type which is no storage is one error.
impl<M, I> Given for &Declared<M, I> {
    fn made(self) -> MadeInterface {
        Err(type_name::<I>())
    }
}
