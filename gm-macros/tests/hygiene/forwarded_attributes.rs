//! Forwarded attributes: allowed and expected lints, which this crate denies, and deprecated items.

use gm_runtime::{FieldType, GeneralManager};

/// A struct that allows names in another style.
#[allow(non_snake_case, non_camel_case_types)]
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
#[permission(read = public, create = public, update = public)]
#[remote_api(
    resource = "rows",
    allow_filter,
    allow_create,
    allow_update,
    websocket_invalidation
)]
#[remote_manager(
    base_url = "http://localhost:8080",
    websocket_invalidation,
    client = remote_rowOfJava
)]
pub struct rowOfJava {
    /// The id.
    #[field(id)]
    pub rowId: i64,
    /// Required.
    pub fullName: String,
    /// Not required.
    pub dueOn: Option<String>,
}

/// A struct that expects names in another style.
#[derive(Clone, Debug, GeneralManager)]
#[expect(non_snake_case, reason = "the names of the other service")]
#[remote_manager(base_url = "http://localhost:8080", resource = "rows")]
pub struct Consumed {
    /// The id.
    #[field(id)]
    pub rowId: i64,
    /// Required.
    pub fullName: String,
    /// Has a default.
    #[field(default)]
    pub dueOn: String,
}

/// A deprecated enum.
#[deprecated = "write text"]
#[derive(Clone, Debug, FieldType)]
pub enum Old {
    /// A name.
    One,
}

/// An enum with deprecated variants.
#[derive(Clone, Debug, FieldType)]
pub enum Aging {
    /// A name.
    One,
    /// A deprecated name.
    #[deprecated(since = "1.0.0", note = "write `One`")]
    Two,
    /// Holds unknown values.
    #[deprecated]
    #[field_type(other)]
    Other(String),
}

/// A deprecated struct.
#[deprecated(note = "use the other one")]
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
#[permission(read = public, create = public)]
#[remote_api(resource = "rows", allow_filter, allow_create)]
#[remote_manager(base_url = "http://localhost:8080")]
pub struct Deprecated {
    /// The id.
    #[field(id)]
    pub id: i64,
    /// Required.
    pub name: String,
}

/// A struct with deprecated fields.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
#[permission(read = public, create = public)]
#[remote_api(resource = "rows", allow_filter, allow_create)]
#[remote_manager(base_url = "http://localhost:8080")]
pub struct WithDeprecatedFields {
    /// The id.
    #[field(id)]
    pub id: i64,
    /// Required.
    #[deprecated]
    pub name: String,
    /// Not required.
    #[deprecated = "it is unused"]
    pub note: Option<String>,
    /// Has a deprecated type.
    #[allow(deprecated)]
    pub old: Option<Old>,
    /// Not in the documentation.
    #[doc(hidden)]
    pub internal: Option<bool>,
}

/// A use of a deprecated item triggers the lint.
pub fn uses() -> gm_runtime::Query<WithDeprecatedFields> {
    #[expect(deprecated, reason = "the handle of a deprecated field")]
    let query = WithDeprecatedFields::filter(|row| row.note.eq("x"));
    #[expect(deprecated, reason = "the setter of a deprecated field")]
    let _ = WithDeprecatedFields::by_id(1).update().note("x");
    #[expect(deprecated, reason = "a deprecated field")]
    let _ = RemoteWithDeprecatedFieldsCreate { name: String::new() };
    #[expect(deprecated, reason = "the generated client of a deprecated struct")]
    let _ = RemoteDeprecated::query();
    query
}
