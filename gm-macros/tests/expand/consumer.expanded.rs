/// Handles of the fields of [`Label`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub(crate) struct LabelFields<__M = Label, __P = ::gm_runtime::__private::Direct> {
    /// `id`
    pub(crate) id: ::gm_runtime::__private::Field<__M, Uuid, __P>,
    /// `colour`
    pub(crate) colour: ::gm_runtime::__private::Field<__M, String, __P>,
    /// `type`
    pub(crate) r#type: ::gm_runtime::__private::Field<__M, Option<i64>, __P>,
}
/// The required fields of a new [`Label`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub(crate) struct LabelCreate {
    /// `id`
    pub(crate) id: Uuid,
}
/// A draft of a [`Label`]: setters set its fields, and `exec` writes it.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub(crate) struct LabelDraft<K>(::gm_runtime::__private::Draft<K>);
#[allow(dead_code, private_interfaces)]
const _: () = {
    use ::gm_runtime::__private::{
        self as __gm, FieldDescription as __Field, FieldType as __Type,
    };
    impl<__M, __P> ::core::clone::Clone for LabelFields<__M, __P> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<__M, __P> ::core::marker::Copy for LabelFields<__M, __P> {}
    impl<__M, __P> ::core::fmt::Debug for LabelFields<__M, __P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("LabelFields")
        }
    }
    impl<__M: 'static, __P: 'static> __gm::Handles for LabelFields<__M, __P> {
        const ALL: &'static Self = &Self {
            id: __gm::Field::at(0),
            colour: __gm::Field::at(1),
            r#type: __gm::Field::at(2),
        };
    }
    type __T2 = Option<i64>;
    static __FIELDS: [__Field; 3] = [
        __Field::non_null("id", <Uuid as __Type>::KIND),
        __Field::non_null("colour", <String as __Type>::KIND)
            .with_default(__gm::FieldDefault::Owner),
        __Field::optional("type", <__T2 as __Type>::KIND),
    ];
    static __DESCRIPTION: __gm::Description = __gm::Description::with_given_id::<
        Label,
    >("Label", &__FIELDS, 0)
        .with_remote(
            __gm::Remote::new("https://labels.example.com", "/gm", "labels")
                .with_operations(
                    __gm::Operations::none()
                        .with(__gm::Operation::Filter)
                        .with(__gm::Operation::Detail)
                        .with(__gm::Operation::Create),
                )
                .with_websocket_invalidation()
                .with_protocol_version("v1"),
        );
    impl __gm::Manager for Label {
        type Id = Uuid;
        type Fields = LabelFields;
        type FieldsThrough<__M: 'static, __P: 'static> = LabelFields<__M, __P>;
        type Update = LabelDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
        #[inline]
        fn start_update(
            id: Uuid,
            version: ::core::option::Option<i64>,
        ) -> LabelDraft<__gm::Patch> {
            LabelDraft(
                __gm::Draft::patch(<Uuid as __Type>::to_value(&id))
                    .expect_version(version),
            )
        }
        #[inline]
        fn id(&self) -> &Uuid {
            &self.id
        }
        #[inline]
        fn to_record(&self) -> __gm::Record {
            __gm::Record::new(
                ::core::convert::From::from([
                    <Uuid as __Type>::to_value(&self.id),
                    <String as __Type>::to_value(&self.colour),
                    <__T2 as __Type>::to_value(&self.r#type),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<Uuid as __Type>::from_value)?,
                colour: values.take(<String as __Type>::from_value)?,
                r#type: values.take(<__T2 as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for Label {}
    impl<'x> __gm::Details<'x> for Label {}
    impl<'x> __gm::Creates<'x> for Label {}
    impl<'x> __gm::Watches<'x> for Label {}
    impl __gm::Invalidates for Label {}
    __gm::with_client! {
        impl Label { #[doc = r" The URL of the websocket with the changes."] pub (crate)
        fn websocket_invalidation_url(gm : & __gm::Gm) -> ::core::result::Result <
        ::std::string::String, __gm::Error > { __gm::websocket_invalidation_url:: < Self
        > (gm) } #[doc =
        r" Invalidates the cache by this event. Returns false for an event of another resource, base path or"]
        #[doc = r" protocol version."] pub (crate) fn handle_invalidation_event(gm : &
        __gm::Gm, event : & __gm::InvalidationEvent) -> bool {
        __gm::handle_invalidation_event:: < Self > (gm, event) } }
    }
    impl Label {
        /// A query of all rows.
        #[inline]
        pub(crate) fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        pub(crate) fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<LabelFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        pub(crate) fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<LabelFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        pub(crate) fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<LabelFields, O>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().order_by(ordering)
        }
        /// Reads all rows.
        ///
        /// # Errors
        /// An error of the storage or of the other service.
        #[inline]
        pub(crate) fn all(gm: &__gm::Gm) -> __gm::ReadFuture<'_, __gm::Rows<Self>> {
            __gm::Query::new().all(gm)
        }
        /// Counts all rows.
        ///
        /// # Errors
        /// An error of the storage or of the other service.
        #[inline]
        pub(crate) fn count(gm: &__gm::Gm) -> __gm::ReadFuture<'_, u64> {
            __gm::Query::<Self>::new().count(gm)
        }
        /// Reads the row with this id.
        #[inline]
        pub(crate) fn get(gm: &__gm::Gm, id: Uuid) -> __gm::ReadFuture<'_, Self> {
            __gm::ReadFuture::row(gm, id)
        }
        /// A stream of the changes of rows.
        #[inline]
        pub(crate) fn changes(gm: &__gm::Gm) -> __gm::Changes<Self> {
            __gm::Changes::new(gm)
        }
        /// The row with this id, without reading it.
        #[inline]
        pub(crate) fn by_id(id: Uuid) -> __gm::ById<Self> {
            __gm::ById::new(id)
        }
        /// Starts a new row. The draft's setters set optional fields, and `exec` writes the row.
        #[inline]
        pub(crate) fn create(row: LabelCreate) -> LabelDraft<__gm::Insert> {
            LabelDraft(
                __gm::Draft::insert().set(0, row.id, <Uuid as __Type>::into_value),
            )
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        pub(crate) fn create_many<R>(
            _: impl ::core::iter::IntoIterator<Item = R>,
        ) -> __gm::CreateMany<Self>
        where
            for<'x> Self: __gm::WritesMany<'x>,
        {
            __gm::CreateMany::none()
        }
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        #[inline]
        pub(crate) fn update(&self) -> LabelDraft<__gm::Patch>
        where
            for<'x> Self: __gm::Updates<'x>,
        {
            LabelDraft(__gm::Draft::patch(<Uuid as __Type>::to_value(&self.id)))
        }
        /// Deletes this row.
        #[inline]
        pub(crate) fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()>
        where
            for<'x> Self: __gm::Deletes<'x>,
        {
            __gm::WriteFuture::delete::<Self>(gm, &self.id)
        }
    }
    impl<__K> LabelDraft<__K> {
        /// Sets `colour`.
        pub(crate) fn colour(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(1, value, <String as __Type>::into_value))
        }
        /// Sets `type`.
        pub(crate) fn r#type(self, value: impl __gm::IntoField<Option<i64>>) -> Self {
            Self(self.0.set_from(2, value, <__T2 as __Type>::into_value))
        }
        /// Sets the reason of the write, for owners that keep a history.
        pub(crate) fn history_comment(
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
        pub(crate) fn exec(
            self,
            gm: &__gm::Gm,
        ) -> __gm::WriteFuture<'_, __K::Written<Label>>
        where
            __K: __gm::DraftKind,
        {
            self.0.exec::<Label>(gm)
        }
    }
    impl<__K: __gm::WriteKind> __gm::IntoBatch for LabelDraft<__K> {
        type Manager = Label;
        fn into_batch(self) -> __gm::BatchDraft<Label> {
            ::core::convert::Into::into(self.0.into_write())
        }
    }
    #[doc(hidden)]
    impl<__K> ::core::future::Future for LabelDraft<__K>
    where
        __gm::Draft<__K>: __gm::Awaitable<Label>,
    {
        type Output = ::core::result::Result<Label, __gm::Error>;
        fn poll(
            self: ::core::pin::Pin<&mut Self>,
            _: &mut ::core::task::Context<'_>,
        ) -> ::core::task::Poll<Self::Output> {
            <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
        }
    }
};
