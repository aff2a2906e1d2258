//! What the derive emits holds in surroundings that share nothing with ours. That this compiles is the test.
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

/// No prelude, no trait in scope, and other meanings of the usual names.
pub mod no_prelude {
    #![no_implicit_prelude]

    // The names of the prelude, of crates and of macros, all of them ours here.
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

    /// An enum of names.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::gm_runtime::FieldType)]
    pub enum Status {
        /// A name.
        Active,
        /// A keyword.
        r#Box,
        /// What has no name.
        #[field_type(other)]
        Other(::std::string::String),
    }

    /// An owner's rows, and their client.
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
        #[field(min = -1, max = 0.5, validate = judge, read_only, rename = "theRatio")]
        pub ratio: ::core::option::Option<f64>,
        /// Has a pattern, and is not asked for.
        #[field(regex = "[a-z]+", validate = judge_text, filter = false, order = false, default, blank)]
        pub code: ::std::string::String,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::unnecessary_wraps,
        reason = "the form of the attribute's functions"
    )]
    fn judge(_: &f64) -> ::core::result::Result<(), &'static str> {
        ::core::result::Result::Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form of the attribute's functions")]
    fn judge_text(_: &str) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }

    /// Rows in storage of the application's own.
    #[derive(::core::clone::Clone, ::core::fmt::Debug, ::gm_runtime::GeneralManager)]
    #[manager(interface = super::storage::Nowhere<Own>)]
    pub struct Own {
        /// The id.
        #[field(id)]
        pub id: i64,
    }

    /// Uses what was emitted.
    pub fn uses() -> ::gm_runtime::Query<RemoteRow> {
        RemoteRow::filter(|p| p.r#type.eq(true) & p.text.eq("x") & p.status.eq(Status::r#Box))
    }
}

/// Storage of the application's own.
pub mod storage {
    use std::marker::PhantomData;

    use gm_runtime::interface::{Interface, Updated};
    use gm_runtime::manager::{Manager, Values};
    use gm_runtime::query::{Page, Select};
    use gm_runtime::{Error, GeneralManager};

    /// Keeps nothing.
    #[derive(Debug)]
    pub struct Nowhere<M>(PhantomData<fn() -> M>);

    impl<M> Default for Nowhere<M> {
        fn default() -> Self {
            Self(PhantomData)
        }
    }

    impl<M: Manager> Interface<M> for Nowhere<M> {
        async fn query(&self, select: &Select) -> Result<Page<M>, Error> {
            Ok(select.page_of(&[]))
        }

        async fn get(&self, _: &M::Id) -> Result<Option<M>, Error> {
            Ok(None)
        }

        async fn create(&self, _: &Values) -> Result<M, Error> {
            Err(Error::Unavailable("it keeps nothing"))
        }

        async fn update(&self, _: &M::Id, _: &Values) -> Result<Option<Updated<M>>, Error> {
            Ok(None)
        }

        async fn delete(&self, _: &M::Id) -> Result<bool, Error> {
            Ok(false)
        }
    }

    /// Its storage is private and has no `Default`.
    #[derive(Clone, Debug, GeneralManager)]
    #[manager(interface = private::Given)]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub id: String,
    }

    mod private {
        use super::{Error, Interface, Page, Row, Select, Updated, Values};

        pub(super) struct Given;

        impl Interface<Row> for Given {
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

/// The runtime under another name.
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

    /// A consumer's rows.
    #[derive(Clone, Debug, framework::inside::GeneralManager)]
    #[remote_manager(base_url = "http://localhost:8080", resource = "rows", websocket_invalidation)]
    #[manager(crate = framework::inside)]
    pub struct Row {
        /// The id.
        #[field(id)]
        pub id: i64,
        status: Option<Status>,
    }

    /// Uses what was emitted.
    pub fn uses() -> gm_runtime::Query<Row> {
        Row::filter(|row| row.status.eq(Status::Active))
    }
}

/// A field's type that is less visible than the struct.
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

    /// An owner's rows.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    pub struct Row {
        #[field(id)]
        id: i64,
        level: Level,
        #[field(default = Level(1))]
        other: Level,
    }

    /// Uses what was emitted.
    #[must_use]
    pub fn uses(row: &Row) -> bool {
        row.level.0 > row.other.0
    }
}

/// A struct that nobody else sees, of which nothing is used.
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

/// A struct that comes out of a macro of the application's.
pub mod made_by_a_macro {
    use gm_runtime::GeneralManager;

