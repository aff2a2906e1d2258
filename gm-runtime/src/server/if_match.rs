//! The version that a caller expects of a row: `If-Match` (RFC 9110, 13.1.1).

use actix_web::http::header::IF_MATCH;

use super::call::Call;
use crate::access::Caller;
use crate::manager::Description;
use crate::protocol::entity_tag::{self, NO_VERSION};
use crate::protocol::failure::Failure;

impl Call<'_> {
    /// The version that the row must have, by the request's `If-Match`. `None` without the header.
    ///
    /// # Errors
    /// Those of [`expected_version`], and two headers.
    pub(super) fn expected_version(&self, caller: &Caller<'_>) -> Result<Option<i64>, Failure> {
        let mut sent = self.request.headers().get_all(&IF_MATCH);
        match (sent.next(), sent.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(Failure::invalid("`If-Match` is sent twice")),
            (Some(tag), None) => expected_version(tag.as_bytes(), self.resource.description, caller),
        }
    }

    /// Whether the request expects the version that no row has.
    pub(super) fn expects_no_version(&self) -> bool {
        let mut sent = self.request.headers().get_all(&IF_MATCH);
        sent.any(|tag| entity_tag::version(tag.as_bytes().trim_ascii()) == Some(NO_VERSION))
    }
}

/// The version that a value of `If-Match` expects. `None` for `*`, which every row that exists meets.
///
/// # Errors
/// Anything but one strong entity tag that is the text of a version, and a version of a manager that has none in the caller's
/// sight. Otherwise the caller could find out a hidden version by trying all.
pub(super) fn expected_version(
    tag: &[u8],
    description: &Description,
    caller: &Caller<'_>,
) -> Result<Option<i64>, Failure> {
    let tag = tag.trim_ascii();
    if tag == b"*" {
        return Ok(None);
    }
    let Some(version) = entity_tag::version(tag) else {
        return Err(Failure::invalid(
            "expected `If-Match` to be one version in quotes, such as `\"3\"`, or `*`",
        ));
    };
    let version_index = description.version_index();
    if version_index.is_none_or(|field| !caller.fields.contains(field)) {
        return Err(Failure::invalid(
            "the rows have no version, so `If-Match` can only be `*`",
        ));
    }
    Ok(Some(version))
}
