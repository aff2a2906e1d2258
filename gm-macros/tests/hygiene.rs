//! The expansion compiles in modules with other names, lints and visibilities. That this file compiles is the test.
#![allow(clippy::panic, reason = "a test fails by panicking")]
#![deny(warnings, clippy::all, clippy::pedantic)]
#![deny(
    explicit_outlives_requirements,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_lifetimes,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results
)]

/// A module without a prelude and without traits in scope, in which the usual names have other meanings.
pub mod no_prelude {
    #![no_implicit_prelude]

    // Items with the names of the prelude, of crates and of modules.
    #[allow(dead_code)]
    mod shadows {
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) struct String;
        pub(super) struct Vec;
        pub(super) struct Box;
        pub(super) trait Clone {}
        pub(super) trait Default {}
        pub(super) trait FieldType {}
        pub(super) trait Into {}
        pub(super) trait Send {}
        pub(super) mod core {}
        pub(super) mod std {}
        pub(super) mod gm_runtime {}
        pub(super) mod __private {}
    }
    #[allow(unused_imports)]
    use shadows::{
        __private, Box, Clone, Default, FieldType, Into, Option, Result, Send, String, Vec, core, gm_runtime,
        std,
    };

    /// An enum.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::gm_runtime::FieldType)]
    pub enum Status {
        /// A name.
        Active,
        /// A keyword.
        r#Box,
        /// Holds unknown values.
        #[field_type(other)]
        Other(::std::string::String),
    }

    /// An owner with a generated client.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::gm_runtime::GeneralManager)]
    #[database(table = "rows")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "rows", allow_filter, allow_create, websocket_invalidation)]
    #[remote_manager(base_url = "http://localhost:8080", websocket_invalidation)]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub id: ::uuid::Uuid,
        /// Required.
        #[field(max_length = 10)]
        pub name: ::std::string::String,
        /// Has a default.
        #[field(default = "x", blank)]
        pub text: ::std::string::String,
        /// Has its type's default.
        #[field(default)]
        pub count: i32,
        /// May be null.
        pub due: ::core::option::Option<::chrono::NaiveDate>,
        #[field(max_digits = 5, decimal_places = 2)]
        /// A decimal.
        pub amount: ::rust_decimal::Decimal,
        /// A keyword.
        pub r#type: ::core::option::Option<bool>,
        /// An enum.
        #[field(default = Status::Active)]
        pub status: Status,
        /// Has limits.
        #[field(min = -1, max = 0.5, validate = check_ratio, read_only, rename = "theRatio")]
        pub ratio: ::core::option::Option<f64>,
        /// Has a pattern, and queries can't use it.
        #[field(regex = "[a-z]+", validate = check_text, filter = false, order = false, default, blank)]
        pub code: ::std::string::String,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::unnecessary_wraps,
        reason = "the signature that the attribute needs"
    )]
    fn check_ratio(_: &f64) -> ::core::result::Result<(), &'static str> {
        ::core::result::Result::Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature that the attribute needs")]
    fn check_text(_: &str) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }

    /// A manager with storage of the application.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::gm_runtime::GeneralManager)]
    #[manager(interface = super::storage::Empty<Own>)]
    pub struct Own {
        /// The id.
        #[field(id)]
        pub id: i64,
    }

    /// Refers to other rows.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::gm_runtime::GeneralManager)]
    #[database(table = "references")]
    pub struct Referring {
        /// The id.
        #[field(id)]
        pub id: i64,
        /// Of another manager.
        #[field(references = Row)]
        pub row_id: ::uuid::Uuid,
        /// Of the same manager, with a keyword for its name.
        #[field(references = Referring)]
        pub type_id: ::core::option::Option<i64>,
    }

    /// Uses the methods of references.
    ///
    /// # Errors
    /// Those of reads.
    pub async fn reads(
        gm: &::gm_runtime::Gm,
        row: Referring,
    ) -> ::core::result::Result<(), ::gm_runtime::Error> {
        let _: Row = row.row(gm).await?;
        let _: ::core::option::Option<Referring> = row.r#type(gm).await?;
        let _: ::gm_runtime::verbs::RelatedRows<Row> =
            Referring::all(gm).await?.related(|t| t.row, gm).await?;
        ::core::result::Result::Ok(())
    }

    /// Uses the generated items.
    pub fn uses() -> ::gm_runtime::Query<RemoteRow> {
        RemoteRow::filter(|p| p.r#type.eq(true) & p.text.eq("x") & p.status.eq(Status::r#Box))
    }
}

