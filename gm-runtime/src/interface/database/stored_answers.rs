//! The table of the answers that are stored under idempotency keys.

use crate::interface::sql::STORED_ANSWERS;
use crate::manager::Description;

/// The table as a manager declares one.
pub(crate) fn stored_answers() -> Option<&'static Description> {
    Some(&STORED_ANSWERS)
}
