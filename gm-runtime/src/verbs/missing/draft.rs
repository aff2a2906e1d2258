//! Setters that a draft does not have.

/// The bound of the setters of fields that are not written. No draft has it, so that the compile error says why.
#[diagnostic::on_unimplemented(
    message = "this field can't be set: its owner fills it",
    label = "remove this call",
    note = "the owner keeps it (`version`, `created`, `updated`, `computed`), or a consumer's struct says that it is `read_only` or has a `preset`"
)]
#[doc(hidden)]
pub trait SetsKeptFields {}
