//! What a session with the server is for.

use tokio_postgres::Config;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    PointReads,
    ListReads,
    Writes,
    /// Transactions of the application, one after the other.
    Transactions,
    /// Listening to changes. It goes past a pooler.
    Feed,
}

/// The bytes of the longest name in `pg_stat_activity`, unless the server was built with longer names.
const MAX_NAME: usize = 63;

impl Purpose {
    /// Whether a statement is prepared before its first use, since its answer may be long and have columns of types that the
    /// driver has to look up. That look-up would wait behind the answer, without end (rust-postgres#1348).
    pub(super) fn prepares_first(self) -> bool {
        matches!(self, Self::ListReads | Self::Transactions)
    }

    /// The name of the session in `pg_stat_activity`: that of the URL with the purpose. The server cuts longer names off at the end.
    pub(super) fn application_name(self, config: &Config) -> String {
        let end = match self {
            Self::PointReads => "/reads",
            Self::ListReads => "/lists",
            Self::Writes => "/writes",
            Self::Transactions => "/transactions",
            Self::Feed => "/changes",
        };
        let name = config.get_application_name().unwrap_or_default();
        let room = name.floor_char_boundary(MAX_NAME.saturating_sub(end.len()));
        [name.get(..room).unwrap_or_default(), end].concat()
    }
}
