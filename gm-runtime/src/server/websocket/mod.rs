//! The websocket of changes.

mod branch;
mod frames;
mod handshake;
mod hub;
mod seats;
mod socket;
#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub use frames::fuzz_frames;

pub(crate) use handshake::handshake;
pub(crate) use hub::Hub;
pub(crate) use seats::Sockets;
