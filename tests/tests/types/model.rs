//! Managers with fields of the types that other tests do not use.

use chrono::NaiveTime;
use gm_runtime::GeneralManager;
use gm_runtime::field::{FieldType, NotNull, OrderedField, Value, ValueError, ValueType};
use serde_json::Value as Json;

/// An enum without `other`.
#[derive(Clone, Copy, Debug, PartialEq, FieldType)]
pub(crate) enum Stage {
    Planned,
    InProgress,
    #[field_type(rename = "Fertig!")]
    Done,
}

/// An enum with `other`, for unknown values.
#[derive(Clone, Debug, PartialEq, FieldType)]
pub(crate) enum Mood {
    Good,
    Bad,
    #[field_type(rename = "")]
    Blank,
    #[field_type(rename = "Ä\"\\%_'")]
    Awkward,
    #[field_type(other)]
    Other(String),
}

/// An even number: a custom type with fewer values than its representation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Even(pub(crate) i16);

impl FieldType for Even {
    const VALUE_TYPE: ValueType = i16::VALUE_TYPE;

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn to_value(&self) -> Value {
        self.into_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        let number = i16::from_value(value)?;
        if number % 2 == 0 {
            Ok(Self(number))
        } else {
            Err(ValueError::new("expected an even number"))
        }
    }
}

impl NotNull for Even {}
impl OrderedField for Even {}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "samples")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "samples",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
#[remote_manager(base_url = "http://owner.test")]
pub(crate) struct Sample {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) tiny: Option<i8>,
    pub(crate) short: Option<i16>,
    pub(crate) byte: Option<u8>,
    pub(crate) word: Option<u16>,
    pub(crate) half: Option<u32>,
    pub(crate) natural: Option<u64>,
    pub(crate) single: Option<f32>,
    pub(crate) clock: Option<NaiveTime>,
    #[field(max_length = 300)]
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) data: Option<Json>,
    pub(crate) stage: Option<Stage>,
    #[field(max_length = 20, blank)]
    pub(crate) mood: Option<Mood>,
    pub(crate) even: Option<Even>,
}

/// The same fields without null and with defaults.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "fulls")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "fulls",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
#[remote_manager(base_url = "http://owner.test")]
pub(crate) struct Full {
    #[field(id)]
    pub(crate) id: i64,
    #[field(default = -1)]
    pub(crate) tiny: i8,
    #[field(default = 5)]
    pub(crate) natural: u64,
    #[field(default = 0.1)]
    pub(crate) single: f32,
    #[field(default)]
    pub(crate) clock: NaiveTime,
    #[field(default = b"\x00\xff")]
    pub(crate) bytes: Vec<u8>,
    #[field(default = serde_json::json!({"a": [1, null]}))]
    pub(crate) data: Json,
    #[field(default = Stage::InProgress)]
    pub(crate) stage: Stage,
    #[field(default = Mood::Good)]
    pub(crate) mood: Mood,
    #[field(default = Even(2))]
    pub(crate) even: Even,
}
