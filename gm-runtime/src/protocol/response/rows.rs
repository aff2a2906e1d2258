//! Reads the rows of a response, within a limit of memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::row::RowSeed;
use crate::error::DecodeFailure;
use crate::field::Value;
use crate::json::MemoryBudget;
use crate::manager::{Description, Records};

/// The rows, or the error of the first row that does not fit the struct.
pub(super) type Rows = Result<Records, DecodeFailure>;

/// Reads the rows.
pub(super) struct RowsSeed<'r> {
    pub(super) description: &'static Description,
    /// How many rows are kept.
    pub(super) most: usize,
    /// The memory that the rows may take.
    pub(super) budget: &'r mut MemoryBudget,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = Rows;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rows, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    /// Each row is checked before the next one is read, since a response may have millions of `{}`, each of which takes
    /// the memory of a row. After a wrong row only the JSON is checked, since an error of the whole response is more
    /// useful.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
        let mut rows = Records::new(self.description);
        let memory_of_a_row = self.description.fields().len().saturating_mul(FIELD);
        while rows.len() < self.most {
            let row = RowSeed {
                description: self.description,
                rows: &mut rows,
                budget: &mut *self.budget,
            };
            let failure = match list.next_element_seed(row)? {
                None => return Ok(Ok(rows)),
                Some(Ok(())) if self.budget.try_take(memory_of_a_row) => continue,
                Some(Ok(())) => too_much_memory(rows.len()),
                Some(Err(failure)) => *failure,
            };
            drop(rows);
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Err(failure));
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Ok(rows))
    }
}

/// The memory of a field, even if the owner leaves it out: a value in a list with twice the needed capacity, and a
/// field of the struct.
const FIELD: usize = 3 * size_of::<Value>();

fn too_much_memory(rows: usize) -> DecodeFailure {
    DecodeFailure::of_response(format!(
        "the response leaves out most fields of its rows, so that its first {rows} rows take more than 32 times its bytes in \
         memory; request fewer rows at once with `page_size`, or use a struct with fewer fields"
    ))
}
