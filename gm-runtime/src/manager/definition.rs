//! The trait that the derive implements.

use super::{Description, FieldDescription, Record, RowDecoder, Values};
use crate::error::{Error, RecordError};
use crate::field::{IdType, Value};

/// A struct that carries `#[derive(GeneralManager)]`: rows of it can be queried and written, in this service's
/// storage or in another service's.
///
/// Implemented by the derive, never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a manager",
    label = "this struct has no `#[derive(GeneralManager)]`",
    note = "add `#[derive(GeneralManager)]` to `{Self}`, with `#[database(..)]`, `#[manager(interface = ..)]` or `#[remote_manager(..)]`"
)]
pub trait Manager: Clone + Send + Sync + 'static {
    /// The type of the field marked `#[field(id)]`.
    type Id: IdType;
    /// The typed handles that the closures of queries are given.
    type Fields;
    /// The chain of setters that changes a row.
    type Update;

    /// What was declared.
    const DESCRIPTION: &'static Description;

    /// The typed handles of the fields.
    const FIELDS: Self::Fields;

    /// Starts a change of the row of this id.
    #[doc(hidden)]
    fn start_update(id: Self::Id) -> Self::Update;

    /// The row's id.
    fn id(&self) -> &Self::Id;

    /// The row without its type.
    fn to_record(&self) -> Record;

    /// The row of these values; nothing where one does not fit its field's type.
    #[doc(hidden)]
    fn decode(values: &mut RowDecoder<'_>) -> Option<Self>;

    /// Judges the row as a create of it would, and writes nothing: types, lengths and every other rule of a field, and
    /// `#[manager(validate)]`. It is for rows that reach the storage past the framework, such as those of an import.
    ///
    /// What only the storage knows is not judged: whether a `unique` value or the id is taken.
    ///
    /// ```
    /// # use gm_runtime::GeneralManager;
    /// use gm_runtime::Manager as _;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 5)] pub name: String }
    /// let imported = Project { id: 7, name: "too long".into() };
    /// let error = imported.check().unwrap_err();
    /// assert_eq!(error.to_string(), "`Project`.`name`: expected at most 5 characters");
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong.
    fn check(&self) -> Result<(), Error> {
        Self::DESCRIPTION.check_row(self.to_record())
    }

    /// Judges these values as an update to them would, and writes nothing. Fields that are not among them are not judged, and
    /// neither is the row as a whole.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong.
    fn check_values(values: &Values) -> Result<(), Error> {
        Self::DESCRIPTION.check_values(values.clone()).map(drop)
    }

    /// The row that [`to_record`](Self::to_record) took apart.
    ///
    /// # Errors
    /// When a value does not fit its field's type.
    fn from_record(mut record: Record) -> Result<Self, RecordError> {
        decode_row(record.values_mut())
    }
}

/// Moves the values of a row into it.
pub(crate) fn decode_row<M: Manager>(values: &mut [Value]) -> Result<M, RecordError> {
    let mut values = RowDecoder::of(values);
    match M::decode(&mut values) {
        Some(row) => Ok(row),
        None => Err(values.into_error()),
    }
}

impl Description {
    /// A manager whose id is written as `i64`. Evaluated while the manager's crate is compiled, as
    /// [`with_given_id`](Self::with_given_id) is.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn with_assigned_id<M: Manager>(
        name: &'static str,
        fields: &'static [FieldDescription],
        id: u16,
    ) -> Self {
        let id_assigned = <M::Id as IdType>::ASSIGNED;
        assert!(
            id_assigned,
            "this `i64` is not the primitive type; give it another name"
        );
        Self::of(name, fields, id, id_assigned)
    }

    /// A manager whose id is not written as `i64`.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn with_given_id<M: Manager>(
        name: &'static str,
        fields: &'static [FieldDescription],
        id: u16,
    ) -> Self {
        let id_assigned = <M::Id as IdType>::ASSIGNED;
        assert!(
            !id_assigned,
            "the type of this id is `i64` under another name; write `i64`, which the derive can see"
        );
        Self::of(name, fields, id, id_assigned)
    }
}

impl Error {
    /// A row that does not fit its manager.
    pub(crate) fn record(description: &Description, error: RecordError) -> Self {
        Self::Record {
            manager: description.name(),
            field: description.field(error.field).name(),
            message: error.source.message().to_owned(),
        }
    }
}
