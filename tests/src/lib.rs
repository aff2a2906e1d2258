//! The library of the tests: the recorded cases of the wire contract, random mutations of them, the service for them,
//! a small HTTP client that sends any bytes, keys that sign tokens, databases of a Postgres server, and a
//! provider of credentials that the test answers.
#![forbid(unsafe_code)]

pub mod clock;
pub mod conformance;
pub mod credentials;
pub mod database;
pub mod fuzz;
pub mod keep_alive;
pub mod log;
pub mod marker;
pub mod memory;
pub mod mutation;
pub mod openapi;
pub mod postgres;
pub mod random;
pub mod raw;
pub mod recorded;
pub mod signing_keys;
pub mod unreadable;
pub mod websocket;
