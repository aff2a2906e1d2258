//! A struct that a macro of the application generates.

use gm_runtime::GeneralManager;

macro_rules! rows {
    ($name:ident, $table:literal, $type:ty, $default:expr, $validate:path) => {
        /// An owner's manager.
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = $table)]
        pub struct $name {
            /// The id.
            #[field(id)]
            pub id: i64,
            /// A value.
            #[field(default = $default, validate = $validate)]
            pub value: $type,
            /// May be null.
            pub other: Option<$type>,
        }
    };
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that the attribute needs"
)]
fn check(number: &i32) -> Result<(), &'static str> {
    if *number > 0 { Ok(()) } else { Err("expected more") }
}

rows!(Row, "rows", i32, 1 + 1, check);
