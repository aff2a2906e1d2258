//! The expansion of a model: a description, handles of fields, the structs of writes, and thin trait impls. The generated
//! code contains no logic; it calls generic functions of gm-runtime.
//!
//! Generated items have `#[allow(dead_code, private_interfaces)]`, since an application may not use every verb, and the types of
//! fields may be less visible than the struct. They also have the lint attributes of the struct and its fields, whose names
//! they use.

mod database;
mod draft;
mod expansion;
mod fallback;
mod field_docs;
mod fields;
mod interface;
mod manager;
mod reference;
mod remote_api;
mod remote_manager;
mod rule;
mod target;
mod verbs;

pub(crate) use expansion::expand;
pub(crate) use fallback::fallback;
pub(crate) use rule::computed_rules;
