//! The OpenAPI document of a handle.

use super::{Gm, GmBuilder};
use crate::openapi::About;

impl GmBuilder {
    /// Serves an OpenAPI 3.1 document at `<base path>/_openapi.json`. Off by default.
    ///
    /// Each caller gets a document of the resources, operations and fields that the rules can ever permit it, and of no others: that of
    /// its own [schema](Self::serve_schema). `title` and `version` are those of the application's interface. An owner without the
    /// schema can't serve it ([`Error::Configuration`](crate::Error::Configuration)).
    ///
    /// ```
    /// use gm_runtime::Gm;
    ///
    /// let builder = Gm::builder().serve_openapi("Projects", "1.0.0");
    /// ```
    pub fn serve_openapi(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.server.openapi = Some(About::new(title, version));
        self
    }

    /// Serves a page at `<base path>/_docs` that shows the OpenAPI document and sends requests: Swagger UI. Off by default.
    ///
    /// The page is the same for every caller. It reads the document with the credentials that are entered on it, and loads nothing from
    /// other hosts. It needs [`serve_openapi`](Self::serve_openapi).
    #[cfg(feature = "docs")]
    pub fn serve_docs(mut self) -> Self {
        self.server.serves_docs = true;
        self
    }
}

impl Gm {
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
    #[must_use]
    pub fn openapi(&self, title: &str, version: &str) -> serde_json::Value {
        self.server().openapi(&self.schema(), &About::new(title, version))
    }
}
