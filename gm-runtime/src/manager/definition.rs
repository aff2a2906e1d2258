//! The trait that the derive implements.

use std::any::{Any, TypeId};

use super::row_id::RowId;
use super::{Description, FieldDescription, Record, ReferenceDescription, RowDecoder, Values};
use crate::error::{Error, RecordError};
use crate::field::{IdType, Value};

/// A struct with `#[derive(GeneralManager)]`. Its rows can be queried and written, in this service's storage or in another
/// service's.
///
/// The derive implements it. It is not implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a manager",
    label = "this struct has no `#[derive(GeneralManager)]`",
    note = "add `#[derive(GeneralManager)]` to `{Self}`, with `#[database(..)]`, `#[manager(interface = ..)]` or `#[remote_manager(..)]`"
)]
pub trait Manager: Clone + Send + Sync + 'static {
    /// The type of the field marked `#[field(id)]`.
    type Id: IdType;
    /// The typed handles of the fields, which the closures of queries receive.
    type Fields: Handles;
    /// The typed handles of the fields of a row that a row of `M` refers to by the references `P`.
    #[doc(hidden)]
    type FieldsThrough<M: 'static, P: 'static>: Handles;
    /// The draft that updates a row.
    type Update;

    /// The declaration of the struct and its fields.
    const DESCRIPTION: &'static Description;

    /// The typed handles of the fields.
    const FIELDS: Self::Fields = *<Self::Fields as Handles>::ALL;

    /// Starts an update of the row with this id, which expects this version of the row.
    #[doc(hidden)]
    fn start_update(id: Self::Id, version: Option<i64>) -> Self::Update;

    /// The row's id.
    fn id(&self) -> &Self::Id;

    /// The row as a record of values.
    fn to_record(&self) -> Record;

    /// The row of these values. `None` if a value does not fit its field's type; the decoder then has the error.
    #[doc(hidden)]
    fn decode(values: &mut RowDecoder<'_>) -> Option<Self>;

    /// Checks the row as a create does, without writing it: types, lengths and all other rules of the fields, and
    /// `#[manager(validate)]`. It is for rows that reach the storage without the framework, such as those of an import.
    ///
    /// It does not check what only the storage knows: whether a `unique` value or the id is taken.
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
    /// [`Error::Invalid`] with all errors of the row.
    fn check(&self) -> Result<(), Error> {
        Self::DESCRIPTION.check_row(self.to_record())
    }

    /// Checks these values as an update does, without writing them. It checks neither other fields nor the row as a whole.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all errors of the values.
    fn check_values(values: &Values) -> Result<(), Error> {
        Self::DESCRIPTION.check_values(values.clone()).map(drop)
    }

    /// The row of this record, as [`to_record`](Self::to_record) returned it.
    ///
    /// # Errors
    /// If a value does not fit its field's type.
    fn from_record(mut record: Record) -> Result<Self, RecordError> {
        decode_row(record.values_mut())
    }
}

/// The handles of all fields of a manager. The derive implements it for the struct of the handles.
pub trait Handles: Copy + 'static {
    /// The handles.
    #[doc(hidden)]
    const ALL: &'static Self;
}

impl ReferenceDescription {
    /// A reference to a row of `M`. The name is that of the row on the wire.
    #[must_use]
    pub const fn to<M: Manager>(name: &'static str) -> Self {
        Self::new(name, TypeId::of::<M>, description_of::<M>)
    }

    /// The description of the other row's manager.
    #[must_use]
    pub fn description(&self) -> &'static Description {
        static UNKNOWN: Description = Description::new::<i64>("?", &[], 0);
        (self.description)().downcast_ref().unwrap_or(&UNKNOWN)
    }
}

fn description_of<M: Manager>() -> &'static (dyn Any + Send + Sync) {
    M::DESCRIPTION
}

/// The row of these values, which are moved out.
pub(crate) fn decode_row<M: Manager>(values: &mut [Value]) -> Result<M, RecordError> {
    let id = RowId::of(values.get(usize::from(M::DESCRIPTION.id_index())));
    let mut values = RowDecoder::of(values);
    match M::decode(&mut values) {
        Some(row) => Ok(row),
        None => Err(values.into_error(&id)),
    }
}

impl Description {
    /// A manager whose id is written as `i64`. The derive calls it in const evaluation, so that a wrong spelling is a compile
    /// error.
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
            "this `i64` is not the primitive type: give the type another name"
        );
        Self::of(name, fields, id, id_assigned)
    }

    /// A manager whose id is not written as `i64`. See [`with_assigned_id`](Self::with_assigned_id).
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
            "this type is an alias of `i64`: write `i64`, because the derive sees only how a type is written"
        );
        Self::of(name, fields, id, id_assigned)
    }
}

impl Error {
    /// The error of a row whose values do not fit its manager.
    pub(crate) fn record(description: &Description, error: RecordError) -> Self {
        Self::Record {
            manager: description.name(),
            field: description.field(error.field).name(),
            row: error.row,
            message: error.source.message().into(),
        }
    }
}