/// Storage of the application.
pub mod storage {
    use std::marker::PhantomData;

    use gm_runtime::interface::{Interface, Updated};
    use gm_runtime::manager::{Manager, Values};
    use gm_runtime::query::{Page, Select};
    use gm_runtime::{Error, GeneralManager};

    /// Storage without rows.
    #[derive(Debug)]
    pub struct Empty<M>(PhantomData<fn() -> M>);

    impl<M> Default for Empty<M> {
        fn default() -> Self {
            Self(PhantomData)
        }
    }

    impl<M: Manager> Interface<M> for Empty<M> {
        async fn query(&self, select: &Select) -> Result<Page<M>, Error> {
            Ok(select.page_of(&[]))
        }

        async fn get(&self, _: &M::Id) -> Result<Option<M>, Error> {
            Ok(None)
        }

        async fn create(&self, _: &Values) -> Result<M, Error> {
            Err(Error::Unavailable("this storage has no rows"))
        }

        async fn update(&self, _: &M::Id, _: &Values) -> Result<Option<Updated<M>>, Error> {
            Ok(None)
        }

        async fn delete(&self, _: &M::Id) -> Result<bool, Error> {
            Ok(false)
        }
    }

    /// A manager whose storage is private and has no `Default`.
    #[derive(Clone, Debug, GeneralManager)]
    #[manager(interface = private::WithoutDefault)]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub id: String,
    }

    mod private {
        use super::{Error, Interface, Page, Row, Select, Updated, Values};

        pub(super) struct WithoutDefault;

        impl Interface<Row> for WithoutDefault {
            async fn query(&self, select: &Select) -> Result<Page<Row>, Error> {
                Ok(select.page_of(&[]))
            }

            async fn get(&self, _: &String) -> Result<Option<Row>, Error> {
                Ok(None)
            }

            async fn create(&self, values: &Values) -> Result<Row, Error> {
                values.to_row()
            }

            async fn update(&self, _: &String, _: &Values) -> Result<Option<Updated<Row>>, Error> {
                Ok(None)
            }

            async fn delete(&self, _: &String) -> Result<bool, Error> {
                Ok(false)
            }
        }
    }
}

/// A renamed gm-runtime.
pub mod renamed {
    mod framework {
        pub(super) mod inside {
            pub(in super::super) use gm_runtime::*;
        }
    }

    #[derive(Clone, Debug, framework::inside::FieldType)]
    #[field_type(crate = framework::inside)]
    enum Status {
        Active,
    }

    /// A consumer's manager.
    #[derive(Clone, Debug, framework::inside::GeneralManager)]
    #[remote_manager(base_url = "http://localhost:8080", resource = "rows", websocket_invalidation)]
    #[manager(crate = framework::inside)]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub id: i64,
        status: Option<Status>,
    }

    /// Uses the generated items.
    pub fn uses() -> gm_runtime::Query<Row> {
        Row::filter(|row| row.status.eq(Status::Active))
    }
}

/// A field type that is less visible than the struct.
pub mod private_type {
    use gm_runtime::GeneralManager;
    use gm_runtime::field::{FieldType, Value, ValueError, ValueType};

    #[derive(Clone, Debug)]
    struct Level(i32);

    impl FieldType for Level {
        const VALUE_TYPE: ValueType = <i32 as FieldType>::VALUE_TYPE;

        fn into_value(self) -> Value {
            self.0.into_value()
        }

        fn to_value(&self) -> Value {
            self.0.to_value()
        }

        fn from_value(value: Value) -> Result<Self, ValueError> {
            i32::from_value(value).map(Level)
        }
    }

