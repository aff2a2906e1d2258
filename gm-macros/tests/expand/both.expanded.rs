/// Handles of the fields of [`Project`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub struct ProjectFields<__M = Project, __P = general_manager::__private::Direct> {
    /// `id`
    pub id: general_manager::__private::Field<__M, i64, __P>,
    /// `name`
    pub name: general_manager::__private::Field<__M, String, __P>,
}
/// The required fields of a new [`Project`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct ProjectCreate {
    /// `name`
    pub name: String,
}
/// A draft of a [`Project`]: setters set its fields, and `exec` writes it.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct ProjectDraft<K>(general_manager::__private::Draft<K>);
#[allow(dead_code, private_interfaces)]
const _: () = {
    use general_manager::__private::{
        self as __gm, FieldDescription as __Field, FieldType as __Type,
    };
    impl<__M, __P> ::core::clone::Clone for ProjectFields<__M, __P> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<__M, __P> ::core::marker::Copy for ProjectFields<__M, __P> {}
    impl<__M, __P> ::core::fmt::Debug for ProjectFields<__M, __P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("ProjectFields")
        }
    }
    impl<__M: 'static, __P: 'static> __gm::Handles for ProjectFields<__M, __P> {
        const ALL: &'static Self = &Self {
            id: __gm::Field::at(0),
            name: __gm::Field::at(1),
        };
    }
    static __FIELDS: [__Field; 2] = [
        __Field::non_null_column("id", <i64 as __Type>::KIND),
        __Field::non_null_column("name", <String as __Type>::KIND).with_max_length(200),
    ];
    static __DESCRIPTION: __gm::Description = __gm::Description::with_assigned_id::<
        Project,
    >("Project", &__FIELDS, 0)
        .with_table("projects")
        .with_api(
            __gm::Api::new("/internal/gm", "projects")
                .allow(__gm::Operation::Filter)
                .allow(__gm::Operation::Detail),
        )
        .with_permissions(__gm::Permissions::none().read(__gm::Rule::Public))
        .with_computed({
            use __gm::NoComputedFields as _;
            __gm::ComputedOf::<Project>::COMPUTED
        });
    impl __gm::Manager for Project {
        type Id = i64;
        type Fields = ProjectFields;
        type FieldsThrough<__M: 'static, __P: 'static> = ProjectFields<__M, __P>;
        type Update = ProjectDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
        #[inline]
        fn start_update(
            id: i64,
            version: ::core::option::Option<i64>,
        ) -> ProjectDraft<__gm::Patch> {
            ProjectDraft(
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
                    <String as __Type>::to_value(&self.name),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<i64 as __Type>::from_value)?,
                name: values.take(<String as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for Project {}
    impl<'x> __gm::Details<'x> for Project {}
    impl<'x> __gm::Creates<'x> for Project {}
    impl<'x> __gm::Updates<'x> for Project {}
    impl<'x> __gm::Deletes<'x> for Project {}
    impl<'x> __gm::Watches<'x> for Project {}
    impl __gm::Exposed for Project {}
    impl Project {
        /// A query of all rows.
        #[inline]
        pub fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        pub fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<ProjectFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        pub fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<ProjectFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        pub fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<ProjectFields, O>,
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
        pub fn create(row: ProjectCreate) -> ProjectDraft<__gm::Insert> {
            ProjectDraft(
                __gm::Draft::insert().set(1, row.name, <String as __Type>::into_value),
            )
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        pub fn create_many<R: ::core::convert::Into<ProjectDraft<__gm::Insert>>>(
            rows: impl ::core::iter::IntoIterator<Item = R>,
        ) -> __gm::CreateMany<Self> {
            __gm::CreateMany::new(
                rows,
                |row| {
                    <R as ::core::convert::Into<ProjectDraft<__gm::Insert>>>::into(row).0
                },
            )
        }
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        #[inline]
        pub fn update(&self) -> ProjectDraft<__gm::Patch> {
            ProjectDraft(__gm::Draft::patch(<i64 as __Type>::to_value(&self.id)))
        }
        /// Deletes this row.
        #[inline]
        pub fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()> {
            __gm::WriteFuture::delete::<Self>(gm, &self.id)
        }
    }
    impl<__K> ProjectDraft<__K> {
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
        pub fn exec(self, gm: &__gm::Gm) -> __gm::WriteFuture<'_, __K::Written<Project>>
        where
            __K: __gm::DraftKind,
        {
            self.0.exec::<Project>(gm)
        }
    }
    impl<__K: __gm::WriteKind> __gm::IntoBatch for ProjectDraft<__K> {
        type Manager = Project;
        fn into_batch(self) -> __gm::BatchDraft<Project> {
            ::core::convert::Into::into(self.0.into_write())
        }
    }
    #[doc(hidden)]
    impl<__K> ::core::future::Future for ProjectDraft<__K>
    where
        __gm::Draft<__K>: __gm::Awaitable<Project>,
    {
        type Output = ::core::result::Result<Project, __gm::Error>;
        fn poll(
            self: ::core::pin::Pin<&mut Self>,
            _: &mut ::core::task::Context<'_>,
        ) -> ::core::task::Poll<Self::Output> {
            <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
        }
    }
    impl<__K> ProjectDraft<__K>
    where
        __K: __gm::UpdateKind,
    {
        /// Sets `name`.
        pub fn name(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(1, value, <String as __Type>::into_value))
        }
    }
    impl ::core::convert::From<ProjectCreate> for ProjectDraft<__gm::Insert> {
        fn from(row: ProjectCreate) -> Self {
            Project::create(row)
        }
    }
    impl<'x> __gm::WritesMany<'x> for Project {
        type UpdateAll = ProjectDraft<__gm::PatchAll>;
        fn start_update_all(draft: __gm::Draft<__gm::PatchAll>) -> Self::UpdateAll {
            ProjectDraft(draft)
        }
    }
};
/// A row of [`Project`] as a consumer of its service reads it.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct RemoteProject {
    /// `id`
    pub id: i64,
    /// `name`
    pub name: String,
}
/// Handles of the fields of [`RemoteProject`], for the closures of `filter`, `exclude` and `order_by`.
#[allow(dead_code, private_interfaces)]
pub struct RemoteProjectFields<
    __M = RemoteProject,
    __P = general_manager::__private::Direct,
> {
    /// `id`
    pub id: general_manager::__private::Field<__M, i64, __P>,
    /// `name`
    pub name: general_manager::__private::Field<__M, String, __P>,
}
/// The required fields of a new [`RemoteProject`]. Optional fields are set on the draft that `create` returns.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct RemoteProjectCreate {
    /// `name`
    pub name: String,
}
/// A draft of a [`RemoteProject`]: setters set its fields, and `exec` writes it.
#[must_use = "nothing is written until `exec` is called and awaited"]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, private_interfaces)]
pub struct RemoteProjectDraft<K>(general_manager::__private::Draft<K>);
#[allow(dead_code, private_interfaces)]
const _: () = {
    use general_manager::__private::{
        self as __gm, FieldDescription as __Field, FieldType as __Type,
    };
    impl<__M, __P> ::core::clone::Clone for RemoteProjectFields<__M, __P> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<__M, __P> ::core::marker::Copy for RemoteProjectFields<__M, __P> {}
    impl<__M, __P> ::core::fmt::Debug for RemoteProjectFields<__M, __P> {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("RemoteProjectFields")
        }
    }
    impl<__M: 'static, __P: 'static> __gm::Handles for RemoteProjectFields<__M, __P> {
        const ALL: &'static Self = &Self {
            id: __gm::Field::at(0),
            name: __gm::Field::at(1),
        };
    }
    static __FIELDS: [__Field; 2] = [
        __Field::non_null("id", <i64 as __Type>::KIND),
        __Field::non_null("name", <String as __Type>::KIND).with_max_length(200),
    ];
    static __DESCRIPTION: __gm::Description = __gm::Description::with_assigned_id::<
        RemoteProject,
    >("RemoteProject", &__FIELDS, 0)
        .with_remote(
            __gm::Remote::new("https://projects.example.com", "/internal/gm", "projects")
                .with_operations(
                    __gm::Operations::none()
                        .with(__gm::Operation::Filter)
                        .with(__gm::Operation::Detail),
                ),
        );
    impl __gm::Manager for RemoteProject {
        type Id = i64;
        type Fields = RemoteProjectFields;
        type FieldsThrough<__M: 'static, __P: 'static> = RemoteProjectFields<__M, __P>;
        type Update = RemoteProjectDraft<__gm::Patch>;
        const DESCRIPTION: &'static __gm::Description = &__DESCRIPTION;
        #[inline]
        fn start_update(
            id: i64,
            version: ::core::option::Option<i64>,
        ) -> RemoteProjectDraft<__gm::Patch> {
            RemoteProjectDraft(
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
                    <String as __Type>::to_value(&self.name),
                ]),
            )
        }
        #[inline]
        fn decode(values: &mut __gm::RowDecoder<'_>) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                id: values.take(<i64 as __Type>::from_value)?,
                name: values.take(<String as __Type>::from_value)?,
            })
        }
    }
    impl<'x> __gm::Filters<'x> for RemoteProject {}
    impl<'x> __gm::Details<'x> for RemoteProject {}
    impl RemoteProject {
        /// A query of all rows.
        #[inline]
        pub fn query() -> __gm::Query<Self> {
            __gm::Query::new()
        }
        /// A query of the rows that match these conditions.
        pub fn filter<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<RemoteProjectFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().filter(conditions)
        }
        /// A query of all rows except those that match these conditions.
        pub fn exclude<C: __gm::IntoFilter<Self>>(
            conditions: impl __gm::Conditions<RemoteProjectFields, C>,
        ) -> __gm::Query<Self> {
            __gm::Query::new().exclude(conditions)
        }
        /// A query of all rows in this order.
        pub fn order_by<O: __gm::IntoOrdering<Self>>(
            ordering: impl __gm::Ordering<RemoteProjectFields, O>,
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
        pub fn changes(gm: &__gm::Gm) -> __gm::Changes<Self>
        where
            for<'x> Self: __gm::Watches<'x>,
        {
            __gm::Changes::new(gm)
        }
        /// The row with this id, without reading it.
        #[inline]
        pub fn by_id(id: i64) -> __gm::ById<Self> {
            __gm::ById::new(id)
        }
        /// Starts a new row. The draft's setters set optional fields, and `exec` writes the row.
        #[inline]
        pub fn create(row: RemoteProjectCreate) -> RemoteProjectDraft<__gm::Insert>
        where
            for<'x> Self: __gm::Creates<'x>,
        {
            RemoteProjectDraft(
                __gm::Draft::insert().set(1, row.name, <String as __Type>::into_value),
            )
        }
        /// Starts many new rows, from the struct of the required fields or from the drafts that `create` returns. `exec` writes
        /// them in one transaction, and returns their ids.
        pub fn create_many<R>(
            _: impl ::core::iter::IntoIterator<Item = R>,
        ) -> __gm::CreateMany<Self>
        where
            for<'x> Self: __gm::WritesMany<'x>,
        {
            __gm::CreateMany::none()
        }
        /// Starts an update of this row. The draft's setters set fields, and `exec` writes them.
        #[inline]
        pub fn update(&self) -> RemoteProjectDraft<__gm::Patch>
        where
            for<'x> Self: __gm::Updates<'x>,
        {
            RemoteProjectDraft(__gm::Draft::patch(<i64 as __Type>::to_value(&self.id)))
        }
        /// Deletes this row.
        #[inline]
        pub fn delete<'g>(&self, gm: &'g __gm::Gm) -> __gm::WriteFuture<'g, ()>
        where
            for<'x> Self: __gm::Deletes<'x>,
        {
            __gm::WriteFuture::delete::<Self>(gm, &self.id)
        }
    }
    impl<__K> RemoteProjectDraft<__K> {
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
        pub fn exec(
            self,
            gm: &__gm::Gm,
        ) -> __gm::WriteFuture<'_, __K::Written<RemoteProject>>
        where
            __K: __gm::DraftKind,
        {
            self.0.exec::<RemoteProject>(gm)
        }
    }
    impl<__K: __gm::WriteKind> __gm::IntoBatch for RemoteProjectDraft<__K> {
        type Manager = RemoteProject;
        fn into_batch(self) -> __gm::BatchDraft<RemoteProject> {
            ::core::convert::Into::into(self.0.into_write())
        }
    }
    #[doc(hidden)]
    impl<__K> ::core::future::Future for RemoteProjectDraft<__K>
    where
        __gm::Draft<__K>: __gm::Awaitable<RemoteProject>,
    {
        type Output = ::core::result::Result<RemoteProject, __gm::Error>;
        fn poll(
            self: ::core::pin::Pin<&mut Self>,
            _: &mut ::core::task::Context<'_>,
        ) -> ::core::task::Poll<Self::Output> {
            <__gm::Draft<__K> as __gm::Awaitable<_>>::poll()
        }
    }
    impl<__K> RemoteProjectDraft<__K>
    where
        __K: __gm::UpdateKind,
    {
        /// Sets `name`.
        pub fn name(self, value: impl __gm::IntoField<String>) -> Self {
            Self(self.0.set_from(1, value, <String as __Type>::into_value))
        }
    }
};
