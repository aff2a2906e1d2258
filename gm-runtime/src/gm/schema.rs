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

    /// The OpenAPI 3.1 document of [`schema`](Self::schema), with the credentials that the owner accepts.
    ///
    /// Kept in a file, it is the input of generators of clients. `title` and `version` are those of the application's interface.
    /// [`GmBuilder::serve_openapi`](crate::GmBuilder::serve_openapi) serves each caller the part that it may see.
    ///
    /// ```
    /// # use gm_runtime::Gm;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let gm = Gm::builder().accept_bearer_token("secret", "ada").build().await?;
    /// let document = gm.openapi("Projects", "1.0.0");
    /// assert_eq!(document["openapi"], "3.1.0");
    /// assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn openapi(&self, title: &str, version: &str) -> serde_json::Value {
        self.server()
            .openapi(&self.schema(), &crate::openapi::About::new(title, version))
    }
}
