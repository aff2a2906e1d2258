//! The typed handle of a field, which lookups and orderings are made of.

use std::marker::PhantomData;

use chrono::NaiveDate;

use super::{
    CalendarField, FieldType, Filterable, InstantField, IntoField, Nullable, OrderedField, Sortable,
    TextField, Unlimited,
};
use crate::query::{Direction, Filter, Lookup, Operand, Operator, Order};

/// The handle of a field of type `T` of the manager `M`: what the closures of `filter`, `exclude` and `order_by`
/// are given, one for each field.
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
/// A handle is branded with its manager, so a field of one can't slip into the query of another, and each
/// lookup is there only for the fields that have it.
///
/// `A` says what a query may do with the field: a field that is declared with `filter = false` has no lookups, and one
/// with `order = false` no order.
pub struct Field<M, T, A = Unlimited> {
    index: u16,
    brand: PhantomData<fn() -> (M, T)>,
    access: PhantomData<fn() -> A>,
}

impl<M, T, A> Clone for Field<M, T, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, A> Copy for Field<M, T, A> {}

impl<M, T, A> std::fmt::Debug for Field<M, T, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({})", self.index)
    }
}

impl<M, T, A> Field<M, T, A> {
    // Not bound by `FieldType`: an unsupported type is reported once, where the field is described.
    /// The handle of the field at this place of the manager's description. Called by the derive's expansion.
    #[doc(hidden)]
    #[must_use]
    pub const fn at(index: u16) -> Self {
        Self {
            index,
            brand: PhantomData,
            access: PhantomData,
        }
    }

    /// The field's place in its manager's description.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.index
    }
}

// The bounds are those of the methods, so that the compiler speaks of them in the words of their traits.
impl<M, T, A> Field<M, T, A> {
    fn lookup(self, operator: Operator, operand: Operand) -> Filter<M> {
        Filter::from(Lookup {
            field: self.index,
            operator,
            operand,
        })
    }

    fn one(self, operator: Operator, value: impl IntoField<T>) -> Filter<M>
    where
        T: FieldType,
    {
        self.lookup(operator, Operand::Value(value.into_field().into_value()))
    }

    /// Rows whose value equals this one. `None` finds the rows without a value.
    pub fn eq(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: FieldType,
    {
        self.one(Operator::Exact, value)
    }

    /// Rows whose value is one of these; an empty list matches nothing, a `None` in it matches null.
    pub fn is_in<V: IntoField<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M>
    where
        A: Filterable,
        T: FieldType,
    {
        let values = values
            .into_iter()
            .map(|value| value.into_field().into_value())
            .collect();
        self.lookup(Operator::In, Operand::List(values))
    }

    /// Rows without a value (`true`), or with one (`false`).
    pub fn is_null(self, null: bool) -> Filter<M>
    where
        A: Filterable,
        T: Nullable,
    {
        self.lookup(Operator::IsNull, Operand::Flag(null))
    }

    /// Rows whose value is greater.
    pub fn gt(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        self.one(Operator::Gt, value)
    }

    /// Rows whose value is greater or equal.
    pub fn gte(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        self.one(Operator::Gte, value)
    }

    /// Rows whose value is less.
    pub fn lt(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        self.one(Operator::Lt, value)
    }

    /// Rows whose value is less or equal.
    pub fn lte(self, value: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        self.one(Operator::Lte, value)
    }

    /// Rows whose value lies between these two, both included.
    pub fn range(self, from: impl IntoField<T>, to: impl IntoField<T>) -> Filter<M>
    where
        A: Filterable,
        T: OrderedField,
    {
        let ends = vec![from.into_field().into_value(), to.into_field().into_value()];
        self.lookup(Operator::Range, Operand::List(ends))
    }

    fn text(self, operator: Operator, text: impl Into<String>) -> Filter<M> {
        self.lookup(operator, Operand::Value(super::Value::Text(text.into())))
    }

    /// Rows whose text equals this one when case is ignored.
    pub fn iexact(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::IExact, text)
    }

    /// Rows whose text contains this one.
    pub fn contains(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::Contains, text)
    }

    /// Rows whose text contains this one when case is ignored.
    pub fn icontains(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::IContains, text)
    }

    /// Rows whose text starts with this one.
    pub fn startswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::StartsWith, text)
    }

    /// Rows whose text starts with this one when case is ignored.
    pub fn istartswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::IStartsWith, text)
    }

    /// Rows whose text ends with this one.
    pub fn endswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::EndsWith, text)
    }

    /// Rows whose text ends with this one when case is ignored.
    pub fn iendswith(self, text: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::IEndsWith, text)
    }

    /// Rows whose text this pattern matches somewhere: `^` and `$` bind it to the whole. Its syntax is that of the crate
    /// [`regex`](https://docs.rs/regex) where the owner of the rows is of this framework, and it may have 1,000 bytes
    /// and 24 classes in brackets. A query has at most four of them.
    ///
    /// An owner's own code may ask for it; callers may where the owner's `#[remote_api(..)]` has `allow_regex`.
    pub fn regex(self, pattern: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::Regex, pattern)
    }

    /// Rows whose text this pattern matches somewhere when case is ignored; see [`regex`](Self::regex).
    pub fn iregex(self, pattern: impl Into<String>) -> Filter<M>
    where
        A: Filterable,
        T: TextField,
    {
        self.text(Operator::IRegex, pattern)
    }

    /// Rows of this year (in UTC).
    pub fn year(self, year: i32) -> Filter<M>
    where
        A: Filterable,
        T: CalendarField,
    {
        self.lookup(Operator::Year, Operand::Number(year.into()))
    }

    /// Rows of this month of any year, 1 to 12 (in UTC).
    pub fn month(self, month: u32) -> Filter<M>
    where
        A: Filterable,
        T: CalendarField,
    {
        self.lookup(Operator::Month, Operand::Number(month.into()))
    }

    /// Rows of this day of any month, 1 to 31 (in UTC).
    pub fn day(self, day: u32) -> Filter<M>
    where
        A: Filterable,
        T: CalendarField,
    {
        self.lookup(Operator::Day, Operand::Number(day.into()))
    }

    /// Rows whose instant falls on this day (in UTC).
    pub fn date(self, day: NaiveDate) -> Filter<M>
    where
        A: Filterable,
        T: InstantField,
    {
        self.lookup(Operator::Date, Operand::Value(super::Value::Date(day)))
    }

    /// Smallest first; rows without a value last.
    #[must_use]
    pub fn asc(self) -> Order<M>
    where
        A: Sortable,
        T: OrderedField,
    {
        Order::new(self.index, Direction::Ascending)
    }

    /// Greatest first; rows without a value last.
    #[must_use]
    pub fn desc(self) -> Order<M>
    where
        A: Sortable,
        T: OrderedField,
    {
        Order::new(self.index, Direction::Descending)
    }
}
