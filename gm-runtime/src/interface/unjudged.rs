//! Rows of another service that no rule can judge.

use crate::error::{Error, TransportErrorKind};

/// Whether this error of a read leaves no row that a rule about rows could accept: there is no such row, its values or the schema of
/// the owner do not fit the struct, or it is too large for an answer.
///
/// The caller must not be able to tell these apart, since a row that can't be judged may be out of its sight. The log has the
/// error of such a row.
pub(crate) fn leaves_no_row_to_judge(error: &Error) -> bool {
    let is_unjudged = match error {
        Error::Decode(decode) => decode.field().is_some(),
        Error::Transport(transport) => {
            matches!(transport.kind(), TransportErrorKind::ResponseTooLarge { .. })
        }
        // The id is one that a row can have, so the owner can't answer with its row.
        Error::Remote(remote) => remote.status() == 400,
        // The owner answered with a row, or with the 400 above.
        Error::SchemaMismatch(_) => true,
        _ => false,
    };
    if is_unjudged {
        tracing::error!("a row is answered as missing, since no rule can judge it: {error}");
        return true;
    }
    error.is_not_found()
}
