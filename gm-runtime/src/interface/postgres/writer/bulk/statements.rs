//! The statements of a write of many rows.

use std::sync::Arc;

use super::super::super::notification::{NotifyExpression, Notifying};
use super::super::super::parameter::Parameter;
use super::super::super::statement::Statement;
use super::super::super::table::Table;
use super::super::statements::WriteStatements;
use super::super::work::parameter;
use super::judged::JudgedRow;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{JudgedWrite, SqlDialect, judge_update};
use crate::interface::{BulkRequest, Write};
use crate::manager::{Description, Kept, Values};

/// The statements of a write of many rows.
pub(super) struct BulkStatements<'w> {
    table: &'w Table,
    request: &'w BulkRequest,
    /// The statements of single rows, which notify the replicas if the write has few rows.
    single: WriteStatements,
}

fn quote(name: &str) -> String {
    SqlDialect::Postgres.quote(name)
}

impl<'w> BulkStatements<'w> {
    pub(super) fn new(table: &'w Table, request: &'w BulkRequest, notifies: bool) -> Self {
        let notify = match notifies {
            true => table.relation().notify(),
            false => Arc::new(NotifyExpression::silent()),
        };
        Self {
            table,
            request,
            single: WriteStatements::new(table, notify, Notifying::Sends),
        }
    }

