//! The table of the answers that are stored under idempotency keys.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::interface::RequestIdentity;
use crate::manager::{Description, FieldDescription};

/// The name of the table.
pub(crate) const TABLE: &str = "gm_idempotency";

/// Answers that have ended are removed once so many were stored.
const STORED: u32 = 64;

/// The length of a hash: 32 bytes in base64 without padding.
const HASH_LENGTH: u32 = 43;

/// The length of a stored key: its beginning and a hash.
const KEY_LENGTH: u32 = RequestIdentity::BEGINNING as u32 + HASH_LENGTH;

/// The length of a fingerprint: two hashes and a dot.
const FINGERPRINT_LENGTH: u32 = 2 * HASH_LENGTH + 1;

static FIELDS: [FieldDescription; 7] = [
    FieldDescription::new::<String>("id").with_max_length(KEY_LENGTH),
    FieldDescription::new::<String>("fingerprint").with_max_length(FINGERPRINT_LENGTH),
    FieldDescription::new::<i64>("created").with_index(),
    FieldDescription::new::<i16>("status"),
    FieldDescription::new::<Option<i64>>("version"),
    FieldDescription::new::<Option<String>>("body"),
    FieldDescription::new::<Option<String>>("row_ids"),
];

/// The table as a manager declares one, so that it is created and compared like those of the application.
///
/// `created` is in milliseconds since 1970. Either `body` or `row_ids` is null.
pub(crate) static STORED_ANSWERS: Description =
    Description::new::<String>("answers of requests with an idempotency key", &FIELDS, 0).with_table(TABLE);

/// The number of answers that were stored since some of those that have ended were removed.
#[derive(Debug)]
pub(crate) struct StoredCount(AtomicU32);

impl Default for StoredCount {
    /// After a start, the first answer that is stored makes a removal due.
    fn default() -> Self {
        Self(AtomicU32::new(STORED - 1))
    }
}

impl StoredCount {
    /// The number of stored answers after which a removal is due.
    pub(crate) const STORED: u32 = STORED;

    /// Counts an answer that is stored.
    pub(crate) fn add(&self) {
        // It never wraps around: each removal begins anew.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it is time to remove answers that have ended. The count begins anew then.
    pub(crate) fn is_due(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= STORED && self.0.swap(0, Ordering::Relaxed) >= STORED
    }
}
