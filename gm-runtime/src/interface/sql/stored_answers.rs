//! The table of the answers that are stored under idempotency keys.

use crate::manager::{Description, FieldDescription};

/// The name of the table.
pub(crate) const TABLE: &str = "gm_idempotency";

/// The length of a key and of a fingerprint: 32 bytes in base64 without padding.
const HASH_LENGTH: u32 = 43;

static FIELDS: [FieldDescription; 7] = [
    FieldDescription::new::<String>("id").with_max_length(HASH_LENGTH),
    FieldDescription::new::<String>("fingerprint").with_max_length(HASH_LENGTH),
    FieldDescription::new::<i64>("created").with_index(),
    FieldDescription::new::<i16>("status"),
    FieldDescription::new::<Option<i64>>("version"),
    FieldDescription::new::<Option<String>>("body"),
    FieldDescription::new::<Option<String>>("row_id"),
];

/// The table as a manager declares one, so that it is created and compared like those of the application.
///
/// `created` is in milliseconds since 1970. Either `body` or `row_id` is null.
pub(crate) static STORED_ANSWERS: Description =
    Description::new::<String>("answers of requests with an idempotency key", &FIELDS, 0).with_table(TABLE);
