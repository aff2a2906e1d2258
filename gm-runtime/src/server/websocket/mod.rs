//! The websocket of invalidation events.

mod attachment;
mod class_index;
#[cfg(test)]
mod class_tests;
mod classes;
mod connection_limit;
mod cursor;
mod event_log;
mod frame_reader;
mod frames;
mod handshake;
mod hub;
mod shard;
mod shard_callers;
mod shard_state;
mod slot_holder;
mod socket;
#[cfg(test)]
mod tests;
mod wake_task;

#[cfg(fuzzing)]
pub use frame_reader::fuzz_frames;

pub(crate) use connection_limit::ConnectionLimit;
pub(crate) use handshake::handshake;
pub(crate) use hub::Hub;
