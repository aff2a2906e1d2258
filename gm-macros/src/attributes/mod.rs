//! Parses the attributes into values that keep their spans.

mod argument;
mod arguments;
pub(crate) mod database;
pub(crate) mod field;
pub(crate) mod forwarded;
pub(crate) mod manager;
mod operation;
pub(crate) mod permission;
pub(crate) mod remote_api;
pub(crate) mod remote_manager;
pub(crate) mod rule;
mod struct_attributes;

pub(crate) use argument::Argument;
pub(crate) use arguments::{arguments, set_once};
pub(crate) use operation::Operation;
pub(crate) use struct_attributes::StructAttributes;
