/// Handles of the fields of [`WorkItem`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub struct WorkItemFields<__M = WorkItem, __P = ::gm_runtime::__private::Direct> {
    /// `id`
    pub id: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `title`
    pub title: ::gm_runtime::__private::Field<__M, String, __P>,
    /// `note`
    pub note: ::gm_runtime::__private::Field<__M, Option<String>, __P>,
    /// `count`
    pub count: ::gm_runtime::__private::Field<__M, i32, __P>,
    /// `amount`
    pub amount: ::gm_runtime::__private::Field<__M, Decimal, __P>,
    /// `done`
    pub done: ::gm_runtime::__private::Field<__M, bool, __P>,
}
/// The required fields of a new [`WorkItem`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct WorkItemCreate {
    /// What is to be done.
    pub title: String,
    /// `amount`
    pub amount: Decimal,
}
/// A draft of a [`WorkItem`]: setters set its fields, and `exec` writes it.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct WorkItemDraft<K>(::gm_runtime::__private::Draft<K>);
#[allow(dead_code, private_interfaces)]
const _: () = {
    use ::gm_runtime::__private::{
        self as __gm, FieldDescription as __Field, FieldType as __Type,
    };
    impl<__M, __P> ::core::clone::Clone for WorkItemFields<__M, __P> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<__M, __P> ::core::marker::Copy for WorkItemFields<__M, __P> {}
    impl<__M, __P> ::core::fmt::Debug for WorkItemFields<__M, __P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("WorkItemFields")
        }
    }
    impl<__M: 'static, __P: 'static> __gm::Handles for WorkItemFields<__M, __P> {
        const ALL: &'static Self = &Self {
            id: __gm::Field::at(0),
            title: __gm::Field::at(1),
            note: __gm::Field::at(2),
            count: __gm::Field::at(3),
            amount: __gm::Field::at(4),
            done: __gm::Field::at(5),
        };
    }
    type __T2 = Option<String>;
    static __FIELDS: [__Field; 6] = [
        __Field::non_null_column("id", <i64 as __Type>::KIND),
        __Field::non_null_column("title", <String as __Type>::KIND).with_max_length(100),
        __Field::optional_column("note", <__T2 as __Type>::KIND)
            .with_max_length(100)
            .with_blank(),
        __Field::non_null_column("count", <i32 as __Type>::KIND)
            .default_fn(|| <i32 as __Type>::into_value(__gm::IntoField::into_field(1))),
        __Field::non_null("amount", <Decimal as __Type>::KIND).with_decimal(10, 2),
        __Field::non_null_column("done", <bool as __Type>::KIND)
            .with_column("is_done")
            .default_fn(|| <bool as __Type>::into_value(__gm::Default::default())),
    ];
    static __DESCRIPTION: __gm::Description = __gm::Description::with_assigned_id::<
        WorkItem,
    >("WorkItem", &__FIELDS, 0)
        .with_table("work_items")
        .with_api(
            __gm::Api::new("/internal/gm", "work-items")
                .allow(__gm::Operation::Filter)
                .allow(__gm::Operation::Detail)
                .allow(__gm::Operation::Create)
                .allow(__gm::Operation::Update)
                .with_websocket_invalidation()
                .with_page_size(10, 1000),
        )
        .with_permissions(
            __gm::Permissions::none()
                .read(__gm::Rule::Public)
                .create(__gm::Rule::Authenticated)
                .update(__gm::Rule::Authenticated)
                .delete(__gm::Rule::Nobody),
        )
        .with_computed({
            use __gm::NoComputedFields as _;
            __gm::ComputedOf::<WorkItem>::COMPUTED
        });
    impl __gm::Manager for WorkItem {
        type Id = i64;
        type Fields = WorkItemFields;
        type FieldsThrough<__M: 'static, __P: 'static> = WorkItemFields<__M, __P>;
        type Update = WorkItemDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
        #[inline]
        fn start_update(
            id: i64,
            version: ::core::option::Option<i64>,
        ) -> WorkItemDraft<__gm::Patch> {
            WorkItemDraft(
                __gm::Draft::patch(<i64 as __Type>::to_value(&id))
                    .expect_version(version),
            )
        }
        #[inline]
        fn id(&self) -> &i64 {
            &self.id
        }
        #[inline]
        fn to_record(&self) -> __gm::Record {
            __gm::Record::new(
                ::core::convert::From::from([
                    <i64 as __Type>::to_value(&self.id),
                    <String as __Type>::to_value(&self.title),
                    <__T2 as __Type>::to_value(&self.note),
                    <i32 as __Type>::to_value(&self.count),
                    <Decimal as __Type>::to_value(&self.amount),
                    <bool as __Type>::to_value(&self.done),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<i64 as __Type>::from_value)?,
                title: values.take(<String as __Type>::from_value)?,
                note: values.take(<__T2 as __Type>::from_value)?,
                count: values.take(<i32 as __Type>::from_value)?,
                amount: values.take(<Decimal as __Type>::from_value)?,
                done: values.take(<bool as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for WorkItem {}
    impl<'x> __gm::Details<'x> for WorkItem {}
    impl<'x> __gm::Creates<'x> for WorkItem {}
    impl<'x> __gm::Updates<'x> for WorkItem {}
    impl<'x> __gm::Deletes<'x> for WorkItem {}
    impl<'x> __gm::Watches<'x> for WorkItem {}
    impl __gm::Exposed for WorkItem {}
    impl WorkItem {
        /// A query of all rows.
        #[inline]
        pub fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        pub fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<WorkItemFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        pub fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<WorkItemFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        pub fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<WorkItemFields, O>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().order_by(ordering)
        }
        /// Reads all rows.
        ///
        /// # Errors
        /// An error of the storage or of the other service.
        #[inline]
        pub fn all(gm: &__gm::Gm) -> __gm::ReadFuture<'_, __gm::Rows<Self>> {
            __gm::Query::new().all(gm)
        }
        /// Counts all rows.
        ///
        /// # Errors
        /// An error of the storage or of the other service.
        #[inline]
        pub fn count(gm: &__gm::Gm) -> __gm::ReadFuture<'_, u64> {
            __gm::Query::<Self>::new().count(gm)
        }
        /// Reads the row with this id.
        #[inline]
        pub fn get(gm: &__gm::Gm, id: i64) -> __gm::ReadFuture<'_, Self> {
            __gm::ReadFuture::row(gm, id)
        }
        /// A stream of the changes of rows.
        #[inline]
        pub fn changes(gm: &__gm::Gm) -> __gm::Changes<Self> {
            __gm::Changes::new(gm)
        }
        /// The row with this id, without reading it.
        #[inline]
        pub fn by_id(id: i64) -> __gm::ById<Self> {
            __gm::ById::new(id)
        }
        /// Starts a new row. The draft's setters set optional fields, and `exec` writes the row.
        #[inline]
        pub fn create(row: WorkItemCreate) -> WorkItemDraft<__gm::Insert> {
            WorkItemDraft(
                __gm::Draft::insert()
                    .set(1, row.title, <String as __Type>::into_value)
                    .set(4, row.amount, <Decimal as __Type>::into_value),
            )
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        pub fn create_many<R: ::core::convert::Into<WorkItemDraft<__gm::Insert>>>(
            rows: impl ::core::iter::IntoIterator<Item = R>,
        ) -> __gm::CreateMany<Self> {
            __gm::CreateMany::new(
                rows,
                |row| {
                    <R as ::core::convert::Into<WorkItemDraft<__gm::Insert>>>::into(row)
                        .0
                },
            )
        }
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        #[inline]
        pub fn update(&self) -> WorkItemDraft<__gm::Patch> {
            WorkItemDraft(__gm::Draft::patch(<i64 as __Type>::to_value(&self.id)))
        }
        /// Deletes this row.
        #[inline]
        pub fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()> {
            __gm::WriteFuture::delete::<Self>(gm, &self.id)
        }
    }
    impl<__K> WorkItemDraft<__K> {
        /// Sets `note`.
        pub fn note(self, value: impl __gm::IntoField<Option<String>>) -> Self {
            Self(self.0.set_from(2, value, <__T2 as __Type>::into_value))
        }
        /// Sets `count`.
        pub fn count(self, value: impl __gm::IntoField<i32>) -> Self {
            Self(self.0.set_from(3, value, <i32 as __Type>::into_value))
        }
        /// Sets `done`.
        pub fn done(self, value: impl __gm::IntoField<bool>) -> Self {
            Self(self.0.set_from(5, value, <bool as __Type>::into_value))
        }
        /// Sets the reason of the write, for owners that keep a history.
        pub fn history_comment(
            self,
            comment: impl ::core::convert::Into<::std::string::String>,
        ) -> Self {
            Self(self.0.history_comment(comment))
        }
        /// Writes the row, and returns it as it is stored. After `update_all` it writes every row that matches, and returns
        /// the number of changed rows.
        ///
        /// # Errors
        /// Invalid values, a denied permission, a conflict, or an error of the storage or of the other
        /// service.
        pub fn exec(self, gm: &__gm::Gm) -> __gm::WriteFuture<'_, __K::Written<WorkItem>>
        where
            __K: __gm::DraftKind,
        {
            self.0.exec::<WorkItem>(gm)
        }
    }
    impl<__K: __gm::WriteKind> __gm::IntoBatch for WorkItemDraft<__K> {
        type Manager = WorkItem;
        fn into_batch(self) -> __gm::BatchDraft<WorkItem> {
            ::core::convert::Into::into(self.0.into_write())
        }
    }
    #[doc(hidden)]
    impl<__K> ::core::future::Future for WorkItemDraft<__K>
    where
        __gm::Draft<__K>: __gm::Awaitable<WorkItem>,
    {
        type Output = ::core::result::Result<WorkItem, __gm::Error>;
        fn poll(
            self: ::core::pin::Pin<&mut Self>,
            _: &mut ::core::task::Context<'_>,
        ) -> ::core::task::Poll<Self::Output> {
            <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
        }
    }
    impl<__K> WorkItemDraft<__K>
    where
        __K: __gm::UpdateKind,
    {
        /// Sets `title`.
        pub fn title(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(1, value, <String as __Type>::into_value))
        }
        /// Sets `amount`.
        pub fn amount(self, value: impl __gm::IntoField<Decimal>) -> Self {
            Self(self.0.set_from(4, value, <Decimal as __Type>::into_value))
        }
    }
    impl ::core::convert::From<WorkItemCreate> for WorkItemDraft<__gm::Insert> {
        fn from(row: WorkItemCreate) -> Self {
            WorkItem::create(row)
        }
    }
    impl<'x> __gm::WritesMany<'x> for WorkItem {
        type UpdateAll = WorkItemDraft<__gm::PatchAll>;
        fn start_update_all(draft: __gm::Draft<__gm::PatchAll>) -> Self::UpdateAll {
            WorkItemDraft(draft)
        }
    }
};
