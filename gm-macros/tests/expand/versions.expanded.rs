/// Handles of the fields of [`Document`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub struct DocumentFields<__M = Document, __P = ::gm_runtime::__private::Direct> {
    /// `id`
    pub id: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `text`
    pub text: ::gm_runtime::__private::Field<__M, String, __P>,
    /// `version`
    pub version: ::gm_runtime::__private::Field<__M, i64, __P>,
    /// `created`
    pub created: ::gm_runtime::__private::Field<__M, DateTime, __P>,
    /// `updated`
    pub updated: ::gm_runtime::__private::Field<__M, DateTime, __P>,
}
/// The required fields of a new [`Document`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct DocumentCreate {
    /// `text`
    pub text: String,
}
/// A draft of a [`Document`]: setters set its fields, and `exec` writes it.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct DocumentDraft<K>(::gm_runtime::__private::Draft<K>);
#[allow(dead_code, private_interfaces)]
const _: () = {
    use ::gm_runtime::__private::{
        self as __gm, FieldDescription as __Field, FieldType as __Type,
    };
    impl<__M, __P> ::core::clone::Clone for DocumentFields<__M, __P> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<__M, __P> ::core::marker::Copy for DocumentFields<__M, __P> {}
    impl<__M, __P> ::core::fmt::Debug for DocumentFields<__M, __P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("DocumentFields")
        }
    }
    impl<__M: 'static, __P: 'static> __gm::Handles for DocumentFields<__M, __P> {
        const ALL: &'static Self = &Self {
            id: __gm::Field::at(0),
            text: __gm::Field::at(1),
            version: __gm::Field::at(2),
            created: __gm::Field::at(3),
            updated: __gm::Field::at(4),
        };
    }
    static __FIELDS: [__Field; 5] = [
        __Field::non_null_column("id", <i64 as __Type>::KIND),
        __Field::non_null_column("text", <String as __Type>::KIND),
        __Field::non_null_column("version", <i64 as __Type>::KIND).with_version(),
        __Field::non_null_column("created", <DateTime as __Type>::KIND).with_created(),
        __Field::non_null_column("updated", <DateTime as __Type>::KIND)
            .with_index()
            .with_updated(),
    ];
    static __DESCRIPTION: __gm::Description = __gm::Description::with_assigned_id::<
        Document,
    >("Document", &__FIELDS, 0)
        .with_table("documents");
    impl __gm::Manager for Document {
        type Id = i64;
        type Fields = DocumentFields;
        type FieldsThrough<__M: 'static, __P: 'static> = DocumentFields<__M, __P>;
        type Update = DocumentDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
        #[inline]
        fn start_update(
            id: i64,
            version: ::core::option::Option<i64>,
        ) -> DocumentDraft<__gm::Patch> {
            DocumentDraft(
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
                    <String as __Type>::to_value(&self.text),
                    <i64 as __Type>::to_value(&self.version),
                    <DateTime as __Type>::to_value(&self.created),
                    <DateTime as __Type>::to_value(&self.updated),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<i64 as __Type>::from_value)?,
                text: values.take(<String as __Type>::from_value)?,
                version: values.take(<i64 as __Type>::from_value)?,
                created: values.take(<DateTime as __Type>::from_value)?,
                updated: values.take(<DateTime as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for Document {}
    impl<'x> __gm::Details<'x> for Document {}
    impl<'x> __gm::Creates<'x> for Document {}
    impl<'x> __gm::Updates<'x> for Document {}
    impl<'x> __gm::Deletes<'x> for Document {}
    impl<'x> __gm::Versions<'x> for Document {}
    impl<'x> __gm::Watches<'x> for Document {}
    impl Document {
        /// A query of all rows.
        #[inline]
        pub fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        pub fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<DocumentFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        pub fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<DocumentFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        pub fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<DocumentFields, O>,
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
        pub fn create(row: DocumentCreate) -> DocumentDraft<__gm::Insert> {
            DocumentDraft(
                __gm::Draft::insert().set(1, row.text, <String as __Type>::into_value),
            )
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        pub fn create_many<R: ::core::convert::Into<DocumentDraft<__gm::Insert>>>(
            rows: impl ::core::iter::IntoIterator<Item = R>,
        ) -> __gm::CreateMany<Self> {
            __gm::CreateMany::new(
                rows,
                |row| {
                    <R as ::core::convert::Into<DocumentDraft<__gm::Insert>>>::into(row)
                        .0
                },
            )
        }
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        ///
        /// It fails with `Error::Stale` if the row was changed since it was read, unless `overwrite` is called.
        #[inline]
        pub fn update(&self) -> DocumentDraft<__gm::Patch> {
            DocumentDraft(
                __gm::Draft::patch(<i64 as __Type>::to_value(&self.id))
                    .expect_version(::core::option::Option::Some(self.version)),
            )
        }
        /// Deletes this row.
        ///
        /// It fails with `Error::Stale` if the row was changed since it was read, unless `overwrite` is called.
        #[inline]
        pub fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()> {
            __gm::WriteFuture::delete::<Self>(gm, &self.id)
                .expect_version(::core::option::Option::Some(self.version))
        }
    }
    impl<__K> DocumentDraft<__K> {
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
        pub fn exec(self, gm: &__gm::Gm) -> __gm::WriteFuture<'_, __K::Written<Document>>
        where
            __K: __gm::DraftKind,
        {
            self.0.exec::<Document>(gm)
        }
    }
    impl<__K: __gm::WriteKind> __gm::IntoBatch for DocumentDraft<__K> {
        type Manager = Document;
        fn into_batch(self) -> __gm::BatchDraft<Document> {
            ::core::convert::Into::into(self.0.into_write())
        }
    }
    #[doc(hidden)]
    impl<__K> ::core::future::Future for DocumentDraft<__K>
    where
        __gm::Draft<__K>: __gm::Awaitable<Document>,
    {
        type Output = ::core::result::Result<Document, __gm::Error>;
        fn poll(
            self: ::core::pin::Pin<&mut Self>,
            _: &mut ::core::task::Context<'_>,
        ) -> ::core::task::Poll<Self::Output> {
            <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
        }
    }
    impl<__K> DocumentDraft<__K>
    where
        __K: __gm::UpdateKind,
    {
        /// Sets `text`.
        pub fn text(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(1, value, <String as __Type>::into_value))
        }
    }
    #[doc(hidden)]
    impl<__K> DocumentDraft<__K> {
        pub fn version<T>(self, _: T) -> Self
        where
            __gm::Draft<__K>: __gm::SetsKeptFields,
        {
            self
        }
        pub fn created<T>(self, _: T) -> Self
        where
            __gm::Draft<__K>: __gm::SetsKeptFields,
        {
            self
        }
        pub fn updated<T>(self, _: T) -> Self
        where
            __gm::Draft<__K>: __gm::SetsKeptFields,
        {
            self
        }
    }
    impl DocumentDraft<__gm::Patch> {
        /// Updates the row even if another editor has changed it since it was read.
        pub fn overwrite(self) -> Self {
            Self(self.0.expect_version(::core::option::Option::None))
        }
    }
    impl ::core::convert::From<DocumentCreate> for DocumentDraft<__gm::Insert> {
        fn from(row: DocumentCreate) -> Self {
            Document::create(row)
        }
    }
    impl<'x> __gm::WritesMany<'x> for Document {
        type UpdateAll = DocumentDraft<__gm::PatchAll>;
        fn start_update_all(draft: __gm::Draft<__gm::PatchAll>) -> Self::UpdateAll {
            DocumentDraft(draft)
        }
    }
};
