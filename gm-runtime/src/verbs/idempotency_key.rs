//! The idempotency key that an application gives to a write or a batch.

use crate::access::Managed;
use crate::error::{Error, Extension, FieldError};

/// The most characters of an idempotency key.
const MAX_KEY: usize = 255;

/// Refuses an idempotency key that has other characters, and one for rows of this service.
pub(super) fn check_key(key: &str, managed: &Managed) -> Result<(), Error> {
    let manager = managed.description().name();
    if !(1..=MAX_KEY).contains(&key.len()) || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let message = "expected an idempotency key of 1 to 255 printable ASCII characters";
        return Err(Error::Invalid {
            manager,
            errors: vec![FieldError::of_row(message.to_owned())],
        });
    }
    match managed.cache() {
        Some(_) => Ok(()),
        None => Err(Error::Unsupported {
            manager,
            extension: Extension::Idempotency,
        }),
    }
}
