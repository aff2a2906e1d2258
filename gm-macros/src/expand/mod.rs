//! From what was declared to the code that the derive emits: descriptions, handles, inputs and thin trait impls.
//!
//! Nothing here decides anything at run time: everything that is emitted calls the runtime's generic functions.
//!
//! What is generated carries `#[allow(dead_code, private_interfaces)]`: an application need not use every verb, and a
//! manager may have fields of types that are less visible than itself. Neither is a mistake of its author's. It carries
//! what the struct and its fields allow, too: it has their names.

mod database;
mod expansion;
mod fallback;
mod fields;
mod inputs;
mod interface;
mod manager;
mod remote_api;
mod remote_manager;
mod target;

pub(crate) use expansion::expand;
pub(crate) use fallback::fallback;
