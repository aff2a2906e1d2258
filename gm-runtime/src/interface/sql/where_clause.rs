//! `WHERE`: the lookups of a query, and the condition of its caller.

use sea_query::{CaseStatement, Expr, ExprTrait};

use super::condition::{self, Accepted};
use super::expressions::Expressions;
use super::lookup::{self, is_not_true};
use crate::error::Error;
use crate::field::ValueType;
use crate::manager::Description;
use crate::query::{Lookup, Operator, Select};

/// The condition of a query. `None` if every row matches.
///
/// The caller's lookups whose time depends on the text of a row are evaluated on the rows in sight alone, so that their time
/// tells nothing of the other rows (`docs/design/storage.md`, section Conditions).
pub(super) fn conditions(
    description: &'static Description,
    select: &Select,
    expressions: &dyn Expressions,
) -> Result<Option<Expr>, Error> {
    let every = |_: &&Lookup| true;
    let sight = match &select.condition {
        None => Accepted::Every,
        Some(tree) => condition::accepted(description, tree, expressions),
    };
    let sight = match sight {
        Accepted::Every => {
            let filters = conjunction(description, &select.filters, every, expressions)?;
            let excludes = conjunction(description, &select.excludes, every, expressions)?.map(is_not_true);
            return Ok(both(filters, excludes));
        }
        Accepted::None => return Ok(Some(lookup::nothing())),
        Accepted::Where(sight) => sight,
    };
    let is_costly = |lookup: &&Lookup| depends_on_length(description, lookup);
    let filters = conjunction(
        description,
        &select.filters,
        |lookup| !is_costly(lookup),
        expressions,
    )?;
    let costly = conjunction(description, &select.filters, is_costly, expressions)?;
    let excludes = conjunction(description, &select.excludes, every, expressions)?.map(is_not_true);
    let (cheap, costly) = if select.excludes.iter().any(|lookup| is_costly(&lookup)) {
        (filters, both(costly, excludes))
    } else {
        (both(filters, excludes), costly)
    };
    let costly = costly.map(|costly| CaseStatement::new().case(sight.clone(), costly).into());
    Ok(both(both(Some(sight), cheap), costly))
}

/// Whether the lookup reads the whole text of a field, in one of our functions or in `substr`. No index on the column answers
/// such a lookup.
pub(crate) fn depends_on_length(description: &Description, lookup: &Lookup) -> bool {
    lookup.operator.is_for_text()
        || (description.field(lookup.field).value_type() == ValueType::Json
            && lookup.operator != Operator::IsNull)
}

fn both(left: Option<Expr>, right: Option<Expr>) -> Option<Expr> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.and(right)),
        (left, right) => left.or(right),
    }
}

/// The condition that all of these lookups hold which `is_wanted` accepts.
fn conjunction(
    description: &'static Description,
    lookups: &[Lookup],
    is_wanted: impl Fn(&&Lookup) -> bool,
    expressions: &dyn Expressions,
) -> Result<Option<Expr>, Error> {
    let mut all: Option<Expr> = None;
    for lookup in lookups.iter().filter(is_wanted) {
        let field = description.field(lookup.field);
        let condition = lookup::expression(field, lookup, expressions)
            .map_err(|error| description.invalid(lookup.field, error))?;
        all = both(all, Some(condition));
    }
    Ok(all)
}