    /// An owner's manager.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    pub struct Row {
        #[field(id)]
        id: i64,
        level: Level,
        #[field(default = Level(1))]
        other: Level,
    }

    /// Uses the generated items.
    #[must_use]
    pub fn uses(row: &Row) -> bool {
        row.level.0 > row.other.0
    }
}

/// Private structs whose generated items are unused.
mod private {
    use gm_runtime::GeneralManager;

    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    struct Row {
        #[field(id)]
        id: String,
        name: String,
    }

    pub(super) fn uses() -> usize {
        let row = Row {
            id: String::new(),
            name: String::new(),
        };
        row.id.len() + row.name.len()
    }

    pub(super) mod inner {
        use gm_runtime::GeneralManager;

        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "rows")]
        pub(in super::super) struct Row {
            #[field(id)]
            pub(in super::super) id: i64,
        }
    }
}

/// A struct that a macro of the application generates.
pub mod generated_by_a_macro {
    use gm_runtime::GeneralManager;

    macro_rules! rows {
        ($name:ident, $table:literal, $type:ty, $default:expr, $validate:path) => {
            /// An owner's manager.
            #[derive(Clone, Debug, GeneralManager)]
            #[database(table = $table)]
            pub struct $name {
                /// The id.
                #[field(id)]
                pub id: i64,
                /// A value.
                #[field(default = $default, validate = $validate)]
                pub value: $type,
                /// May be null.
                pub other: Option<$type>,
            }
        };
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that the attribute needs"
    )]
    fn check(number: &i32) -> Result<(), &'static str> {
        if *number > 0 { Ok(()) } else { Err("expected more") }
    }

    rows!(Row, "rows", i32, 1 + 1, check);
}

/// Forwarded attributes: allowed and expected lints, which this file denies, and deprecated items.
pub mod forwarded_attributes {
    use gm_runtime::{FieldType, GeneralManager};

    /// A struct that allows names in another style.
    #[allow(non_snake_case, non_camel_case_types)]
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    #[permission(read = public, create = public, update = public)]
    #[remote_api(
        resource = "rows",
        allow_filter,
        allow_create,
        allow_update,
        websocket_invalidation
    )]
    #[remote_manager(
        base_url = "http://localhost:8080",
        websocket_invalidation,
        client = remote_rowOfJava
    )]
    pub struct rowOfJava {
        /// The id.
        #[field(id)]
        pub rowId: i64,
        /// Required.
        pub fullName: String,
        /// Not required.
        pub dueOn: Option<String>,
    }

    /// A struct that expects names in another style.
    #[derive(Clone, Debug, GeneralManager)]
    #[expect(non_snake_case, reason = "the names of the other service")]
    #[remote_manager(base_url = "http://localhost:8080", resource = "rows")]
    pub struct Consumed {
        /// The id.
        #[field(id)]
        pub rowId: i64,
        /// Required.
        pub fullName: String,
        /// Has a default.
        #[field(default)]
        pub dueOn: String,
    }

    /// A deprecated enum.
    #[deprecated = "write text"]
    #[derive(Clone, Debug, FieldType)]
    pub enum Old {
        /// A name.
        One,
    }

    /// An enum with deprecated variants.
    #[derive(Clone, Debug, FieldType)]
    pub enum Aging {
        /// A name.
        One,
        /// A deprecated name.
        #[deprecated(since = "1.0.0", note = "write `One`")]
        Two,
        /// Holds unknown values.
        #[deprecated]
        #[field_type(other)]
        Other(String),
    }

    /// A deprecated struct.
    #[deprecated(note = "use the other one")]
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "rows", allow_filter, allow_create)]
    #[remote_manager(base_url = "http://localhost:8080")]
    pub struct Deprecated {
        /// The id.
        #[field(id)]
        pub id: i64,
        /// Required.
        pub name: String,
    }

    /// A struct with deprecated fields.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "rows", allow_filter, allow_create)]
    #[remote_manager(base_url = "http://localhost:8080")]
    pub struct WithDeprecatedFields {
        /// The id.
        #[field(id)]
        pub id: i64,
        /// Required.
        #[deprecated]
        pub name: String,
        /// Not required.
        #[deprecated = "it is unused"]
        pub note: Option<String>,
        /// Has a deprecated type.
        #[allow(deprecated)]
        pub old: Option<Old>,
        /// Not in the documentation.
        #[doc(hidden)]
        pub internal: Option<bool>,
    }

    /// A use of a deprecated item triggers the lint.
    pub fn uses() -> gm_runtime::Query<WithDeprecatedFields> {
        #[expect(deprecated, reason = "the handle of a deprecated field")]
        let query = WithDeprecatedFields::filter(|row| row.note.eq("x"));
        #[expect(deprecated, reason = "the setter of a deprecated field")]
        let _ = WithDeprecatedFields::by_id(1).update().note("x");
        #[expect(deprecated, reason = "a deprecated field")]
        let _ = RemoteWithDeprecatedFieldsCreate { name: String::new() };
        #[expect(deprecated, reason = "the generated client of a deprecated struct")]
        let _ = RemoteDeprecated::query();
        query
    }
}

