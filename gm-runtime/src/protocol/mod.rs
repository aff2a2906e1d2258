//! The wire contract, protocol v1: the only room that server and client share.

pub(crate) mod event;
pub(crate) mod names;
pub(crate) mod values;
