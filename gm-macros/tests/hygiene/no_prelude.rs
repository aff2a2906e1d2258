//! A module without a prelude and without traits in scope, in which the usual names have other meanings.
#![no_implicit_prelude]

// Items with the names of the prelude, of crates and of modules.
#[allow(
    dead_code,
    reason = "the names are there to be in the way, and nothing uses them"
)]
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
#[allow(
    unused_imports,
    reason = "an expansion that used one of these names would find the wrong item"
)]
use shadows::{
    __private, Box, Clone, Default, FieldType, Into, Option, Result, Send, String, Vec, core, gm_runtime, std,
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
pub async fn reads(gm: &::gm_runtime::Gm, row: Referring) -> ::core::result::Result<(), ::gm_runtime::Error> {
    let _: Row = row.row(gm).await?;
    let _: ::core::option::Option<Referring> = row.r#type(gm).await?;
    let _: ::gm_runtime::verbs::RelatedRows<Row> = Referring::all(gm).await?.related(|t| t.row, gm).await?;
    ::core::result::Result::Ok(())
}

/// Uses the generated items.
pub fn uses() -> ::gm_runtime::Query<RemoteRow> {
    RemoteRow::filter(|p| p.r#type.eq(true) & p.text.eq("x") & p.status.eq(Status::r#Box))
}
