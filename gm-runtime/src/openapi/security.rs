//! The credentials that the owner accepts.

use serde_json::{Map, Value as Json, json};

/// The kinds of credentials that an owner accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Security {
    /// `Authorization: Bearer`.
    pub(crate) bearer: bool,
    /// The name of the header with an API key.
    pub(crate) api_key_header: Option<String>,
    /// Certificates of clients.
    pub(crate) certificates: bool,
}

impl Security {
    /// What a document offers if the owner is not known.
    pub(super) fn unknown() -> Self {
        Self {
            bearer: true,
            ..Self::default()
        }
    }

    /// The security schemes, by name.
    pub(super) fn schemes(&self) -> Map<String, Json> {
        let mut schemes = Map::new();
        if self.bearer {
            schemes.insert("bearer".to_owned(), json!({"type": "http", "scheme": "bearer"}));
        }
        if let Some(header) = &self.api_key_header {
            let scheme = json!({"type": "apiKey", "in": "header", "name": header});
            schemes.insert("apiKey".to_owned(), scheme);
        }
        if self.certificates {
            schemes.insert("certificate".to_owned(), json!({"type": "mutualTLS"}));
        }
        schemes
    }

    /// One scheme, or none: a caller without credentials is anonymous.
    pub(super) fn requirements(&self) -> Json {
        let schemes = self.schemes();
        let each = schemes.keys().map(|name| json!({name: []}));
        std::iter::once(json!({})).chain(each).collect()
    }
}
