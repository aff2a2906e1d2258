//! A manager with a field of every type, of an owner, a consumer and a gateway.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::field::{CalendarField, FieldType, InstantField, Nullable, OrderedField, TextField};
use gm_runtime::manager::{Deletes, Details, Filters};
use gm_runtime::query::{Field, Filter, Order};
use gm_runtime::verbs::ById;
use gm_runtime::{Error, GeneralManager, Gm, Manager};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::cell::{Ask, Cell, Op, Plain};
use crate::ruled_sample::{RuledGateway, RuledGatewayCreate, RuledSample, RuledSampleCreate};

#[derive(Clone, Copy, Debug, PartialEq, FieldType)]
pub(crate) enum Stage {
    Planned,
    InProgress,
    #[field_type(rename = "Fertig!")]
    Done,
}

#[derive(Clone, Debug, PartialEq, FieldType)]
pub(crate) enum Mood {
    Good,
    #[field_type(rename = "Ä")]
    Upper,
    #[field_type(rename = "ä%")]
    Percent,
    #[field_type(rename = "")]
    Blank,
    #[field_type(other)]
    Other(String),
}

/// A manager with a field of every type.
macro_rules! sample {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(Clone, Debug, GeneralManager)]
        $(#[$attribute])*
        #[remote_api(
            resource = "samples",
            allow_filter,
            allow_regex,
            allow_detail,
            allow_create,
            allow_update,
            allow_delete,
            websocket_invalidation,
            default_page_size = 3,
            max_page_size = 6
        )]
        pub(crate) struct $name {
            #[field(id)]
            pub(crate) id: String,
            #[field(blank)]
            pub(crate) title: String,
            #[field(blank)]
            pub(crate) note: Option<String>,
            pub(crate) count: i32,
            pub(crate) big: Option<i64>,
            pub(crate) tiny: Option<i8>,
            pub(crate) byte: Option<u8>,
            pub(crate) natural: Option<u64>,
            pub(crate) ratio: f64,
            pub(crate) single: Option<f32>,
            #[field(max_digits = 12, decimal_places = 2)]
            pub(crate) amount: Decimal,
            #[field(max_digits = 18, decimal_places = 6)]
            pub(crate) price: Option<Decimal>,
            pub(crate) due: Option<NaiveDate>,
            pub(crate) starts_at: Option<DateTime<Utc>>,
            pub(crate) clock: Option<NaiveTime>,
            pub(crate) done: bool,
            pub(crate) token: Option<Uuid>,
            pub(crate) bytes: Option<Vec<u8>>,
            pub(crate) data: Option<Json>,
            pub(crate) stage: Option<Stage>,
            #[field(blank)]
            pub(crate) mood: Mood,
            pub(crate) small: Option<i16>,
            pub(crate) port: Option<u16>,
            pub(crate) word: Option<u32>,
        }
    };
}

pub(crate) use sample;

sample! {
    #[database(table = "samples")]
    #[remote_manager(base_url = "http://owner.test")]
    #[permission(read = public, create = public, update = public, delete = public)]
    Sample
}

sample! {
    #[remote_manager(base_url = "http://behind.test", resource = "samples", websocket_invalidation)]
    #[permission(read = public, create = public, update = public, delete = public)]
    GatewaySample
}

/// Calls a macro with every field: its index, its name, its lookups, whether it may be null, and whether a create needs it.
macro_rules! fields {
    ($callback:ident $($arguments:tt)*) => {
        $callback! {
            $($arguments)*
            0 id text value given,
            1 title text value required,
            2 note text null optional,
            3 count ordered value required,
            4 big ordered null optional,
            5 tiny ordered null optional,
            6 byte ordered null optional,
            7 natural ordered null optional,
            8 ratio ordered value required,
            9 single ordered null optional,
            10 amount ordered value required,
            11 price ordered null optional,
            12 due calendar null optional,
            13 starts_at instant null optional,
            14 clock ordered null optional,
            15 done ordered value required,
            16 token ordered null optional,
            17 bytes ordered null optional,
            18 data equal null optional,
            19 stage ordered null optional,
            20 mood ordered value required,
            21 small ordered null optional,
            22 port ordered null optional,
            23 word ordered null optional,
        }
    };
}

pub(crate) const FIELDS: usize = 24;

/// A row, field by field.
pub(crate) type Row = Vec<Cell>;

/// A manager with the fields of [`Sample`].
pub(crate) trait Sampled:
    Manager<Id = String> + for<'x> Filters<'x> + for<'x> Details<'x> + for<'x> Deletes<'x>
{
    fn row(&self) -> Row;

    /// The row with this id.
    fn at(id: &str) -> ById<Self>;

    /// The lookup by the typed handles.
    fn lookup(ask: &Ask) -> Filter<Self>;

    fn order(field: usize, descending: bool) -> Order<Self>;

    /// Writes a new row. A null of an optional field is sent or left out.
    async fn write_new(row: &Row, sends_nulls: bool, gm: &Gm) -> Result<Self, Error>;

    /// Updates these fields of a row to the values of this row.
    async fn write_changes(id: &str, row: &Row, fields: &[usize], gm: &Gm) -> Result<Self, Error>;
}