    macro_rules! rows {
        ($name:ident, $table:literal, $type:ty, $default:expr, $judge:path) => {
            /// An owner's rows.
            #[derive(Clone, Debug, GeneralManager)]
            #[database(table = $table)]
            pub struct $name {
                /// The id.
                #[field(id)]
                pub id: i64,
                /// A value.
                #[field(default = $default, validate = $judge)]
                pub value: $type,
                /// May be null.
                pub other: Option<$type>,
            }
        };
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the form of the attribute's functions"
    )]
    fn judge(number: &i32) -> Result<(), &'static str> {
        if *number > 0 { Ok(()) } else { Err("expected more") }
    }

    rows!(Row, "rows", i32, 1 + 1, judge);
}

/// What the struct, or a field of it, allows; and what is deprecated. The lints of this file are denied.
pub mod attributes {
    use gm_runtime::{FieldType, GeneralManager};

    /// Names in another style, which the struct allows.
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

    /// Names in another style, which are expected.
    #[derive(Clone, Debug, GeneralManager)]
    #[expect(non_snake_case, reason = "the other service calls them so")]
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

    /// An enum that is deprecated, and a variant of one.
    #[deprecated = "write text"]
    #[derive(Clone, Debug, FieldType)]
    pub enum Old {
        /// A name.
        One,
    }

    /// An enum of which a name is deprecated.
    #[derive(Clone, Debug, FieldType)]
    pub enum Aging {
        /// A name.
        One,
        /// A name that goes.
        #[deprecated(since = "1.0.0", note = "write `One`")]
        Two,
        /// Others.
        #[deprecated]
        #[field_type(other)]
        Other(String),
    }

    /// A struct that goes.
    #[deprecated(note = "use the other one")]
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "rows", allow_filter, allow_create)]
    #[remote_manager(base_url = "http://localhost:8080")]
    pub struct Going {
        /// The id.
        #[field(id)]
        pub id: i64,
        /// Required.
        pub name: String,
    }

    /// Fields that go.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    #[permission(read = public, create = public)]
    #[remote_api(resource = "rows", allow_filter, allow_create)]
    #[remote_manager(base_url = "http://localhost:8080")]
    pub struct Shrinking {
        /// The id.
        #[field(id)]
        pub id: i64,
        /// Required.
        #[deprecated]
        pub name: String,
        /// Not required.
        #[deprecated = "nobody looks at it"]
        pub note: Option<String>,
        /// Of a type that goes.
        #[allow(deprecated)]
        pub old: Option<Old>,
        /// Not in the documentation.
        #[doc(hidden)]
        pub internal: Option<bool>,
    }

    /// A user of what is deprecated is told.
    pub fn uses() -> gm_runtime::Query<Shrinking> {
        #[expect(deprecated, reason = "the handle and the setter are, as the field is")]
        let query = Shrinking::filter(|row| row.note.eq("x"));
        #[expect(deprecated, reason = "likewise")]
        let _ = Shrinking::by_id(1).update().note("x");
        #[expect(deprecated, reason = "likewise")]
        let _ = RemoteShrinkingCreate { name: String::new() };
        #[expect(deprecated, reason = "what is made of the struct is deprecated with it")]
        let _ = RemoteGoing::query();
        query
    }
}

/// `Self` in a field's type, which is the struct.
pub mod its_own_type {
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

    /// An owner's rows.
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

    /// Uses what was emitted.
    pub fn uses(row: Reference<Row>) -> gm_runtime::Query<Row> {
        Row::filter(|p| p.parent.eq(row))
    }
}

/// Names that the expansion might have wanted for itself.
pub mod clashes {
    use gm_runtime::GeneralManager;

    /// A type of the name of a usual parameter.
    pub type K = String;
    /// What a default refers to.
    pub const FIELDS: i32 = 3;
    /// What a default refers to.
    pub const DESCRIPTION: &str = "none";

    /// An owner's rows.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    pub struct Row {
        /// Its id.
        #[field(id)]
        pub key: i64,
        /// The field is named as a parameter is.
        pub gm: Option<K>,
        /// Likewise.
        #[field(default = FIELDS)]
        pub value: i32,
        /// Likewise.
        #[field(default = DESCRIPTION)]
        pub row: K,
        /// Likewise.
        pub record: K,
        /// Named as verbs are.
        pub filter: K,
        /// Named as verbs are.
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
    assert_eq!(made_by_a_macro::Row::DESCRIPTION.table(), Some("rows"));
    let gm_runtime::manager::FieldDefault::Value(default) = clashes::Row::DESCRIPTION.field(2).default()
    else {
        panic!("the field has a default");
    };
    assert_eq!(default(), gm_runtime::field::Value::Integer(3));
}
