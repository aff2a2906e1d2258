//! The limits of a write of many rows.

use std::time::{Duration, Instant};

use crate::error::{Error, QueryError};
use crate::manager::{Values, bytes_of};

/// The limits of a write of many rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BulkLimits {
    /// The most rows.
    pub(crate) rows: u64,
    /// The most estimated bytes of the rows that are in memory.
    pub(crate) bytes: u64,
    /// The longest time. Other writes may wait meanwhile.
    pub(crate) time: Duration,
}

impl Default for BulkLimits {
    fn default() -> Self {
        Self {
            rows: 100_000,
            bytes: 64 * 1024 * 1024,
            time: Duration::from_secs(5),
        }
    }
}

impl BulkLimits {
    /// Refuses limits of zero.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let zero = [
            ("max_bulk_rows", self.rows == 0),
            ("max_bulk_bytes", self.bytes == 0),
            ("bulk_time_limit", self.time.is_zero()),
        ];
        match zero.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "`{name}` is zero, so no rows could be written at once; leave it out for the default"
            ))),
            None => Ok(()),
        }
    }

    /// Checks a number of rows against the limit.
    pub(crate) fn check_rows(&self, manager: &'static str, rows: u64) -> Result<(), Error> {
        match rows > self.rows {
            true => Err(self.too_many_rows(manager)),
            false => Ok(()),
        }
    }

    /// The error of more rows than the limit.
    pub(crate) fn too_many_rows(&self, manager: &'static str) -> Error {
        let limit = self.rows;
        QueryError::TooManyBulkRows { manager, limit }.into()
    }

    /// Checks the bytes of rows against the limit.
    pub(crate) fn check_bytes(&self, manager: &'static str, bytes: u64) -> Result<(), Error> {
        let limit = self.bytes;
        match bytes > limit {
            true => Err(QueryError::TooManyBulkBytes { manager, limit }.into()),
            false => Ok(()),
        }
    }

    /// Checks the number and the bytes of new rows.
    pub(crate) fn check_new(&self, manager: &'static str, rows: &[Values]) -> Result<(), Error> {
        self.check_rows(manager, rows.len() as u64)?;
        let mut bytes = 0_u64;
        for values in rows {
            for (_, value) in values.iter() {
                bytes = bytes.saturating_add(bytes_of(std::slice::from_ref(value)) as u64);
            }
            self.check_bytes(manager, bytes)?;
        }
        Ok(())
    }

    /// The time limit of a write, which begins now.
    pub(crate) fn clock(&self, manager: &'static str) -> BulkClock {
        BulkClock {
            manager,
            limit: self.time,
            begin: Instant::now(),
        }
    }

    /// The error of a write that took longer than the limit.
    pub(crate) fn timeout(&self, manager: &'static str) -> Error {
        timeout(manager, self.time)
    }
}

/// The time limit of a write that has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BulkClock {
    manager: &'static str,
    limit: Duration,
    begin: Instant,
}

impl BulkClock {
    /// Refuses to continue after the limit.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.left().is_zero() {
            true => Err(timeout(self.manager, self.limit)),
            false => Ok(()),
        }
    }

    /// The time that is left.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begin.elapsed())
    }
}

fn timeout(manager: &'static str, limit: Duration) -> Error {
    QueryError::BulkTimeout { manager, limit }.into()
}