    fn description(&self) -> &'static Description {
        self.table.description()
    }

    /// The statement of one row.
    pub(super) fn single(&mut self, row: &JudgedRow) -> Result<Statement, Error> {
        let description = self.description();
        let id_index = description.id_index();
        Ok(match (row, &self.request.row.write) {
            (JudgedRow::New { values, .. }, _) => Statement {
                text: Arc::clone(&self.single.insert),
                parameters: inserted(description)
                    .map(|field| parameter(description, field, value(values, field)))
                    .collect::<Result<_, _>>()?,
            },
            (JudgedRow::Stored { id, old }, Write::Update(_, values)) => {
                let mut old = old.clone();
                let changes = match judge_update(description, &mut old, values, &self.request.row)? {
                    JudgedWrite::Write(changes) => changes,
                    JudgedWrite::Refused(refused) => return Err(refused),
                    // It was judged before.
                    JudgedWrite::Answered(_) => {
                        return Err(Error::Unavailable("a row was judged in two ways"));
                    }
                };
                Statement {
                    text: self.single.update(description, &changes.fields),
                    parameters: changes
                        .iter()
                        .chain([(id_index, id)])
                        .map(|(field, value)| parameter(description, field, value))
                        .collect::<Result<_, _>>()?,
                }
            }
            (JudgedRow::Stored { id, .. }, _) => Statement {
                text: Arc::clone(&self.single.delete),
                parameters: vec![parameter(description, id_index, id)?],
            },
        })
    }

    /// One statement for all of these rows, which returns the id of each. `ids` are those of stored rows. `None` for rows without a
    /// column that is written.
    pub(super) fn all(&self, rows: &[JudgedRow], ids: Parameter) -> Result<Option<Statement>, Error> {
        match &self.request.row.write {
            Write::Create(_) => self.insert(rows),
            Write::Update(_, values) => self.update(rows, values, ids).map(Some),
            Write::Delete(..) => {
                let (table, id) = self.names();
                Ok(Some(Statement {
                    text: format!("DELETE FROM {table} WHERE {id} = ANY($1) RETURNING {id}").into(),
                    parameters: vec![ids],
                }))
            }
        }
    }

    /// Reads the rows of these ids.
    pub(super) fn stored(table: &Table, ids: Parameter) -> Statement {
        let description = table.description();
        let columns: Vec<_> = description
            .fields()
            .iter()
            .map(|field| quote(field.column()))
            .collect();
        let id = quote(description.id_field().column());
        Statement {
            text: format!(
                "SELECT {} FROM {} WHERE {id} = ANY($1)",
                columns.join(", "),
                quote(table.name())
            )
            .into(),
            parameters: vec![ids],
        }
    }

    fn names(&self) -> (String, String) {
        let id = self.description().id_field().column();
        (quote(self.table.name()), quote(id))
    }

    /// Inserts rows from one array for each column. The name `unnest` of several arrays is a part of the syntax, and has no schema. So the text is the same for any number of rows, and the rows have their order.
    fn insert(&self, rows: &[JudgedRow]) -> Result<Option<Statement>, Error> {
        let (description, (table, id)) = (self.description(), self.names());
        let (mut columns, mut places, mut names, mut parameters) = (vec![], vec![], vec![], vec![]);
        for (number, index) in (1..).zip(inserted(description)) {
            let field = description.field(index);
            let values: Vec<_> = rows
                .iter()
                .map(|row| match row {
                    JudgedRow::New { values, .. } => value(values, index),
                    JudgedRow::Stored { .. } => &Value::Null,
                })
                .collect();
            let list = Parameter::list(field, &values).map_err(|error| description.invalid(index, error))?;
            parameters.push(list);
            columns.push(quote(field.column()));
            places.push(format!("${number}"));
            names.push(format!("c{number}"));
        }
        if columns.is_empty() {
            return Ok(None);
        }
        let (columns, places, names) = (columns.join(", "), places.join(", "), names.join(", "));
        let text = format!(
            "INSERT INTO {table} ({columns}) SELECT {names} FROM unnest({places}) WITH ORDINALITY AS v ({names}, place) \
             ORDER BY place RETURNING {id}"
        );
        Ok(Some(Statement {
            text: text.into(),
            parameters,
        }))
    }

    /// Updates rows to the same values, each with its own next version.
    fn update(&self, rows: &[JudgedRow], values: &Values, ids: Parameter) -> Result<Statement, Error> {
        let (description, (table, id)) = (self.description(), self.names());
        let (mut assigned, mut parameters) = (Vec::new(), vec![ids]);
        for (field, value) in values.iter() {
            parameters.push(parameter(description, field, value)?);
            let column = quote(description.field(field).column());
            assigned.push(format!("{column} = ${}", parameters.len()));
        }
        for (index, field) in (0_u16..).zip(description.fields()) {
            let column = quote(field.column());
            match field.kept() {
                Some(Kept::Version) => assigned.push(format!("{column} = {column} + 1")),
                Some(Kept::Updated) => {
                    parameters.push(parameter(description, index, &self.updated(rows, index)?)?);
                    assigned.push(format!("{column} = GREATEST({column}, ${})", parameters.len()));
                }
                Some(Kept::Created | Kept::Computed) | None => {}
            }
        }
        Ok(Statement {
            text: format!(
                "UPDATE {table} SET {} WHERE {id} = ANY($1) RETURNING {id}",
                assigned.join(", ")
            )
            .into(),
            parameters,
        })
    }

    /// The time of the update: the least that a row gets, so that it is the current time wherever that is the later one.
    fn updated(&self, rows: &[JudgedRow], index: u16) -> Result<Value, Error> {
        let (description, mut least) = (self.description(), None);
        for row in rows {
            if let (JudgedRow::Stored { old, .. }, Some(values)) = (row, self.request.values()) {
                let kept = description.keep_at_update(values, old.row())?;
                if let Some(Value::DateTime(time)) = kept.get(index) {
                    least = Some(least.map_or(*time, |least| std::cmp::min(least, *time)));
                }
            }
        }
        Ok(least.map_or(Value::Null, Value::DateTime))
    }
}

/// The fields that an insert gives values.
fn inserted(description: &'static Description) -> impl Iterator<Item = u16> {
    let fields = (0_u16..).zip(description.fields()).map(|(index, _)| index);
    fields.filter(|index| !(description.id_assigned() && *index == description.id_index()))
}

fn value(values: &Values, field: u16) -> &Value {
    values.get(field).unwrap_or(&Value::Null)
}
