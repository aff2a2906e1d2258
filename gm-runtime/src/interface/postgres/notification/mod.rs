//! The notifications that tell every replica of a change: their text, and the SQL that sends them.
//!
//! `docs/design/postgres.md`, section Notifications, has the grammar and the reasons.

mod channel;
mod columns;
mod expression;
mod joined;
#[cfg(test)]
mod joined_tests;
mod names;
mod payload;
#[cfg(test)]
mod payload_tests;
mod send;
mod side_effects;
mod trigger;
mod value_text;
#[cfg(test)]
mod value_text_tests;

pub(super) use channel::{CHANNEL, MAX_BYTES};
pub(super) use columns::Columns;
pub(super) use expression::{NotifyExpression, Notifying};
pub(super) use joined::{has_images_of, is_refresh, joined};
pub(super) use names::TRIGGER;
pub(super) use payload::{Payload, PayloadAction, announcement, folded, refresh_of_updates, without_row};
pub(super) use send::notify_all;
pub(super) use side_effects::SideEffects;
pub(super) use trigger::trigger_script;
