/// Handles of the fields of [`Ticket`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub struct TicketFields<__M = Ticket, __P = ::gm_runtime::__private::Direct> {
    /// `id`
    pub id: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `title`
    pub title: ::gm_runtime::__private::Field<__M, String, __P>,
    /// `customer_id`
    pub customer_id: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `previous_ticket_id`
    pub previous_ticket_id: ::gm_runtime::__private::Field<__M, Option<i64>, __P>,
    /// The row of `customer_id`
    pub customer: ::gm_runtime::__private::Reference<
        __M,
        Customer,
        ::gm_runtime::__private::Through<__P, 2>,
    >,
    /// The row of `previous_ticket_id`
    pub previous_ticket: ::gm_runtime::__private::Reference<
        __M,
        Ticket,
        ::gm_runtime::__private::Through<__P, 3>,
    >,
}
/// The required fields of a new [`Ticket`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct TicketCreate {
    /// `title`
    pub title: String,
    /// `customer_id`
    pub customer_id: i64,
}
/// A draft of a [`Ticket`]: setters set its fields, and `exec` writes it.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct TicketDraft<K>(::gm_runtime::__private::Draft<K>);
#[allow(dead_code, private_interfaces)]
const _: () = {
    use ::gm_runtime::__private::{
        self as __gm, FieldDescription as __Field, FieldType as __Type,
    };
    impl<__M, __P> ::core::clone::Clone for TicketFields<__M, __P> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<__M, __P> ::core::marker::Copy for TicketFields<__M, __P> {}
    impl<__M, __P> ::core::fmt::Debug for TicketFields<__M, __P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("TicketFields")
        }
    }
    impl<__M: 'static, __P: 'static> __gm::Handles for TicketFields<__M, __P> {
        const ALL: &'static Self = &Self {
            id: __gm::Field::at(0),
            title: __gm::Field::at(1),
            customer_id: __gm::Field::at(2),
            previous_ticket_id: __gm::Field::at(3),
            customer: __gm::Reference::new(),
            previous_ticket: __gm::Reference::new(),
        };
    }
    const __REFERENCE_2: __gm::ReferenceRead<i64, Customer> = __gm::reference_to::<
        Customer,
        _,
    >("customer");
    const __REFERENCE_3: __gm::ReferenceRead<
        Option<i64>,
        ::core::option::Option<Ticket>,
    > = __gm::optional_reference_to::<Ticket, _>("previous");
    type __T3 = Option<i64>;
    static __FIELDS: [__Field; 4] = [
        __Field::non_null_column("id", <i64 as __Type>::KIND),
        __Field::non_null_column("title", <String as __Type>::KIND),
        __Field::non_null_column("customer_id", <i64 as __Type>::KIND)
            .with_reference(__REFERENCE_2.description()),
        __Field::optional_column("previous_ticket_id", <__T3 as __Type>::KIND)
            .with_name("previous_id")
            .with_reference(
                __REFERENCE_3.description().with_on_delete(__gm::OnDelete::SetNull),
            ),
    ];
    static __DESCRIPTION: __gm::Description = __gm::Description::with_assigned_id::<
        Ticket,
    >("Ticket", &__FIELDS, 0)
        .with_table("tickets");
    impl __gm::Manager for Ticket {
        type Id = i64;
        type Fields = TicketFields;
        type FieldsThrough<__M: 'static, __P: 'static> = TicketFields<__M, __P>;
        type Update = TicketDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
        #[inline]
        fn start_update(
            id: i64,
            version: ::core::option::Option<i64>,
        ) -> TicketDraft<__gm::Patch> {
            TicketDraft(
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
                    <i64 as __Type>::to_value(&self.customer_id),
                    <__T3 as __Type>::to_value(&self.previous_ticket_id),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<i64 as __Type>::from_value)?,
                title: values.take(<String as __Type>::from_value)?,
                customer_id: values.take(<i64 as __Type>::from_value)?,
                previous_ticket_id: values.take(<__T3 as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for Ticket {}
    impl<'x> __gm::Details<'x> for Ticket {}
    impl<'x> __gm::Creates<'x> for Ticket {}
    impl<'x> __gm::Updates<'x> for Ticket {}
    impl<'x> __gm::Deletes<'x> for Ticket {}
    impl<'x> __gm::Watches<'x> for Ticket {}
    impl Ticket {
        /// A query of all rows.
        #[inline]
        pub fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        pub fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<TicketFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        pub fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<TicketFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        pub fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<TicketFields, O>,
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
        pub fn create(row: TicketCreate) -> TicketDraft<__gm::Insert> {
            TicketDraft(
                __gm::Draft::insert()
                    .set(1, row.title, <String as __Type>::into_value)
                    .set(2, row.customer_id, <i64 as __Type>::into_value),
            )
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        pub fn create_many<R: ::core::convert::Into<TicketDraft<__gm::Insert>>>(
            rows: impl ::core::iter::IntoIterator<Item = R>,
        ) -> __gm::CreateMany<Self> {
            __gm::CreateMany::new(
                rows,
                |row| {
                    <R as ::core::convert::Into<TicketDraft<__gm::Insert>>>::into(row).0
                },
            )
        }
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        #[inline]
        pub fn update(&self) -> TicketDraft<__gm::Patch> {
            TicketDraft(__gm::Draft::patch(<i64 as __Type>::to_value(&self.id)))
        }
        /// Deletes this row.
        #[inline]
        pub fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()> {
            __gm::WriteFuture::delete::<Self>(gm, &self.id)
        }
        /// Reads the row of `customer_id`.
        #[inline]
        pub fn customer<'g>(&self, gm: &'g __gm::Gm) -> __gm::ReadFuture<'g, Customer> {
            __REFERENCE_2.read(gm, &self.customer_id)
        }
        /// Reads the row of `previous_ticket_id`.
        #[inline]
        pub fn previous_ticket<'g>(
            &self,
            gm: &'g __gm::Gm,
        ) -> __gm::ReadFuture<'g, ::core::option::Option<Ticket>> {
            __REFERENCE_3.read(gm, &self.previous_ticket_id)
        }
    }
    impl<__K> TicketDraft<__K> {
        /// Sets `previous_ticket_id`.
        pub fn previous_ticket_id(
            self,
            value: impl __gm::IntoField<Option<i64>>,
        ) -> Self {
            Self(self.0.set_from(3, value, <__T3 as __Type>::into_value))
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
        pub fn exec(self, gm: &__gm::Gm) -> __gm::WriteFuture<'_, __K::Written<Ticket>>
        where
            __K: __gm::DraftKind,
        {
            self.0.exec::<Ticket>(gm)
        }
    }
    impl<__K: __gm::WriteKind> __gm::IntoBatch for TicketDraft<__K> {
        type Manager = Ticket;
        fn into_batch(self) -> __gm::BatchDraft<Ticket> {
            ::core::convert::Into::into(self.0.into_write())
        }
    }
    #[doc(hidden)]
    impl<__K> ::core::future::Future for TicketDraft<__K>
    where
        __gm::Draft<__K>: __gm::Awaitable<Ticket>,
    {
        type Output = ::core::result::Result<Ticket, __gm::Error>;
        fn poll(
            self: ::core::pin::Pin<&mut Self>,
            _: &mut ::core::task::Context<'_>,
        ) -> ::core::task::Poll<Self::Output> {
            <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
        }
    }
    impl<__K> TicketDraft<__K>
    where
        __K: __gm::UpdateKind,
    {
        /// Sets `title`.
        pub fn title(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(1, value, <String as __Type>::into_value))
        }
        /// Sets `customer_id`.
        pub fn customer_id(self, value: impl __gm::IntoField<i64>) -> Self {
            Self(self.0.set_from(2, value, <i64 as __Type>::into_value))
        }
    }
    impl ::core::convert::From<TicketCreate> for TicketDraft<__gm::Insert> {
        fn from(row: TicketCreate) -> Self {
            Ticket::create(row)
        }
    }
    impl<'x> __gm::WritesMany<'x> for Ticket {
        type UpdateAll = TicketDraft<__gm::PatchAll>;
        fn start_update_all(draft: __gm::Draft<__gm::PatchAll>) -> Self::UpdateAll {
            TicketDraft(draft)
        }
    }
};
