//! Names that the expansion could use for itself.

use gm_runtime::GeneralManager;

/// A type with the name of a common type parameter.
pub type K = String;
/// The value of a default.
pub const FIELDS: i32 = 3;
/// The value of a default.
pub const DESCRIPTION: &str = "none";

/// An owner's manager.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
pub struct Row {
    /// The id.
    #[field(id)]
    pub key: i64,
    /// Has the name of a parameter.
    pub gm: Option<K>,
    /// Has the name of a parameter.
    #[field(default = FIELDS)]
    pub value: i32,
    /// Has the name of a parameter.
    #[field(default = DESCRIPTION)]
    pub row: K,
    /// Has the name of a parameter.
    pub record: K,
    /// Has the name of a verb.
    pub filter: K,
    /// Has the name of a verb.
    pub id: K,
}
