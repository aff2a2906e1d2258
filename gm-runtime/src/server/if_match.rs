//! The version that a caller expects of a row: `If-Match` (RFC 9110, 13.1.1).

use actix_web::http::header::IF_MATCH;

use super::call::Call;
use crate::access::Caller;
use crate::protocol::entity_tag;
use crate::protocol::failure::Failure;

impl Call<'_> {
    /// The version that the row must have. `None` without `If-Match`, and for `*`, which every row that exists meets.
    ///
    /// # Errors
    /// Anything but one strong entity tag that is the text of a version, and a version of a manager that has none in the caller's
    /// sight. Otherwise the caller could find out a hidden version by trying all.
    pub(super) fn expected_version(&self, caller: &Caller<'_>) -> Result<Option<i64>, Failure> {
        let mut sent = self.request.headers().get_all(&IF_MATCH);
        let (Some(tag), second) = (sent.next(), sent.next()) else {
            return Ok(None);
        };
        let tag = tag.as_bytes().trim_ascii();
        match (tag, second) {
            (_, Some(_)) => Err(Failure::invalid("`If-Match` is sent twice")),
            (b"*", None) => Ok(None),
            (tag, None) => {
                let Some(version) = entity_tag::version(tag) else {
                    return Err(Failure::invalid(
                        "expected `If-Match` to be one version in quotes, such as `\"3\"`, or `*`",
                    ));
                };
                let version_index = self.resource.description.version_index();
                if version_index.is_none_or(|field| !caller.fields.contains(field)) {
                    return Err(Failure::invalid(
                        "the rows have no version, so `If-Match` can only be `*`",
                    ));
                }
                Ok(Some(version))
            }
        }
    }
}
