//! What the tests share: the service that answers the recorded cases of the wire contract, and a small HTTP client
//! that sends exactly the bytes it is told to.
#![forbid(unsafe_code)]

pub mod conformance;
pub mod raw;
pub mod websocket;
