//! A manager with a field of every type.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::__private as p;
use gm_runtime::Manager;
use gm_runtime::field::Field;
use rust_decimal::Decimal;
use uuid::Uuid;

macro_rules! manager {
    ($name:ident, $fields:ident, $id:ty, $table:literal, [$($index:literal $field:ident: $type:ty = $description:expr),* $(,)?]) => {
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $(pub $field: $type),* }
        #[derive(Clone, Copy)]
        pub struct $fields { $(pub $field: Field<$name, $type>),* }
        const _: () = {
            static FIELDS: &[p::FieldDescription] = &[$($description),*];
            static DESCRIPTION: p::Description =
                p::Description::new::<$id>(stringify!($name), FIELDS, 0).with_table($table);
            impl Manager for $name {
                type Id = $id;
                type Fields = $fields;
                type Update = p::Draft<$name, p::Patch>;
                const DESCRIPTION: &'static p::Description = &DESCRIPTION;
                fn fields() -> $fields { $fields { $($field: Field::at($index)),* } }
                fn start_update(id: $id) -> Self::Update { p::Draft::patch(id) }
                fn id(&self) -> &$id { &self.id }
                fn to_record(&self) -> p::Record {
                    p::Record::new(vec![$(p::FieldType::to_value(&self.$field)),*])
                }
                fn from_record(mut record: p::Record) -> Result<Self, p::RecordError> {
                    Ok(Self { $($field: record.take($index)?),* })
                }
            }
            impl<'x> p::Filters<'x> for $name {}
            impl<'x> p::Details<'x> for $name {}
            impl<'x> p::Creates<'x> for $name {}
            impl<'x> p::Updates<'x> for $name {}
            impl<'x> p::Deletes<'x> for $name {}
        };
    };
}

manager!(Item, ItemFields, i64, "items", [
    0 id: i64 = p::FieldDescription::new::<i64>("id"),
    1 title: String = p::FieldDescription::new::<String>("title").with_blank(),
    2 note: Option<String> = p::FieldDescription::new::<Option<String>>("note").with_blank().with_column("remark"),
    3 count: i32 = p::FieldDescription::new::<i32>("count"),
    4 big: Option<i64> = p::FieldDescription::new::<Option<i64>>("big"),
    5 amount: Decimal = p::FieldDescription::new::<Decimal>("amount").with_decimal(10, 2)
        .with_default(p::FieldDefault::Value(|| p::Value::Decimal(Decimal::ZERO))),
    6 price: Option<Decimal> = p::FieldDescription::new::<Option<Decimal>>("price").with_decimal(18, 6),
    7 ratio: f64 = p::FieldDescription::new::<f64>("ratio"),
    8 due: Option<NaiveDate> = p::FieldDescription::new::<Option<NaiveDate>>("due"),
    9 starts_at: Option<DateTime<Utc>> = p::FieldDescription::new::<Option<DateTime<Utc>>>("starts_at"),
    10 done: bool = p::FieldDescription::new::<bool>("done"),
    11 token: Option<Uuid> = p::FieldDescription::new::<Option<Uuid>>("token"),
]);
