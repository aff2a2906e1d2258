//! The failure of a request, as it follows from an error of this service.

use super::error_code::ErrorCode;
use super::failure::Failure;
use crate::error::{CONFLICT, Error, Operation, QueryError, TransactionError};

impl Failure {
    fn of_query_error(error: &QueryError) -> Self {
        match error {
            QueryError::PatternTimeout { limit, .. } => {
                Self::invalid(crate::error::patterns_take_too_long(limit))
            }
            QueryError::ReadTimeout { limit, .. } => {
                Self::invalid(crate::error::reading_takes_too_long(limit))
            }
            QueryError::WriteTimeout { limit, .. } => {
                Self::invalid(crate::error::writing_takes_too_long(limit))
            }
            QueryError::BulkTimeout { limit, .. } => {
                Self::invalid(crate::error::deleting_takes_too_long(limit))
            }
            QueryError::TooManyBulkRows { limit, .. } => {
                Self::invalid(crate::error::too_many_rows_deleted(limit))
            }
            QueryError::TooManyBulkBytes { limit, .. } => {
                Self::invalid(crate::error::too_many_bytes_deleted(limit))
            }
            QueryError::ResponseSize { limit, rows, .. } => {
                Self::invalid(crate::error::response_too_large(limit, rows))
            }
            QueryError::Conflict { lookup, .. } => Self::invalid_field(
                lookup,
                "this lookup has two values, and the service to which it is forwarded accepts one",
            ),
            QueryError::UnsizedPage { .. } => Self::invalid_field(
                "page_size",
                "the rows are another service's, which needs a page size for each page",
            ),
            QueryError::TooManyRows { limit, .. } => {
                Self::invalid_field("page_size", format!("the page has more than {limit} rows"))
            }
            QueryError::AbsentField { field, .. } => {
                Self::invalid_field("count_by", crate::error::absent_field(field))
            }
            QueryError::TooManyGroups { field, limit, .. } => {
                Self::invalid_field("count_by", crate::error::too_many_groups(field, limit))
            }
            QueryError::TooManyRelated { reference, limit, .. } => Self::invalid_field(
                reference,
                format!("more than {limit} rows match: narrow the lookup"),
            ),
            QueryError::Cursor { problem, .. } => Self::invalid_field("cursor", problem.clone()),
            QueryError::PageWithCursor { .. } => {
                Self::invalid_field("cursor", "expected either `cursor` or `page`")
            }
            _ => ErrorCode::InvalidRequest.into(),
        }
    }

    /// The failure of a query. A wrong value makes it an invalid request, since nothing was to be written.
    pub(crate) fn of_query(error: Error) -> Self {
        match error {
            Error::Invalid { errors, .. } => Self::of_values(ErrorCode::InvalidRequest, &errors),
            error => error.into(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Invalid { errors, .. } => return Self::of_values(ErrorCode::ValidationError, &errors),
            // Storage of the application may read another service page by page.
            ref unavailable @ Error::Query(
                QueryError::UnstablePages { .. }
                | QueryError::EndlessCursors { .. }
                | QueryError::TooManyBytes { .. }
                | QueryError::PagesTimeout { .. },
            ) => {
                return Self {
                    source: Some(unavailable.clone()),
                    ..ErrorCode::Unavailable.into()
                };
            }
            Error::Query(error) => return Self::of_query_error(&error),
            Error::NotFound { .. } => ErrorCode::NotFound,
            Error::Stale { .. } => ErrorCode::PreconditionFailed,
            // Of a gateway, whose owner announced more when the caller asked.
            Error::Unsupported { extension, .. } => {
                return Self::invalid(format!("the extension `{}` is not supported", extension.name()));
            }
            // Only a caller that wrote the field is informed of it.
            Error::FieldDenied {
                operation: Operation::Filter | Operation::Detail,
                ..
            } => ErrorCode::PermissionDenied,
            Error::FieldDenied { field, .. } => {
                let message = "this caller may not write the field";
                return Self::with_details(ErrorCode::PermissionDenied, Some(field), message);
            }
            Error::PermissionDenied { .. } | Error::NoPermissions { .. } => ErrorCode::PermissionDenied,
            // The default message says no more than the code.
            Error::Conflict {
                field: None, message, ..
            } if *message == *CONFLICT => ErrorCode::Conflict,
            Error::Conflict { field, message, .. } => {
                return Self::with_details(ErrorCode::Conflict, field, message.to_string());
            }
            Error::Transaction(TransactionError::TimeLimit { limit }) => {
                return Self::invalid(crate::error::transaction_takes_too_long(limit));
            }
            error @ Error::Transaction(TransactionError::OutcomeUnknown) => {
                return Self::outcome_unknown(error);
            }
            ref unavailable @ (Error::Unavailable(_)
            | Error::Transaction(TransactionError::Conflict { .. })) => {
                return Self {
                    source: Some(unavailable.clone()),
                    ..ErrorCode::Unavailable.into()
                };
            }
            error @ Error::OutcomeUnknown { .. } => return Self::outcome_unknown(error),
            Error::Remote(_)
            | Error::Transport(_)
            | Error::Credential(_)
            | Error::Decode(_)
            | Error::SchemaMismatch(_) => {
                return Self::of_gateway(error);
            }
            error => {
                return Self {
                    source: Some(error),
                    ..ErrorCode::InternalError.into()
                };
            }
        };
        code.into()
    }
}
