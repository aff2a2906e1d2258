//! Rows of another service.
