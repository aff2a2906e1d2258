//! Cache keys: hashes of 128 bits, computed without serializing the query.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, OnceLock};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::{Cursor, Lookup, OrderBy, Select};
use crate::field::Value;

/// SipHash with a random key for each process, so that an attacker who chooses queries can't cause collisions.
static HASHER: LazyLock<SipHasher13> = LazyLock::new(|| {
    let (first, second) = uuid::Uuid::new_v4().as_u64_pair();
    // Six bits of a v4 UUID are fixed. Two UUIDs give enough random bits.
    let (third, fourth) = uuid::Uuid::new_v4().as_u64_pair();
    SipHasher13::new_with_keys(first ^ fourth.rotate_left(32), second ^ third.rotate_left(32))
});

/// The key of this value. It differs between processes.
pub(crate) fn key(value: &impl Hash) -> u128 {
    let mut hasher = BufferedHasher {
        hasher: *HASHER,
        bytes: [0; 64],
        length: 0,
    };
    value.hash(&mut hasher);
    hasher.flush();
    hasher.hasher.finish128().as_u128()
}

/// A read of a manager's rows, as far as it decides which rows are read. It is the input of the cache key, and contains
/// neither the handle nor the caller.
#[derive(Hash)]
pub(crate) enum Question<'a> {
    List {
        filters: &'a [Lookup],
        excludes: &'a [Lookup],
        ordering: &'a [OrderBy],
        page: Option<u64>,
        page_size: Option<u64>,
        after: Option<&'a str>,
        count: bool,
        first_page: bool,
        exact_page_size: bool,
        related_epochs: &'a [u64],
    },
    /// The numbers of rows by the values of a field.
    Groups {
        filters: &'a [Lookup],
        excludes: &'a [Lookup],
        field: u16,
        related_epochs: &'a [u64],
    },
    Row(&'a Value),
}

impl<'a> Question<'a> {
    /// The rows of this query. `count` replaces the one of the query.
    #[inline]
    pub(crate) fn list(select: &'a Select, count: bool) -> Self {
        let Select {
            filters,
            excludes,
            ordering,
            page,
            page_size,
            after,
            count: _,
            first_page,
            exact_page_size,
            related_epochs,
            // No cache applies conditions, or reads a cursor.
            condition: _,
            position: _,
        } = select;
        Self::List {
            filters,
            excludes,
            ordering,
            page: *page,
            page_size: *page_size,
            after: after.as_ref().map(Cursor::as_str),
            count,
            first_page: *first_page,
            exact_page_size: *exact_page_size,
            related_epochs,
        }
    }

    /// The numbers of the rows of this query by the values of a field.
    pub(crate) fn groups(select: &'a Select, field: u16) -> Self {
        Self::Groups {
            filters: &select.filters,
            excludes: &select.excludes,
            field,
            related_epochs: &select.related_epochs,
        }
    }

    pub(crate) fn key(&self) -> u128 {
        key(self)
    }
}

/// Memoizes the key of one question from its second use on. Most questions are used once.
#[derive(Default)]
pub(crate) struct KeyMemo {
    used: AtomicBool,
    key: OnceLock<u128>,
}

impl KeyMemo {
    /// The key of the question, which must be the same for each call.
    #[inline]
    pub(crate) fn key(&self, question: &Question<'_>) -> u128 {
        if self.used.load(Ordering::Relaxed) {
            *self.key.get_or_init(|| question.key())
        } else {
            self.used.store(true, Ordering::Relaxed);
            question.key()
        }
    }
}

/// A hasher with a buffer for small writes, each of which is slow in SipHash.
struct BufferedHasher {
    hasher: SipHasher13,
    bytes: [u8; 64],
    length: usize,
}

impl BufferedHasher {
    fn flush(&mut self) {
        self.hasher
            .write(self.bytes.get(..self.length).unwrap_or_default());
        self.length = 0;
    }

    fn free(&mut self, length: usize) -> Option<&mut [u8]> {
        self.bytes.get_mut(self.length..)?.get_mut(..length)
    }
}

impl Hasher for BufferedHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        if self.free(bytes.len()).is_none() {
            self.flush();
        }
        match self.free(bytes.len()) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.hasher.write(bytes),
        }
    }

    /// Hashes a length. A short one takes one byte.
    #[inline]
    fn write_usize(&mut self, number: usize) {
        match u8::try_from(number) {
            Ok(number) if number < u8::MAX => self.write_u8(number),
            _ => {
                self.write_u8(u8::MAX);
                self.write_u64(number as u64);
            }
        }
    }

    /// Hashes the variant of an enum.
    #[inline]
    fn write_isize(&mut self, number: isize) {
        self.write_usize(number.cast_unsigned());
    }

    /// Required by the trait, but not called, since the key has 128 bits.
    fn finish(&self) -> u64 {
        let mut all = self.hasher;
        all.write(self.bytes.get(..self.length).unwrap_or_default());
        all.finish()
    }
}
