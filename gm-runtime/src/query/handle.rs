//! The typed handle of a field, with its lookups and orders.

use std::marker::PhantomData;

use chrono::NaiveDate;

use super::access::{FilterAndOrder, Filterable, Sortable};
use super::path::{Direct, OfOwnRow, Path};
use super::{Direction, Filter, Lookup, Operand, Operator, Order};
use crate::field::{
    CalendarField, FieldType, InstantField, IntoField, Nullable, OrderedField, TextField, Value,
};

/// The handle of a field of type `T` of the manager `M`. The closures of `filter`, `exclude` and `order_by` receive one for
/// each field.
///
/// ```
/// # use gm_runtime::GeneralManager;
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[remote_manager(base_url = "http://localhost", resource = "projects")]
/// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String, pub status: String }
/// let query = RemoteProject::filter(|p| p.status.eq("active") & p.name.icontains("alpha"))
///     .order_by(|p| p.name.desc());
/// ```
///
/// The handle has the type of its manager, so that a query accepts the fields of its own manager only. Each lookup exists
/// only for the fields that support it.
///
/// `P` is the way from a row of `M` to the row of the field: [`Direct`] for a field of `M`, or the
/// references [`Through`](super::Through) which the field is reached.
///
/// `A` marks what a query may do with the field. A field with `filter = false` has no lookups, and one with
/// `order = false` has no order.
pub struct Field<M, T, P = Direct, A = FilterAndOrder> {
    index: u16,
    brand: PhantomData<fn() -> (M, T)>,
    access: PhantomData<fn() -> (P, A)>,
}

impl<M, T, P, A> Clone for Field<M, T, P, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, P, A> Copy for Field<M, T, P, A> {}

impl<M, T, P, A> std::fmt::Debug for Field<M, T, P, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({})", self.index)
    }
}

impl<M, T, P, A> Field<M, T, P, A> {
    // Without the bound `FieldType`, so that an unsupported type is reported once, at the field's description.
    /// The handle of the field with this index in the manager's description. The derive calls it.
    #[doc(hidden)]
    #[must_use]
    pub const fn at(index: u16) -> Self {
        Self {
            index,
            brand: PhantomData,
            access: PhantomData,
        }
    }

    /// The index of the field in the manager's description.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.index
    }
}

