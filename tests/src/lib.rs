//! What the tests share: the recorded cases of the wire contract, changes to them by chance, the service that answers
//! them, and a small HTTP client that sends exactly the bytes it is told to.
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
