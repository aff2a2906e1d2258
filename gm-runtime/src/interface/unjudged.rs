//! Rows of another service that no rule can judge.

use crate::error::Error;

/// Whether this error of a read leaves no row that a rule about rows could accept: there is no such row, or its values do not fit the
/// struct.
///
/// The caller must not be able to tell the two apart, since a row that can't be judged may be out of its sight. The log has the
/// error of the second one.
pub(crate) fn leaves_no_row_to_judge(error: &Error) -> bool {
    if let Error::Decode(decode) = error
        && decode.field().is_some()
    {
        tracing::error!("a row is answered as missing, since no rule can judge it: {error}");
        return true;
    }
    error.is_not_found()
}
