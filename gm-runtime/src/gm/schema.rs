//! The schema of a handle.

use super::Gm;
use crate::schema::Schema;

impl Gm {
    /// The schema of all exposed managers, with every operation and field that they serve to any caller.
    ///
    /// Kept in a file, it shows in a review what a change of a struct means for the consumers.
    ///
    /// ```
    /// use gm_runtime::{GeneralManager, Gm};
    ///
    /// #[derive(Clone, Debug, GeneralManager)]
    /// #[database(table = "projects")]
    /// #[remote_api(base_path = "/internal/gm", resource = "projects", allow_filter, allow_detail)]
    /// #[permission(read = public)]
    /// pub struct Project {
    ///     #[field(id)]
    ///     pub id: i64,
    ///     #[field(max_length = 200)]
    ///     pub name: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let gm = Gm::builder().in_memory::<Project>().expose::<Project>().build().await?;
    /// let schema = gm.schema();
    /// assert_eq!(schema.resources[0].resource, "projects");
    /// assert_eq!(schema.resources[0].fields[1].max_length, Some(200));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn schema(&self) -> Schema {
        self.server().schema()
    }
}
