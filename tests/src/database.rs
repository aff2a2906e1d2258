//! The database of a test that runs on each kind of database.

use crate::postgres::Database;

/// An empty database: SQLite in memory, or a Postgres database of its own, which is dropped at the end.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    postgres: Option<Database>,
}

impl TestDatabase {
    /// SQLite in memory, which each handle has alone.
    #[must_use]
    pub fn sqlite() -> Self {
        Self {
            url: "sqlite::memory:".to_owned(),
            postgres: None,
        }
    }

    /// A database of the Postgres server that `scripts/postgres` started.
    ///
    /// # Panics
    /// If there is no server.
    pub async fn postgres() -> Self {
        let database = Database::create().await;
        Self {
            url: database.url(),
            postgres: Some(database),
        }
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The kind of database, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.postgres {
            None => "SQLite",
            Some(_) => "Postgres",
        }
    }
}

/// Makes a test on SQLite and a test on Postgres of each of these functions, which have a
/// [`TestDatabase`](crate::database::TestDatabase) as the parameter.
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::database::TestDatabase::sqlite()).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::database::TestDatabase::postgres().await).await;
                }
            )*
        }
    };
}
