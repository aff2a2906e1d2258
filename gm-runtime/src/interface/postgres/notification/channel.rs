//! The channel of the notifications, and the limits of what is sent there.

/// The channel of all replicas of all services on the database.
pub(in crate::interface::postgres) const CHANNEL: &str = "gm";

/// The beginning of a payload, with the version of its form.
pub(in crate::interface::postgres) const PREFIX: &str = "gm1 ";

/// The most bytes of a payload. Postgres allows 7,999.
pub(in crate::interface::postgres) const MAX_BYTES: usize = 7_900;