// The bounds are on the methods, so that the compiler reports them with the messages of their traits. Each method is compiled
// for every manager that uses it, so code that needs no type of a manager is in functions outside.
impl<M, T, P: Path, A> Field<M, T, P, A> {
    /// Rows whose value equals this one. `None` finds the rows without a value.
    pub fn eq(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: FieldType,
    {
        filter::<M, P>(of_value(
            self.index,
            Operator::Exact,
            value.into_field().into_value(),
        ))
    }

    /// Rows whose value is one of these. An empty list matches no row, and a `None` in the list matches null.
    pub fn is_in<V: IntoField<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M>
    where
        A: Filterable,
        T: FieldType,
    {
        let values = values
            .into_iter()
            .map(|value| value.into_field().into_value())
            .collect();
        filter::<M, P>(lookup(self.index, Operator::In, Operand::List(values)))
    }

    /// Rows without a value (`true`), or with one (`false`).
    pub fn is_null(self, null: bool) -> Filter<M>
    where
        A: Filterable,
        T: Nullable,
    {
        filter::<M, P>(lookup(self.index, Operator::IsNull, Operand::Flag(null)))
    }

    /// Rows whose value is greater.
    pub fn gt(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        filter::<M, P>(of_value(
            self.index,
            Operator::Gt,
            value.into_field().into_value(),
        ))
    }

    /// Rows whose value is greater or equal.
    pub fn gte(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        filter::<M, P>(of_value(
            self.index,
            Operator::Gte,
            value.into_field().into_value(),
        ))
    }

    /// Rows whose value is less.
    pub fn lt(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        filter::<M, P>(of_value(
            self.index,
            Operator::Lt,
            value.into_field().into_value(),
        ))
    }

    /// Rows whose value is less or equal.
    pub fn lte(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        filter::<M, P>(of_value(
            self.index,
            Operator::Lte,
            value.into_field().into_value(),
        ))
    }

    /// Rows whose value is between these two, both included.
    pub fn range(self, from: impl IntoField<T>, to: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        let ends = vec![from.into_field().into_value(), to.into_field().into_value()];
        filter::<M, P>(lookup(self.index, Operator::Range, Operand::List(ends)))
    }

    /// Rows whose text equals this one when case is ignored.
    pub fn iexact(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::IExact, text.into()))
    }

    /// Rows whose text contains this one.
    pub fn contains(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::Contains, text.into()))
    }

    /// Rows whose text contains this one when case is ignored.
    pub fn icontains(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::IContains, text.into()))
    }

    /// Rows whose text starts with this one.
    pub fn startswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::StartsWith, text.into()))
    }

    /// Rows whose text starts with this one when case is ignored.
    pub fn istartswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::IStartsWith, text.into()))
    }

    /// Rows whose text ends with this one.
    pub fn endswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::EndsWith, text.into()))
    }

    /// Rows whose text ends with this one when case is ignored.
    pub fn iendswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::IEndsWith, text.into()))
    }

    /// Rows whose text contains a match of this pattern. `^` and `$` anchor it to the whole text.
    ///
    /// An owner that uses this framework has the syntax of the crate [`regex`](https://docs.rs/regex).
    ///
    /// # Limits
    /// A pattern has at most 1,000 bytes and 24 classes (`[..]`, `\p`). A query has at most four patterns.
    ///
    /// An owner's own code may always use patterns. Callers need `allow_regex` in the owner's `#[remote_api(..)]`.
    pub fn regex(self, pattern: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::Regex, pattern.into()))
    }

    /// Rows whose text contains a match of this pattern when case is ignored. See [`regex`](Self::regex).
    pub fn iregex(self, pattern: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        filter::<M, P>(of_text(self.index, Operator::IRegex, pattern.into()))
    }

    /// Rows of this year (in UTC).
    pub fn year(self, year: i32) -> Filter<M>
    where
        A: Filterable,
        T: CalendarField,
    {
        filter::<M, P>(lookup(self.index, Operator::Year, Operand::Number(year.into())))
    }

    /// Rows of this month of any year, 1 to 12 (in UTC).
    pub fn month(self, month: u32) -> Filter<M>
    where
        A: Filterable,
        T: CalendarField,
    {
        filter::<M, P>(lookup(self.index, Operator::Month, Operand::Number(month.into())))
    }

    /// Rows of this day of any month, 1 to 31 (in UTC).
    pub fn day(self, day: u32) -> Filter<M>
    where
        A: Filterable,
        T: CalendarField,
    {
        filter::<M, P>(lookup(self.index, Operator::Day, Operand::Number(day.into())))
    }

    /// Rows whose instant falls on this day (in UTC).
    pub fn date(self, day: NaiveDate) -> Filter<M>
    where
        A: Filterable,
        T: InstantField,
    {
        filter::<M, P>(lookup(
            self.index,
            Operator::Date,
            Operand::Value(Value::Date(day)),
        ))
    }

    /// The smallest value first, and rows without a value last.
    #[must_use]
    pub fn asc(self) -> Order<M>
    where
        A: Sortable,
        P: OfOwnRow,
        T: OrderedField,
    {
        Order::new(self.index, Direction::Ascending)
    }

    /// The greatest value first, and rows without a value last.
    #[must_use]
    pub fn desc(self) -> Order<M>
    where
        A: Sortable,
        P: OfOwnRow,
        T: OrderedField,
    {
        Order::new(self.index, Direction::Descending)
    }
}

#[inline]
fn filter<M, P: Path>(lookups: Vec<Lookup>) -> Filter<M> {
    Filter::new(P::through(lookups))
}

#[inline]
fn of_value(field: u16, operator: Operator, value: Value) -> Vec<Lookup> {
    lookup(field, operator, Operand::Value(value))
}

#[inline]
fn of_text(field: u16, operator: Operator, text: String) -> Vec<Lookup> {
    of_value(field, operator, Value::Text(text))
}

#[inline]
fn lookup(field: u16, operator: Operator, operand: Operand) -> Vec<Lookup> {
    vec![Lookup {
        field,
        operator,
        operand,
    }]
}
