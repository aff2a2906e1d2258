/// Handles of the fields of [`Ticket`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub struct TicketFields<__M = Ticket, __P = ::gm_runtime::__private::Direct> {
    /// `id`
    pub id: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `tenant`
    pub tenant: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `status`
    pub status: ::gm_runtime::__private::Field<__M, Status, __P>,
    /// `assignee`
    pub assignee: ::gm_runtime::__private::Field<__M, Option<String>, __P>,
    /// `price`
    pub price: ::gm_runtime::__private::Field<__M, Option<Decimal>, __P>,
    /// `created_by`
    pub created_by: ::gm_runtime::__private::Field<__M, String, __P>,
    /// `changed_by`
    pub changed_by: ::gm_runtime::__private::Field<__M, Option<i64>, __P>,
}
/// The required fields of a new [`Ticket`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct TicketCreate {
    /// `tenant`
    pub tenant: i64,
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
            tenant: __gm::Field::at(1),
            status: __gm::Field::at(2),
            assignee: __gm::Field::at(3),
            price: __gm::Field::at(4),
            created_by: __gm::Field::at(5),
            changed_by: __gm::Field::at(6),
        };
    }
    type __T3 = Option<String>;
    type __T4 = Option<Decimal>;
    type __T6 = Option<i64>;
    static __FIELDS: [__Field; 7] = [
        __Field::non_null_column("id", <i64 as __Type>::KIND),
        __Field::non_null_column("tenant", <i64 as __Type>::KIND),
        __Field::non_null_column("status", <Status as __Type>::KIND)
            .default_fn(|| <Status as __Type>::into_value(
                __gm::IntoField::into_field(Status::Open),
            )),
        __Field::optional_column("assignee", <__T3 as __Type>::KIND),
        __Field::optional("price", <__T4 as __Type>::KIND)
            .with_decimal(10, 2)
            .with_read_rule(__gm::Rule::Admin)
            .with_write_rule(__gm::Rule::Admin),
        __Field::non_null_column("created_by", <String as __Type>::KIND)
            .with_preset(__gm::CallerAttribute::Name),
        __Field::optional_column("changed_by", <__T6 as __Type>::KIND)
            .with_preset_on_update(__gm::CallerAttribute::Claim("user_id")),
    ];
    const __RULE_0: __gm::Rule = <i64 as __Type>::KIND
        .compare(1, __gm::Op::Equal, __gm::RuleOperand::claim("tenant"));
    const __RULE_1: __gm::Rule = <i64 as __Type>::KIND
        .compare(1, __gm::Op::Equal, __gm::RuleOperand::claim("tenant"));
    const __RULE_2: __gm::Rule = <__T3 as __Type>::KIND
        .compare(3, __gm::Op::Equal, __gm::RuleOperand::NAME);
    const __RULE_3: __gm::Rule = <Status as __Type>::KIND
        .compare(
            2,
            __gm::Op::In,
            __gm::RuleOperand::Values(|| ::std::vec::Vec::from([
                __gm::constant(Status::Closed, <Status as __Type>::into_value),
                __gm::constant(Status::Spam, <Status as __Type>::into_value),
            ])),
        );
    const __RULE_4: __gm::Rule = __gm::Rule::Own {
        path: "self::is_outside_of_office_hours",
        condition: |__c| __gm::condition::<
            Ticket,
            _,
        >(self::is_outside_of_office_hours(__c)),
    };
    static __DESCRIPTION: __gm::Description = __gm::Description::with_assigned_id::<
        Ticket,
    >("Ticket", &__FIELDS, 0)
        .with_table("tickets")
        .with_api(
            __gm::Api::new("/gm", "tickets")
                .allow(__gm::Operation::Filter)
                .allow(__gm::Operation::Detail)
                .allow(__gm::Operation::Create)
                .allow(__gm::Operation::Update)
                .allow(__gm::Operation::Delete)
                .with_websocket_invalidation(),
        )
        .with_permissions(
            __gm::Permissions::none()
                .read(__gm::Rule::Any(&[__gm::Rule::Group("agents"), __RULE_0]))
                .create(__gm::Rule::All(&[__gm::Rule::Authenticated, __RULE_1]))
                .update_of(
                    __gm::Rule::Group("agents"),
                    __gm::Rule::Any(
                        &[
                            __gm::Rule::Not(&__gm::Rule::Changed(2)),
                            __RULE_2,
                            __gm::Rule::Admin,
                        ],
                    ),
                )
                .delete(__gm::Rule::All(&[__RULE_3, __gm::Rule::IsNull(4), __RULE_4])),
        )
        .with_computed({
            use __gm::NoComputedFields as _;
            __gm::ComputedOf::<Ticket>::COMPUTED
        });
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
                    <i64 as __Type>::to_value(&self.tenant),
                    <Status as __Type>::to_value(&self.status),
                    <__T3 as __Type>::to_value(&self.assignee),
                    <__T4 as __Type>::to_value(&self.price),
                    <String as __Type>::to_value(&self.created_by),
                    <__T6 as __Type>::to_value(&self.changed_by),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<i64 as __Type>::from_value)?,
                tenant: values.take(<i64 as __Type>::from_value)?,
                status: values.take(<Status as __Type>::from_value)?,
                assignee: values.take(<__T3 as __Type>::from_value)?,
                price: values.take(<__T4 as __Type>::from_value)?,
                created_by: values.take(<String as __Type>::from_value)?,
                changed_by: values.take(<__T6 as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for Ticket {}
    impl<'x> __gm::Details<'x> for Ticket {}
    impl<'x> __gm::Creates<'x> for Ticket {}
    impl<'x> __gm::Updates<'x> for Ticket {}
    impl<'x> __gm::Deletes<'x> for Ticket {}
    impl<'x> __gm::Watches<'x> for Ticket {}
    impl __gm::Exposed for Ticket {}
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
                __gm::Draft::insert().set(1, row.tenant, <i64 as __Type>::into_value),
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
    }
    impl<__K> TicketDraft<__K> {
        /// Sets `status`.
        pub fn status(self, value: impl __gm::IntoField<Status>) -> Self {
            Self(self.0.set_from(2, value, <Status as __Type>::into_value))
        }
        /// Sets `assignee`.
        pub fn assignee(self, value: impl __gm::IntoField<Option<String>>) -> Self {
            Self(self.0.set_from(3, value, <__T3 as __Type>::into_value))
        }
        /// Sets `price`.
        pub fn price(self, value: impl __gm::IntoField<Option<Decimal>>) -> Self {
            Self(self.0.set_from(4, value, <__T4 as __Type>::into_value))
        }
        /// Sets `created_by`.
        pub fn created_by(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(5, value, <String as __Type>::into_value))
        }
        /// Sets `changed_by`.
        pub fn changed_by(self, value: impl __gm::IntoField<Option<i64>>) -> Self {
            Self(self.0.set_from(6, value, <__T6 as __Type>::into_value))
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
        /// Sets `tenant`.
        pub fn tenant(self, value: impl __gm::IntoField<i64>) -> Self {
            Self(self.0.set_from(1, value, <i64 as __Type>::into_value))
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
