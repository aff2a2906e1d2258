//! The storage that `#[manager(interface = ..)]` names.

use std::any::{Any, type_name};
use std::marker::PhantomData;
use std::sync::Arc;

use super::{ErasedInterface, Interface, MemoryStorage, OwnInterface, ReadLimits};
use crate::change::Topic;
use crate::error::Error;
use crate::manager::Manager;

/// Makes a manager's storage, which publishes its changes to the given topic. Rows in memory are a part of the given storage.
pub(crate) struct Factory(Box<Make>);

type Make = dyn FnOnce(Arc<Topic>, ReadLimits, &Arc<MemoryStorage>) -> Storage + Send;

type Storage = Result<Arc<dyn ErasedInterface>, Error>;

impl Factory {
    pub(crate) fn new(
        make: impl FnOnce(Arc<Topic>, ReadLimits, &Arc<MemoryStorage>) -> Storage + Send + 'static,
    ) -> Self {
        Self(Box::new(make))
    }

    pub(crate) fn of<M: Manager>(interface: impl Interface<M>) -> Self {
        Self::new(move |topic, limits, _| Ok(Arc::new(OwnInterface::<M, _>::new(interface, topic, limits))))
    }

    pub(crate) fn make(self, topic: Arc<Topic>, limits: ReadLimits, memory: &Arc<MemoryStorage>) -> Storage {
        (self.0)(topic, limits, memory)
    }
}

/// The factory of the storage, or the name of its type if the builder must set the storage. `DeclaredInterface::interface`
/// returns it.
type FactoryOrName = Result<Factory, &'static str>;

/// The storage that the derive declared. The room `manager` does not know this type, so a description returns it as `Any`.
pub(crate) fn declared(interface: Box<dyn Any + Send>) -> FactoryOrName {
    match interface.downcast::<FactoryOrName>() {
        Ok(interface) => *interface,
        Err(_) => Err("type that the derive did not declare"),
    }
}

/// The declaration that `I` is the storage of `M`.
pub struct DeclaredInterface<M, I> {
    brand: PhantomData<fn() -> (M, I)>,
}

impl<M, I> DeclaredInterface<M, I> {
    /// Reports at compile time that `I` is no storage of `M`.
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

// A macro does not know which traits a type implements. Method resolution does: it prefers the method of `DeclaredInterface` if
// its bounds hold, and else takes that of the reference.

/// Storage that its [`Default`] creates.
pub trait DefaultInterface {
    /// The factory of the storage.
    fn interface(self) -> Box<dyn Any + Send>;
}

impl<M: Manager, I: Interface<M> + Default> DefaultInterface for DeclaredInterface<M, I> {
    fn interface(self) -> Box<dyn Any + Send> {
        Box::new(FactoryOrName::Ok(Factory::of::<M>(I::default())))
    }
}

/// Storage that the builder must set.
pub trait BuilderInterface {
    /// The name of the type.
    fn interface(self) -> Box<dyn Any + Send>;
}

// Without a bound on `I`, so that a type which is no storage causes one error, not two.
impl<M, I> BuilderInterface for &DeclaredInterface<M, I> {
    fn interface(self) -> Box<dyn Any + Send> {
        Box::new(FactoryOrName::Err(type_name::<I>()))
    }
}