macro_rules! sampled {
    ($manager:ident $create:ident: $($index:literal $name:ident $class:ident $null:ident $required:ident,)*) => {
        impl Sampled for $manager {
            fn row(&self) -> Row {
                vec![$(self.$name.cell()),*]
            }

            fn at(id: &str) -> ById<Self> {
                Self::by_id(id)
            }

            fn lookup(ask: &Ask) -> Filter<Self> {
                let of = Self::FIELDS;
                match ask.field {
                    $($index => sampled!(@null of.$name, ask, $null).unwrap_or_else(|| $class(of.$name, ask)),)*
                    other => panic!("there is no field {other}"),
                }
            }

            fn order(field: usize, descending: bool) -> Order<Self> {
                let of = Self::FIELDS;
                match field {
                    $($index => sampled!(@order $class of.$name, descending),)*
                    other => panic!("there is no field {other}"),
                }
            }

            async fn write_new(row: &Row, sends_nulls: bool, gm: &Gm) -> Result<Self, Error> {
                let mut draft = Self::create($create {
                    id: Plain::of(&row[0]),
                    title: Plain::of(&row[1]),
                    count: Plain::of(&row[3]),
                    ratio: Plain::of(&row[8]),
                    amount: Plain::of(&row[10]),
                    done: Plain::of(&row[15]),
                    mood: Plain::of(&row[20]),
                });
                $(sampled!(@set draft row sends_nulls $index $name $required);)*
                draft.exec(gm).await
            }

            async fn write_changes(id: &str, row: &Row, fields: &[usize], gm: &Gm) -> Result<Self, Error> {
                let mut draft = Self::by_id(id).update();
                $(sampled!(@change draft row fields $index $name $required);)*
                draft.exec(gm).await
            }
        }
    };
    (@set $draft:ident $row:ident $sends_nulls:ident $index:literal $name:ident optional) => {
        if $sends_nulls || $row[$index] != Cell::Null {
            $draft = $draft.$name(value(Self::FIELDS.$name, &$row[$index]));
        }
    };
    (@set $draft:ident $row:ident $sends_nulls:ident $index:literal $name:ident $given:ident) => {};
    (@change $draft:ident $row:ident $fields:ident $index:literal $name:ident given) => {};
    (@change $draft:ident $row:ident $fields:ident $index:literal $name:ident $settable:ident) => {
        if $fields.contains(&$index) {
            $draft = $draft.$name(value(Self::FIELDS.$name, &$row[$index]));
        }
    };
    (@null $field:expr, $ask:ident, null) => { null($field, $ask) };
    (@null $field:expr, $ask:ident, value) => { None };
    (@order equal $field:expr, $descending:ident) => { panic!("JSON has no order") };
    (@order $class:ident $field:expr, $descending:ident) => {
        if $descending { $field.desc() } else { $field.asc() }
    };
}

fields! { sampled RemoteSample RemoteSampleCreate: }
fields! { sampled RuledSample RuledSampleCreate: }
fields! { sampled RuledGateway RuledGatewayCreate: }

/// A value of the field's type.
fn value<M, T: Plain>(_: Field<M, T>, cell: &Cell) -> T {
    T::of(cell)
}

fn equal<M, T: FieldType + Plain>(field: Field<M, T>, ask: &Ask) -> Filter<M> {
    match ask.op {
        Op::In => field.is_in(ask.values.iter().map(T::of)),
        _ => field.eq(T::of(&ask.values[0])),
    }
}

fn ordered<M, T: OrderedField + Plain>(field: Field<M, T>, ask: &Ask) -> Filter<M> {
    let value = |place: usize| T::of(&ask.values[place]);
    match ask.op {
        Op::Gt => field.gt(value(0)),
        Op::Gte => field.gte(value(0)),
        Op::Lt => field.lt(value(0)),
        Op::Lte => field.lte(value(0)),
        Op::Range => field.range(value(0), value(1)),
        _ => equal(field, ask),
    }
}

fn text<M, T: OrderedField + TextField + Plain>(field: Field<M, T>, ask: &Ask) -> Filter<M> {
    let value = || String::of(&ask.values[0]);
    match ask.op {
        Op::IExact => field.iexact(value()),
        Op::Contains => field.contains(value()),
        Op::IContains => field.icontains(value()),
        Op::StartsWith => field.startswith(value()),
        Op::IStartsWith => field.istartswith(value()),
        Op::EndsWith => field.endswith(value()),
        Op::Regex => field.regex(escaped(&value())),
        Op::IEndsWith => field.iendswith(value()),
        _ => ordered(field, ask),
    }
}

fn calendar<M, T: OrderedField + CalendarField + Plain>(field: Field<M, T>, ask: &Ask) -> Filter<M> {
    match ask.op {
        Op::Year => field.year(ask.number as i32),
        Op::Month => field.month(ask.number as u32),
        Op::Day => field.day(ask.number as u32),
        _ => ordered(field, ask),
    }
}

fn instant<M, T: OrderedField + CalendarField + InstantField + Plain>(
    field: Field<M, T>,
    ask: &Ask,
) -> Filter<M> {
    match ask.op {
        Op::Date => field.date(NaiveDate::of(&ask.values[0])),
        _ => calendar(field, ask),
    }
}

fn null<M, T: Nullable>(field: Field<M, T>, ask: &Ask) -> Option<Filter<M>> {
    (ask.op == Op::IsNull).then(|| field.is_null(ask.flag))
}

/// A pattern that matches the texts that contain this one.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|letter| format!("\\u{{{:x}}}", u32::from(letter)))
        .collect()
}

macro_rules! classes {
    ($($index:literal $name:ident $class:ident $null:ident $required:ident,)*) => {
        /// The lookups of the field with this index, and whether it may be null.
        pub(crate) fn class(field: usize) -> (&'static str, bool) {
            [$((stringify!($class), stringify!($null) == "null")),*][field]
        }
    };
}

fields! { classes }
