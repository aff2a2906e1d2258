//! The table of the answers that are stored under idempotency keys.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::interface::RequestIdentity;
use crate::manager::{Description, FieldDescription};

/// The name of the table.
pub(crate) const TABLE: &str = "gm_idempotency";

/// The length of a hash: 16 bytes in base64 without padding.
const HASH_LENGTH: u32 = 22;

/// The length of a stored key: its beginning and a hash.
const KEY_LENGTH: u32 = RequestIdentity::BEGINNING as u32 + HASH_LENGTH;

/// The length of a fingerprint: two hashes and a dot.
const FINGERPRINT_LENGTH: u32 = 2 * HASH_LENGTH + 1;

static FIELDS: [FieldDescription; 7] = [
    FieldDescription::new::<String>("id").with_max_length(KEY_LENGTH),
    FieldDescription::new::<String>("fingerprint").with_max_length(FINGERPRINT_LENGTH),
    FieldDescription::new::<i64>("created"),
    FieldDescription::new::<i16>("status"),
    FieldDescription::new::<Option<i64>>("version"),
    FieldDescription::new::<Option<String>>("body"),
    FieldDescription::new::<Option<String>>("row_ids"),
];

/// The table as a manager declares one, so that it is created and compared like those of the application.
///
/// `created` is in milliseconds since 1970. It has no index, which would cost each answer more than the search for those that have ended.
/// Either `body` or `row_ids` is null.
pub(crate) static STORED_ANSWERS: Description =
    Description::new::<String>("answers of requests with an idempotency key", &FIELDS, 0).with_table(TABLE);

/// The number of answers that were stored since some of those that have ended were removed.
#[derive(Debug)]
pub(crate) struct StoredCount {
    stored: AtomicU32,
    due: u32,
}

impl StoredCount {
    /// A removal is due after so many stored answers. After a start, it is due after the first one.
    pub(crate) const fn new(due: u32) -> Self {
        Self {
            stored: AtomicU32::new(due.saturating_sub(1)),
            due,
        }
    }

    /// Counts an answer that is stored.
    pub(crate) fn add(&self) {
        // It never wraps around: each removal begins anew.
        self.stored.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it is time to remove answers that have ended. The count begins anew then.
    pub(crate) fn is_due(&self) -> bool {
        self.stored.load(Ordering::Relaxed) >= self.due && self.stored.swap(0, Ordering::Relaxed) >= self.due
    }
}
