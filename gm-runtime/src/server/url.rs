//! The URL of a request.

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;

use super::state::Server;
use crate::protocol::failure::Failure;

/// Refuses a URL that is too long.
pub(crate) fn check_url(server: &Server, request: &HttpRequest) -> Result<(), Failure> {
    let uri = &request.head().uri;
    let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if length > server.settings.url_bytes {
        return Err(Failure::invalid("the URL is too long"));
    }
    Ok(())
}

/// The path as it was sent. actix's own path is partly decoded.
pub(crate) fn path_as_sent(request: &HttpRequest) -> &str {
    request.head().uri.path()
}

/// The parameter of this name in the query of a URL. The first one counts, and an empty one is ignored.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(key, _)| decoded(key) == name)
        .map(|(_, value)| decoded(value))
        .filter(|value| !value.is_empty())
}
