//! The numbers of rows by the values of a field as JSON: `metadata.counts`.

use super::values;
use crate::query::Groups;

/// The numbers, as they are sent.
#[derive(Debug)]
pub(crate) struct GroupsJson {
    /// `[[value, number], ..]`
    pub(super) json: Vec<u8>,
    /// The number of rows whose value can't be read.
    pub(super) unreadable: u64,
}

impl GroupsJson {
    /// The numbers, in at most this many bytes. `None` for more.
    pub(crate) fn of(groups: &Groups, max_bytes: usize) -> Option<Self> {
        let mut json = vec![b'['];
        for (place, (value, rows)) in groups.counts.iter().enumerate() {
            json.extend_from_slice(if place == 0 { b"[" } else { b",[" });
            values::write(value, &mut json);
            json.extend_from_slice(format!(",{rows}]").as_bytes());
            // Checked after each value, since a text of control characters is six times as long as JSON.
            if json.len() >= max_bytes {
                return None;
            }
        }
        json.push(b']');
        Some(Self {
            json,
            unreadable: groups.unreadable.as_ref().map_or(0, |(rows, _)| *rows),
        })
    }
}
