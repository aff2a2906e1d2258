//! What callers see: rows by rules, fields by rules, presets, and errors that tell nothing of what is hidden.
//!
//! Most tests run on each storage: memory, SQLite, Postgres, own storage, and a gateway in front of an owner without rules.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod batch_callers;
mod cursors;
mod explain;
mod fields;
mod foreign_keys;
mod gateway;
mod gateway_keys;
mod gateway_large_rows;
mod gateway_mismatch;
mod gateway_references;
mod hidden_writes;
mod idempotency;
mod identity;
mod inference;
mod leaks;
mod many_updates;
mod matrix;
mod noninterference;
mod noninterference_references;
mod one_transaction;
mod presets;
mod references;
mod rows;
mod second_struct;
mod service;
mod shelf;
mod ticket;
mod typed;
mod waiting;
mod write_only;
mod writes;
