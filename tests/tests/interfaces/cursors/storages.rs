//! Where the stops are, and how they are read.

use gm_runtime::{Gm, GmBuilder};
use gm_tests::postgres::Database;

use super::{GatewayStop, Stop};
use crate::services::serve_until_the_end;
use crate::storage::Shelf;

/// Stops, which `owner` writes and `reader` reads.
pub(super) struct Stops {
    pub(super) owner: Gm,
    pub(super) reader: Gm,
    _database: Option<Database>,
}

impl Stops {
    /// Stops that are read by the service that has them.
    pub(super) async fn own(storage: GmBuilder) -> Self {
        let owner = storage.build().await.unwrap();
        Self {
            reader: owner.clone(),
            owner,
            _database: None,
        }
    }

    pub(super) async fn own_in_postgres() -> Self {
        let database = Database::create().await;
        let stops = Self::own(Gm::builder().database(database.url()).manager::<Stop>()).await;
        Self {
            _database: Some(database),
            ..stops
        }
    }

    /// Stops that a consumer reads.
    pub(super) async fn remote(storage: GmBuilder) -> Self {
        let (owner, url) = serve_until_the_end(storage.expose::<Stop>()).await;
        let reader = Gm::builder().base_url("http://owner.test", url);
        Self {
            owner,
            reader: reader.build().await.unwrap(),
            _database: None,
        }
    }

    pub(super) async fn remote_in_postgres() -> Self {
        let database = Database::create().await;
        let stops = Self::remote(Gm::builder().database(database.url())).await;
        Self {
            _database: Some(database),
            ..stops
        }
    }

    /// Stops that a consumer reads through a gateway.
    pub(super) async fn behind_a_gateway(storage: GmBuilder) -> Self {
        let (owner, url) = serve_until_the_end(storage.expose::<Stop>()).await;
        let gateway = Gm::builder().base_url("http://behind.test", url);
        let (_, url) = serve_until_the_end(gateway.expose::<GatewayStop>()).await;
        let reader = Gm::builder().base_url("http://owner.test", url);
        Self {
            owner,
            reader: reader.build().await.unwrap(),
            _database: None,
        }
    }
}

pub(super) fn in_memory() -> GmBuilder {
    Gm::builder().in_memory::<Stop>()
}

pub(super) fn in_sqlite() -> GmBuilder {
    Gm::builder().database("sqlite::memory:").manager::<Stop>()
}

/// In storage of the application's own, which applies cursors.
pub(super) fn in_own_storage() -> GmBuilder {
    Gm::builder().interface::<Stop>(Shelf::default().applying_cursors())
}
