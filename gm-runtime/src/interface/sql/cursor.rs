//! The rows behind a cursor, as a condition.

use sea_query::{Expr, ExprTrait};

use super::expressions::Expressions;
use crate::error::Error;
use crate::manager::Description;
use crate::query::{Direction, Position};

/// A field of the ordering, and its value before the position.
struct Key {
    column: Expr,
    /// `None` for null.
    value: Option<Expr>,
    direction: Direction,
    nullable: bool,
}

impl Key {
    /// Whether the column has a later value. `None` if there is none, since null is last in both directions.
    fn is_later(&self) -> Option<Expr> {
        let value = self.value.clone()?;
        let later = match self.direction {
            Direction::Ascending => self.column.clone().gt(value),
            Direction::Descending => self.column.clone().lt(value),
        };
        Some(match self.nullable {
            true => later.or(self.column.clone().is_null()),
            false => later,
        })
    }

    fn is_equal(&self) -> Expr {
        match &self.value {
            Some(value) => self.column.clone().eq(value.clone()),
            None => self.column.clone().is_null(),
        }
    }

    /// Whether the column has the value or a later one, where an index answers this.
    fn is_not_earlier(&self) -> Option<Expr> {
        let value = self.value.clone().filter(|_| !self.nullable)?;
        Some(match self.direction {
            Direction::Ascending => self.column.clone().gte(value),
            Direction::Descending => self.column.clone().lte(value),
        })
    }
}

/// The condition of the rows behind a position.
///
/// Row values are compared if all directions are equal and no field may be null, so that an index on the ordering answers the
/// whole condition. Otherwise the condition is expanded, and an index answers its first part, the range of the first field
/// (`docs/design/storage.md`, section Cursors).
pub(super) fn behind(
    description: &'static Description,
    position: &Position,
    expressions: &dyn Expressions,
) -> Result<Option<Expr>, Error> {
    let mut keys = Vec::with_capacity(position.keys().len());
    for (order, value) in position.keys() {
        let field = description.field(order.field);
        let operand = (!value.is_null()).then(|| expressions.operand(field, value));
        keys.push(Key {
            column: expressions.ordered_column(field),
            value: operand
                .transpose()
                .map_err(|error| description.invalid(order.field, error))?,
            direction: order.direction,
            nullable: field.nullable(),
        });
    }
    if let Some(compared) = row_values(&keys) {
        return Ok(Some(compared));
    }
    let bound = keys
        .first()
        .filter(|_| keys.len() > 1)
        .and_then(Key::is_not_earlier);
    let mut behind: Option<Expr> = None;
    for key in keys.iter().rev() {
        let equal = behind.map(|rest| key.is_equal().and(rest));
        behind = match (key.is_later(), equal) {
            (Some(later), Some(equal)) => Some(later.or(equal)),
            (later, equal) => later.or(equal),
        };
    }
    Ok(match (bound, behind) {
        (Some(bound), Some(behind)) => Some(bound.and(behind)),
        (_, behind) => behind,
    })
}

/// `(a, b) > (x, y)`, if all directions are equal and no field may be null.
fn row_values(keys: &[Key]) -> Option<Expr> {
    let direction = keys.first().map(|key| key.direction)?;
    let is_same = |key: &Key| key.direction == direction && !key.nullable;
    if keys.len() < 2 || !keys.iter().all(is_same) {
        return None;
    }
    let columns = keys.iter().map(|key| key.column.clone());
    let values = keys
        .iter()
        .map(|key| key.value.clone())
        .collect::<Option<Vec<_>>>()?;
    let (columns, values) = (Expr::tuple(columns), Expr::tuple(values));
    Some(match direction {
        Direction::Ascending => columns.gt(values),
        Direction::Descending => columns.lt(values),
    })
}
