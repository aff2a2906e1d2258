//! Responses, as a consumer reads them: from JSON directly into records.

mod batch;
mod envelope;
mod groups;
mod key;
mod metadata;
mod read;
mod row;
mod rows;
mod value;

pub(crate) use batch::read_results;
pub(crate) use read::{PageResponse, read_groups, read_page, read_row};
