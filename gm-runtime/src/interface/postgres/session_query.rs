//! The queries of reads, as a session carries them out.

use std::sync::Arc;

use super::error::ReadError;
use super::parameter::Parameter;
use super::query::{BuiltQuery, read_row};
use super::session::Session;
use super::statement::Statement;
use super::table::Table;
use crate::error::Error;
use crate::field::Value;
use crate::interface::Answer;
use crate::interface::sql::JsonRows;
use crate::manager::{Description, Records};
use crate::protocol::items::RowWriter;
use crate::query::RecordPage;
use crate::query::pattern::PatternTimeLimit;

/// The writer of JSON, for an answer in that form. Without one, an answer has records.
pub(super) type Json = Option<Arc<RowWriter>>;

/// A query for one row.
pub(super) enum RowQuery {
    ById(Statement),
    Built(BuiltQuery, PatternTimeLimit),
}

impl RowQuery {
    pub(super) fn by_id(table: &Table, id: &Value) -> Result<Self, Error> {
        let description = table.description();
        let index = description.id_index();
        let id =
            Parameter::of(description.field(index), id).map_err(|error| description.invalid(index, error))?;
        Ok(Self::ById(Statement {
            text: Arc::clone(&table.get),
            parameters: vec![id],
        }))
    }

    pub(super) fn is_scan(&self) -> bool {
        matches!(self, Self::Built(query, _) if query.is_scan())
    }

    pub(super) async fn read(
        &self,
        description: &'static Description,
        session: &Session,
        json: Json,
    ) -> Result<Answer, ReadError> {
        let Some(writer) = json else {
            let mut rows = Records::new(description);
            match self {
                Self::ById(statement) => {
                    read_row(description, session, statement, &mut rows).await?;
                }
                Self::Built(query, limit) => rows = query.run_for_row(session, *limit, rows).await?.0,
            }
            return Ok(rows.into_first().map_or(Answer::Nothing, Answer::Record));
        };
        let mut rows = JsonRows::new(writer, 1);
        let exists = match self {
            Self::ById(statement) => read_row(description, session, statement, &mut rows).await?,
            Self::Built(query, limit) => {
                let (read, exists) = query.run_for_row(session, *limit, rows).await?;
                rows = read;
                exists
            }
        };
        Ok(match exists {
            true => Answer::Json(rows.into_items().into()),
            false => Answer::Nothing,
        })
    }
}

/// Reads the page of a query: [`Answer::Json`] or [`Answer::Records`].
pub(super) async fn read_page(
    query: &BuiltQuery,
    session: &Session,
    json: Json,
    limit: PatternTimeLimit,
    page_size: Option<u64>,
) -> Result<Answer, ReadError> {
    let Some(writer) = json else {
        let (rows, end) = query
            .run(session, limit, Records::new(query.description()))
            .await?;
        return Ok(Answer::Records(
            RecordPage::new(rows, end.total)
                .with_page_size(page_size)
                .with_next(query.next(end)),
        ));
    };
    let rows = JsonRows::new(writer, query.expected_rows());
    let (rows, end) = query.run(session, limit, rows).await?;
    Ok(Answer::Json(rows.into_page(end, page_size)?))
}
