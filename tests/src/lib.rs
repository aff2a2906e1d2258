//! The library of the tests: the recorded cases of the wire contract, random mutations of them, the service for them,
//! and a small HTTP client that sends any bytes.
#![forbid(unsafe_code)]

pub mod conformance;
pub mod fuzz;
pub mod keep_alive;
pub mod log;
pub mod memory;
pub mod mutation;
pub mod random;
pub mod raw;
pub mod recorded;
pub mod websocket;
