//! The rows behind a reference, as a subquery.

use sea_query::{Query, SelectStatement};

use super::expressions::Expressions;
use super::where_clause;
use crate::field::ValueError;
use crate::manager::{FieldDescription, ReferenceDescription};
use crate::query::{RelatedLookup, Select};

/// The ids of the rows that meet the lookup and that the caller may read.
pub(crate) fn related_ids(
    field: &FieldDescription,
    related: &RelatedLookup,
    expressions: &dyn Expressions,
) -> Result<SelectStatement, ValueError> {
    let description = field.reference().map(ReferenceDescription::description);
    let table = description.and_then(|other| Some((other, other.table()?)));
    let Some((other, table)) = table else {
        return Err(ValueError::new("the field refers to no table"));
    };
    let mut select = Select::new();
    select.filters.push(related.lookup.clone());
    select.condition.clone_from(&related.sight);
    let condition = where_clause::conditions(other, &select, expressions);
    let condition = condition.map_err(|error| ValueError::new(error.to_string()))?;
    Ok(Query::select()
        .column(other.id_field().column())
        .from(table)
        .and_where_option(condition)
        .take())
}
