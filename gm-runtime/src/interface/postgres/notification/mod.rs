//! The notifications that tell every replica of a change: their text, and the SQL that sends them.
//!
//! `docs/design/postgres.md`, section Notifications, has the grammar and the reasons.

mod expression;
mod names;
mod payload;
#[cfg(test)]
mod payload_tests;
mod side_effects;
mod trigger;
mod value_text;
#[cfg(test)]
mod value_text_tests;

pub(super) use expression::{Columns, NotifyExpression};
pub(super) use names::literal;
pub(super) use payload::{Payload, PayloadAction, announcement};
pub(super) use side_effects::SideEffects;
pub(super) use trigger::{TRIGGER, trigger_script};

/// The channel of all replicas of all services on the database.
pub(super) const CHANNEL: &str = "gm";

/// The beginning of a payload, with the version of its form.
pub(super) const PREFIX: &str = "gm1 ";

/// The most bytes of a payload. Postgres allows 7,999.
pub(super) const MAX_BYTES: usize = 7_900;
