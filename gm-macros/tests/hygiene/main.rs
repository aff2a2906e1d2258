//! The expansion compiles in modules with other names, lints and visibilities. That this crate compiles is the test.
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

pub mod forwarded_attributes;
pub mod generated_by_a_macro;
pub mod name_clashes;
pub mod no_prelude;
mod private;
pub mod private_type;
pub mod renamed;
pub mod self_in_a_type;
pub mod storage;

use gm_runtime::{GeneralManager, Manager as _};

#[test]
fn a_struct_inside_a_function() {
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    struct Row {
        #[field(id)]
        id: i64,
    }

    assert_eq!(Row { id: 1 }.id(), &1);
}

#[test]
fn the_generated_items_work() {
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
