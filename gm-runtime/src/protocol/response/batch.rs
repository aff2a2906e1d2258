//! Reads the response to a batch.

use crate::error::DecodeFailure;
use crate::json::{RawJson, View};

/// The most levels of a response.
const LEVELS: usize = 127;

/// The results of a batch of so many operations, each as the body of the response to the single request.
pub(crate) fn read_results(body: &[u8], operations: usize) -> Result<Vec<&str>, DecodeFailure> {
    let failure = DecodeFailure::of_response;
    let text = std::str::from_utf8(body).map_err(|_| failure("the response is not JSON in UTF-8"))?;
    let json = RawJson::parse(text, LEVELS).map_err(|_| failure("the response is not JSON"))?;
    let mut results = None;
    if let View::Object(members) = json.view() {
        for (key, value) in members {
            if key == "results" {
                results = Some(value.view());
            }
        }
    }
    let Some(View::List(list)) = results else {
        return Err(failure("expected an object with a list `results`"));
    };
    let results: Vec<_> = list
        .take(operations.saturating_add(1))
        .map(RawJson::text)
        .collect();
    match results.len() == operations {
        true => Ok(results),
        false => Err(failure("expected as many `results` as the batch has operations")),
    }
}
