//! JSON from a column.

use crate::field::{ValueError, ValueType};
use crate::json::{MemoryBudget, RawJson};

/// Parses the JSON text of a column, in any spelling. Another program may have written it.
///
/// # Errors
/// Text that is not JSON, and a number that can't be represented.
pub(crate) fn json_column(text: &[u8]) -> Result<serde_json::Value, ValueError> {
    let expected = || ValueError::new(format!("expected {}", ValueType::Json.name()));
    let text = std::str::from_utf8(text).map_err(|_| expected())?;
    let json = RawJson::parse(text, usize::MAX).map_err(|_| expected())?;
    Ok(json.to_value(&mut MemoryBudget::unbounded())?)
}
