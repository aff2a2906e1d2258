//! Storage of the application.

use std::marker::PhantomData;

use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::{Manager, Values};
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager};

/// Storage without rows.
#[derive(Debug)]
pub struct Empty<M>(PhantomData<fn() -> M>);

impl<M> Default for Empty<M> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M: Manager> Interface<M> for Empty<M> {
    async fn query(&self, select: &Select) -> Result<Page<M>, Error> {
        Ok(select.page_of(&[]))
    }

    async fn get(&self, _: &M::Id) -> Result<Option<M>, Error> {
        Ok(None)
    }

    async fn create(&self, _: &Values) -> Result<M, Error> {
        Err(Error::Unavailable("this storage has no rows"))
    }

    async fn update(&self, _: &M::Id, _: &Values) -> Result<Option<Updated<M>>, Error> {
        Ok(None)
    }

    async fn delete(&self, _: &M::Id) -> Result<bool, Error> {
        Ok(false)
    }
}

/// A manager whose storage is private and has no `Default`.
#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = private::WithoutDefault)]
pub struct Row {
    /// The id.
    #[field(id)]
    pub id: String,
}

mod private {
    use super::{Error, Interface, Page, Row, Select, Updated, Values};

    pub(super) struct WithoutDefault;

    impl Interface<Row> for WithoutDefault {
        async fn query(&self, select: &Select) -> Result<Page<Row>, Error> {
            Ok(select.page_of(&[]))
        }

        async fn get(&self, _: &String) -> Result<Option<Row>, Error> {
            Ok(None)
        }

        async fn create(&self, values: &Values) -> Result<Row, Error> {
            values.to_row()
        }

        async fn update(&self, _: &String, _: &Values) -> Result<Option<Updated<Row>>, Error> {
            Ok(None)
        }

        async fn delete(&self, _: &String) -> Result<bool, Error> {
            Ok(false)
        }
    }
}
