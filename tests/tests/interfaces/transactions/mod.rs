//! Transactions, on each storage that has them.

mod atomic;
mod audit;
mod events;
mod handle;
mod killed;
mod limits;
mod on_postgres_alone;
mod on_sqlite_alone;
mod rules;
mod serializable;

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::database::TestDatabase;
use gm_tests::marker::Marker;
use tempfile::TempDir;

/// An account, whose version and times the owner keeps.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "accounts")]
#[permission(
    read = owner == caller.name | admin,
    create = authenticated,
    update = owner == caller.name,
    delete = admin
)]
struct Account {
    #[field(id)]
    id: i64,
    #[field(unique, max_length = 20)]
    number: String,
    owner: String,
    balance: i64,
    #[field(preset = caller.name)]
    opened_by: Option<String>,
    #[field(read = admin, write = admin)]
    note: Option<String>,
    #[field(version)]
    version: i64,
    #[field(created)]
    created: chrono::DateTime<chrono::Utc>,
    #[field(updated)]
    updated: chrono::DateTime<chrono::Utc>,
}

/// A booking on an account.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "bookings")]
struct Booking {
    #[field(id)]
    id: i64,
    account: i64,
    amount: i64,
}

fn account(number: &str, owner: &str, balance: i64) -> AccountCreate {
    AccountCreate {
        number: number.into(),
        owner: owner.into(),
        balance,
    }
}

fn booking(account: i64, amount: i64) -> BookingCreate {
    BookingCreate { account, amount }
}

/// A storage with transactions, without rows.
enum Storage {
    Memory,
    Sqlite(TempDir),
    Postgres(Box<TestDatabase>),
}

impl Storage {
    fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().unwrap())
    }

    async fn postgres() -> Self {
        Self::Postgres(Box::new(TestDatabase::postgres().await))
    }

    /// A builder with the managers of the tests.
    fn builder(&self) -> GmBuilder {
        let builder = Gm::builder();
        let builder = match self {
            Self::Memory => builder
                .in_memory::<Account>()
                .in_memory::<Booking>()
                .in_memory::<Marker>(),
            Self::Sqlite(folder) => builder.database(format!("sqlite://{}/rows.db", folder.path().display())),
            Self::Postgres(database) => builder.database(database.url()),
        };
        builder
            .manager::<Account>()
            .manager::<Booking>()
            .manager::<Marker>()
    }

    async fn gm(&self) -> Gm {
        self.builder().build().await.unwrap()
    }
}

/// Makes a test on each storage of each of these functions.
macro_rules! on_each_storage {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::transactions::Storage::Memory).await;
                }
            )*
        }

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::transactions::Storage::sqlite()).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::transactions::Storage::postgres().await).await;
                }
            )*
        }
    };
}

use on_each_storage;

/// The numbers of the stored accounts and bookings.
async fn counts(gm: &Gm) -> (u64, u64) {
    (
        Account::count(gm).await.unwrap(),
        Booking::count(gm).await.unwrap(),
    )
}
