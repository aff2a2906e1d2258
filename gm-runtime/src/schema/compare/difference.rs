//! A difference between two schemas.

use crate::condition::Operator;
use crate::manager::{Kept, Operation};
use crate::schema::{IntegerRange, SchemaType};

/// A difference between two schemas of a resource: an older and a newer one, or what a consumer's struct expects and what its owner
/// serves.
///
/// Its text says what differs, such as "`RemoteTicket.priority` is an integer here and text at the owner".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The resource's name: `tickets`.
    pub resource: String,
    /// The field's name on the wire. `None` for a difference of the whole resource.
    pub field: Option<String>,
    /// What differs.
    pub kind: DifferenceKind,
    /// Whom the difference breaks.
    pub breaks: Breaks,
    /// Whether each read, or each write of the field, fails. Otherwise only some values fail, such as a name that was added to an enum.
    pub always: bool,
    pub(super) perspective: Perspective,
    /// What the text calls the resource: its name, or the consumer's struct.
    pub(super) subject: String,
}

/// Whom a difference breaks. A level includes those before it: what breaks readers may break writers, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Breaks {
    /// Nobody: both sides go on as before.
    Nobody,
    /// Writers: the owner refuses writes that it accepted before, or that the consumer's struct allows.
    Writers,
    /// Readers: the consumer can't read a row, or the owner refuses a query.
    Readers,
}

/// What differs. `from` is the older schema or the consumer's struct, `to` the newer schema or the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// The resource is not served any more.
    ResourceRemoved,
    /// The resource is new.
    ResourceAdded,
    /// The protocol version differs.
    ProtocolVersion {
        /// The version before.
        from: String,
        /// The version now.
        to: String,
    },
    /// Another field is the id.
    Id {
        /// The name of the id's field before.
        from: String,
        /// The name of the id's field now.
        to: String,
    },
    /// The owner does not offer an operation, or never permits it to this caller.
    OperationRemoved(Operation),
    /// The owner offers another operation.
    OperationAdded(Operation),
    /// No websocket announces changes.
    WebsocketRemoved,
    /// A websocket announces changes.
    WebsocketAdded,
    /// The owner does not announce an extension of the protocol.
    FeatureRemoved(String),
    /// The owner announces another extension of the protocol.
    FeatureAdded(String),
    /// The maximum page size differs.
    MaxPageSize {
        /// The size before.
        from: u64,
        /// The size now.
        to: u64,
    },
    /// The owner has no such field, or this caller may neither read nor write it.
    FieldRemoved,
    /// The owner has another field.
    FieldAdded {
        /// Whether a create needs it.
        required: bool,
    },
    /// The type of the values differs.
    Type {
        /// The type before.
        from: SchemaType,
        /// The type now.
        to: SchemaType,
    },
    /// The range of an integer's type differs.
    Range {
        /// The range before.
        from: Option<IntegerRange>,
        /// The range now.
        to: Option<IntegerRange>,
    },
    /// The value may be null.
    NullAllowed,
    /// The value may not be null.
    NullForbidden,
    /// This caller may write the field and not read it.
    ReadForbidden,
    /// This caller may read the field.
    ReadAllowed,
    /// A create needs the field.
    Required,
    /// A create does not need the field.
    NotRequired,
    /// A create may not give the field.
    CreateForbidden,
    /// A create may give the field.
    CreateAllowed,
    /// An update may not change the field.
    UpdateForbidden,
    /// An update may change the field.
    UpdateAllowed,
    /// The values are names of an enum, and were any text.
    NamesOnly,
    /// The values are any text, and were names of an enum.
    AnyText,
    /// The enum has further names.
    NamesAdded(Vec<String>),
    /// The enum lacks names.
    NamesRemoved(Vec<String>),
    /// The maximum length differs.
    MaxLength {
        /// The length before.
        from: Option<u32>,
        /// The length now.
        to: Option<u32>,
    },
    /// Empty text is refused.
    BlankForbidden,
    /// Empty text is accepted.
    BlankAllowed,
    /// The digits of a decimal differ.
    Digits {
        /// The digits before, in total and after the point.
        from: Option<(u32, u32)>,
        /// The digits now, in total and after the point.
        to: Option<(u32, u32)>,
    },
    /// The minimum differs.
    Min {
        /// The minimum before.
        from: Option<String>,
        /// The minimum now.
        to: Option<String>,
    },
    /// The maximum differs.
    Max {
        /// The maximum before.
        from: Option<String>,
        /// The maximum now.
        to: Option<String>,
    },
    /// The pattern differs.
    Pattern {
        /// The pattern before.
        from: Option<String>,
        /// The pattern now.
        to: Option<String>,
    },
    /// No two rows may have the same value.
    UniqueAdded,
    /// Two rows may have the same value.
    UniqueRemoved,
    /// A create without the field gets a default.
    DefaultAdded,
    /// A create without the field gets no default.
    DefaultRemoved,
    /// What the owner keeps in the field differs.
    Kept {
        /// What it was before.
        from: Option<Kept>,
        /// What it is now.
        to: Option<Kept>,
    },
    /// Queries may not filter by these lookups.
    LookupsRemoved(Vec<Operator>),
    /// Queries may filter by further lookups.
    LookupsAdded(Vec<Operator>),
    /// Queries may not order by the field.
    OrderRemoved,
    /// Queries may order by the field.
    OrderAdded,
    /// The field refers to the rows of another resource, to none, or by another name.
    Reference {
        /// The resource and the name in lookups before.
        from: Option<(String, String)>,
        /// The resource and the name in lookups now.
        to: Option<(String, String)>,
    },
}

/// What is compared, which decides the words, and what counts as a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Perspective {
    /// An older and a newer schema. Everything in the older one is a promise to consumers.
    Versions,
    /// A consumer's struct and the schema of its owner. The struct expects only what it declares.
    Consumer,
}
