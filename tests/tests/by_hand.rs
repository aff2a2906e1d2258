//! What the derive should emit for a WorkItem-like struct, written by hand.
#![allow(missing_docs)]
use gm_runtime as gm;
use rust_decimal::Decimal;

#[derive(Clone, Debug)]
pub struct Item {
    pub id: i64,
    pub title: String,
    pub note: Option<String>,
    pub count: i32,
    pub amount: Decimal,
}

// ---- fields.rs
/// The typed handles of the fields of [`Item`], for `filter`, `exclude` and `order_by`.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct ItemFields {
    /// `id`
    pub id: gm::__private::Field<Item, i64>,
    /// `title`
    pub title: gm::__private::Field<Item, String>,
    pub note: gm::__private::Field<Item, Option<String>>,
    pub count: gm::__private::Field<Item, i32>,
    pub amount: gm::__private::Field<Item, Decimal>,
}

// ---- inputs.rs
/// The fields that a new [`Item`] must be given.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct ItemCreate {
    pub title: String,
    pub amount: Decimal,
}

/// An [`Item`] that is being written: setters, then `exec`.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct ItemDraft<K>(gm::__private::Draft<Item, K>);

const _: () = {
    use gm::__private as __gm;

    static FIELDS: [__gm::FieldDescription; 5] = [
        __gm::FieldDescription::new::<i64>("id"),
        __gm::FieldDescription::new::<String>("title").with_max_length(100),
        __gm::FieldDescription::new::<Option<String>>("note"),
        __gm::FieldDescription::new::<i32>("count").with_default(__gm::FieldDefault::Value(|| {
            <i32 as __gm::FieldType>::into_value(<i32 as ::core::default::Default>::default())
        })),
        __gm::FieldDescription::new::<Decimal>("amount").with_decimal(10, 2),
    ];
    static DESCRIPTION: __gm::Description = __gm::Description::new::<i64>("Item", &FIELDS, 0)
        .with_table("items")
        .with_api(__gm::Api::new("/internal/gm", "items").allow(__gm::Operation::Filter))
        .with_permissions(__gm::Permissions::none().read(__gm::Rule::Public));

    impl __gm::Manager for Item {
        type Id = i64;
        type Fields = ItemFields;
        type Update = ItemDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &DESCRIPTION;
        fn fields() -> ItemFields {
            ItemFields {
                id: __gm::Field::at(0),
                title: __gm::Field::at(1),
                note: __gm::Field::at(2),
                count: __gm::Field::at(3),
                amount: __gm::Field::at(4),
            }
        }
        fn start_update(id: i64) -> ItemDraft<__gm::Patch> {
            ItemDraft(__gm::Draft::patch(id))
        }
        fn id(&self) -> &i64 {
            &self.id
        }
        fn to_record(&self) -> __gm::Record {
            __gm::Record::new(::std::vec![
                __gm::FieldType::to_value(&self.id),
                __gm::FieldType::to_value(&self.title),
                __gm::FieldType::to_value(&self.note),
                __gm::FieldType::to_value(&self.count),
                __gm::FieldType::to_value(&self.amount),
            ])
        }
        fn from_record(mut record: __gm::Record) -> ::core::result::Result<Self, __gm::RecordError> {
            ::core::result::Result::Ok(Self {
                id: record.take(0)?,
                title: record.take(1)?,
                note: record.take(2)?,
                count: record.take(3)?,
                amount: record.take(4)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for Item {}
    impl<'x> __gm::Details<'x> for Item {}
    impl<'x> __gm::Creates<'x> for Item {}
    impl<'x> __gm::Updates<'x> for Item {}
    impl __gm::Exposed for Item {}

    impl Item {
        /// Every row.
        pub fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        pub fn filter(
            conditions: impl ::core::ops::FnOnce(ItemFields) -> __gm::Filter<Self>,
        ) -> __gm::Query<Self> {
            Self::query().filter(conditions)
        }
        pub fn get(gm: &__gm::Gm, id: impl __gm::IntoField<i64>) -> __gm::Get<'_, Self>
        where
            for<'x> Self: __gm::Details<'x>,
        {
            __gm::Get::new(gm, id.into_field())
        }
        pub fn by_id(id: impl __gm::IntoField<i64>) -> __gm::ById<Self> {
            __gm::ById::new(id)
        }
        pub fn create(row: ItemCreate) -> ItemDraft<__gm::Insert>
        where
            for<'x> Self: __gm::Creates<'x>,
        {
            ItemDraft(
                __gm::Draft::insert()
                    .set::<String>(1, row.title)
                    .set::<Decimal>(4, row.amount),
            )
        }
        pub fn update(&self) -> ItemDraft<__gm::Patch>
        where
            for<'x> Self: __gm::Updates<'x>,
        {
            <Self as __gm::Manager>::start_update(self.id)
        }
        pub fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::Delete<'g, Self>
        where
            for<'x> Self: __gm::Deletes<'x>,
        {
            __gm::Delete::new(gm, self.id)
        }
    }
    impl<K: __gm::WriteKind> ItemDraft<K> {
        pub fn note(self, note: impl __gm::IntoField<Option<String>>) -> Self {
            Self(self.0.set(2, note))
        }
        pub fn count(self, count: impl __gm::IntoField<i32>) -> Self {
            Self(self.0.set(3, count))
        }
        pub fn history_comment(self, comment: impl ::core::convert::Into<::std::string::String>) -> Self {
            Self(self.0.history_comment(comment))
        }
        pub fn exec(
            self,
            gm: &__gm::Gm,
        ) -> impl ::core::future::Future<Output = ::core::result::Result<Item, __gm::Error>> + ::core::marker::Send
        {
            self.0.exec(gm)
        }
    }
    impl ItemDraft<__gm::Patch> {
        pub fn title(self, title: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set(1, title))
        }
    }
};

fn assert_send<T: Send>(t: T) -> T {
    t
}

#[allow(dead_code)]
async fn usage(gm: &gm::Gm) -> Result<(), gm::Error> {
    let q = Item::filter(|p| p.title.eq("x") & p.note.icontains("a") & p.count.gt(3) & p.note.eq(None))
        .order_by(|p| [p.title.asc(), p.count.desc()]);
    let rows = assert_send(q.all(gm)).await?;
    for r in &rows {
        println!("{}", r.title);
    }
    let one = Item::get(gm, 42).await?;
    let c = assert_send(
        Item::create(ItemCreate {
            title: "a".into(),
            amount: Decimal::ONE,
        })
        .count(3)
        .note(None)
        .exec(gm),
    )
    .await?;
    let u = c.update().title("x").note("y").exec(gm).await?;
    Item::by_id(3).update().count(2).exec(gm).await?;
    let _ = (one, u);
    Ok(())
}

#[test]
fn describes() {
    assert_eq!(<Item as gm::Manager>::DESCRIPTION.fields().len(), 5);
}
