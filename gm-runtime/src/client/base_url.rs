//! The base URL of a service.

use url::Url;

use crate::error::Error;

/// The base URL of a service, `https://host:port/prefix`, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BaseUrl {
    text: String,
}

impl BaseUrl {
    /// Parses a base URL. The error shows the URL without its credentials.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refused = |shown: &str, why: &str| {
            Error::Configuration(format!(
                "the base URL `{shown}` {why}; expected one like `https://project-service.example.com`"
            ))
        };
        let url = Url::parse(text)
            .map_err(|error| refused(&without_user(text), &format!("is not a URL: {error}")))?;
        let shown = without_user(text);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(&shown, "is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                &shown,
                "contains credentials, which belong into `GmBuilder::bearer_token` or `GmBuilder::credentials`",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused(&shown, "has a query or a fragment"));
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// `https://host:port`.
    pub(crate) fn origin(&self) -> &str {
        let authority = self.text.find("://").map_or(0, |end| end.saturating_add(3));
        let rest = self.text.get(authority..).unwrap_or_default();
        let end = rest
            .find('/')
            .map_or(self.text.len(), |end| authority.saturating_add(end));
        self.text.get(..end).unwrap_or_default()
    }

    /// `https://host:port/prefix`, without a slash at its end.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// The URL without user and password, for messages.
fn without_user(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}
