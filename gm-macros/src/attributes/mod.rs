//! From the tokens of the attributes to values that know where they were written.

mod arguments;
pub(crate) mod carried;
pub(crate) mod database;
pub(crate) mod field;
pub(crate) mod manager;
mod on_struct;
mod operation;
pub(crate) mod permission;
pub(crate) mod remote_api;
pub(crate) mod remote_manager;

pub(crate) use arguments::{Argument, arguments, put};
pub(crate) use on_struct::StructAttributes;
pub(crate) use operation::Operation;