/// `Self` in the type of a field.
pub mod self_in_a_type {
    use std::marker::PhantomData;

    use gm_runtime::GeneralManager;
    use gm_runtime::field::{FieldType, NotNull, Value, ValueError, ValueType};

    /// The id of a row of another struct.
    #[derive(Clone, Debug)]
    pub struct Reference<M>(i64, PhantomData<fn() -> M>);

    impl<M: 'static> FieldType for Reference<M> {
        const VALUE_TYPE: ValueType = <i64 as FieldType>::VALUE_TYPE;

        fn into_value(self) -> Value {
            self.0.into_value()
        }

        fn to_value(&self) -> Value {
            self.0.to_value()
        }

        fn from_value(value: Value) -> Result<Self, ValueError> {
            i64::from_value(value).map(|id| Self(id, PhantomData))
        }
    }

    impl<M: 'static> NotNull for Reference<M> {}

    /// An owner's manager.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub id: i64,
        /// Another row.
        pub parent: Option<Reference<Self>>,
        /// Another row.
        pub first: Reference<Self>,
    }

    /// Uses the generated items.
    pub fn uses(row: Reference<Row>) -> gm_runtime::Query<Row> {
        Row::filter(|p| p.parent.eq(row))
    }
}

/// Names that the expansion could use for itself.
pub mod name_clashes {
    use gm_runtime::GeneralManager;

    /// A type with the name of a common type parameter.
    pub type K = String;
    /// The value of a default.
    pub const FIELDS: i32 = 3;
    /// The value of a default.
    pub const DESCRIPTION: &str = "none";

    /// An owner's manager.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub key: i64,
        /// Has the name of a parameter.
        pub gm: Option<K>,
        /// Has the name of a parameter.
        #[field(default = FIELDS)]
        pub value: i32,
        /// Has the name of a parameter.
        #[field(default = DESCRIPTION)]
        pub row: K,
        /// Has the name of a parameter.
        pub record: K,
        /// Has the name of a verb.
        pub filter: K,
        /// Has the name of a verb.
        pub id: K,
    }
}

#[test]
fn a_struct_inside_a_function() {
    use gm_runtime::{GeneralManager, Manager};

    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    struct Row {
        #[field(id)]
        id: i64,
    }

    assert_eq!(Row { id: 1 }.id(), &1);
    assert_eq!(private::uses(), 0);
    let row = private::inner::Row { id: 2 };
    assert_eq!(row.id(), &2);
    assert_eq!(no_prelude::uses().select().filters.len(), 3);
    assert_eq!(renamed::Row::DESCRIPTION.name(), "Row");
    assert_eq!(generated_by_a_macro::Row::DESCRIPTION.table(), Some("rows"));
    let gm_runtime::manager::FieldDefault::Value(default) = name_clashes::Row::DESCRIPTION.field(2).default()
    else {
        panic!("the field has a default");
    };
    assert_eq!(default(), gm_runtime::field::Value::Integer(3));
}
