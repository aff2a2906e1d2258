//! The websocket of changes.

mod connection_limit;
mod frames;
mod handshake;
mod hub;
mod shard;
mod socket;
#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub use frames::fuzz_frames;

pub(crate) use connection_limit::ConnectionLimit;
pub(crate) use handshake::handshake;
pub(crate) use hub::Hub;
