//! A write of a row.

use super::{Guard, IdempotencyKey, InFlight};
use crate::error::{Error, FieldError, Operation};
use crate::field::Value;
use crate::manager::{Description, Purpose, Values};

/// A write of a row, whose values are judged.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// Adds a row of these values.
    Create(Values),
    /// Gives these fields of a row new values.
    Update(Value, Values),
    /// Removes a row, with a comment for its history.
    Delete(Value, Option<String>),
}

impl Write {
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::Create,
            Self::Update(..) => Operation::Update,
            Self::Delete(..) => Operation::Delete,
        }
    }
}

/// A write before its values are judged, with the errors of the values that could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) write: Write,
    pub(crate) errors: Vec<FieldError>,
    /// The version that the row must have.
    pub(crate) expected_version: Option<i64>,
    pub(crate) key: Option<IdempotencyKey>,
}

impl From<Write> for Proposal {
    fn from(write: Write) -> Self {
        Self {
            write,
            errors: Vec::new(),
            expected_version: None,
            key: None,
        }
    }
}

impl Proposal {
    /// The write, with its values judged for storage in this process and the defaults of a new row filled in.
    pub(crate) fn complete(self, description: &'static Description) -> Result<Write, Error> {
        self.normalize(description, Purpose::Store)
    }

    /// The write, with its values judged as far as their types. The owner judges lengths and the like, and has the
    /// defaults.
    pub(crate) fn forward(self, description: &'static Description) -> Result<Write, Error> {
        self.normalize(description, Purpose::Compare)
    }

    fn normalize(self, description: &'static Description, purpose: Purpose) -> Result<Write, Error> {
        let Self {
            write, mut errors, ..
        } = self;
        if let Write::Create(values) | Write::Update(_, values) = &write {
            description.refuse_kept(values, &mut errors);
        }
        let write = match write {
            Write::Create(values) => {
                let mut values = description.normalize_values(values, purpose, &mut errors);
                if purpose == Purpose::Store {
                    description.complete(&mut values, &mut errors);
                }
                Write::Create(values)
            }
            Write::Update(id, values) => {
                Write::Update(id, description.normalize_values(values, purpose, &mut errors))
            }
            delete @ Write::Delete(..) => delete,
        };
        description.refuse(errors).map(|()| write)
    }
}

/// A write for the storage, with what the storage judges by the row that is there when it writes.
pub(crate) struct WriteRequest {
    pub(crate) write: Write,
    /// The rules of the caller. `None` for the service's own code, and if no rule depends on the row.
    pub(crate) guard: Option<Box<Guard>>,
    /// The version that the row must have. `None` for a write of any version.
    pub(crate) expected_version: Option<i64>,
    /// Whether an update counts as a change, whatever the stored values are. The caller gave a value to a field that it may not
    /// read, and a validation or a new version would tell whether this is the stored value.
    pub(crate) counts_as_changed: bool,
    /// The idempotency key. A key of a request is given only to storage that announces the extension: the storage looks its answer up
    /// before it judges the write, and stores the answer with the write.
    pub(crate) key: Option<IdempotencyKey>,
    /// Held until the write has ended, even if its caller is cancelled.
    pub(crate) in_flight: InFlight,
}
