//! What is made of an owner's answer, and kept.

#[cfg(feature = "server")]
use std::sync::Arc;

use super::caches::Answer;
use crate::error::Error;
use crate::field::Value;
use crate::manager::{Kind, Record};
#[cfg(feature = "server")]
use crate::protocol::reply::{ItemsPage, RowWriter};
use crate::query::RecordPage;

/// What is made of an owner's answer, and kept: an answer of one form is never given to who wants another.
#[derive(Clone)]
pub(crate) enum Form {
    /// Rows of the manager's type, for this service's own code.
    Typed(&'static Kind),
    /// Rows as a reply holds them, for those who read through a gateway.
    #[cfg(feature = "server")]
    Json(Arc<RowWriter>),
}

impl Form {
    /// The page, and an estimate of its bytes in memory.
    pub(super) fn page(&self, page: RecordPage) -> Result<(Answer, u32), Error> {
        match self {
            Self::Typed(kind) => {
                let weight = weight(page.rows.values());
                Ok((kind.page(page)?, weight))
            }
            #[cfg(feature = "server")]
            Self::Json(writer) => Ok(json(ItemsPage {
                items: writer.items(page.rows.iter())?,
                total_count: page.total_count,
                page_size: page.page_size,
            })),
        }
    }

    /// The row, and an estimate of its bytes in memory.
    pub(super) fn row(&self, row: Record) -> Result<(Answer, u32), Error> {
        match self {
            Self::Typed(kind) => {
                let weight = weight(row.values());
                Ok((kind.row(row)?, weight))
            }
            #[cfg(feature = "server")]
            Self::Json(writer) => Ok(json(ItemsPage {
                items: writer.items(std::iter::once(row.values()))?,
                total_count: None,
                page_size: None,
            })),
        }
    }
}

#[cfg(feature = "server")]
fn json(page: ItemsPage) -> (Answer, u32) {
    let weight = OVERHEAD.saturating_add(page.items.size());
    (
        Answer::Json(Arc::new(page)),
        u32::try_from(weight).unwrap_or(u32::MAX),
    )
}

/// What an entry weighs besides its values, in bytes.
const OVERHEAD: usize = 256;

fn weight(values: &[Value]) -> u32 {
    u32::try_from(OVERHEAD.saturating_add(bytes_of(values))).unwrap_or(u32::MAX)
}

/// An estimate of the bytes that these values take in memory.
pub(crate) fn bytes_of(values: &[Value]) -> usize {
    let bytes = values.iter().map(|value| {
        let behind = match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Json(json) => json_weight(json),
            _ => 0,
        };
        behind.saturating_add(size_of::<Value>())
    });
    bytes.fold(0, usize::saturating_add)
}

fn json_weight(json: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    let behind = match json {
        Json::String(text) => text.len(),
        Json::Array(members) => members.iter().map(json_weight).fold(0, usize::saturating_add),
        Json::Object(members) => members
            .iter()
            .map(|(key, member)| key.len().saturating_add(json_weight(member)))
            .fold(0, usize::saturating_add),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    };
    behind.saturating_add(size_of::<Json>())
}
