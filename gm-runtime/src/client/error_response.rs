//! Parses responses with a status other than success.

use super::transport::HttpResponse;
use crate::error::{RemoteError, RequestLine};
use crate::json::{MemoryBudget, RawJson, View};
use crate::protocol::error_code::ErrorCode;
use crate::protocol::names::REQUEST_ID_HEADER;

/// The longest body that is parsed. Error envelopes are small.
const MAX_ENVELOPE: usize = 64 * 1024;
/// The deepest nesting of an envelope.
const MAX_ENVELOPE_LEVELS: usize = 64;
/// The longest error code or request id.
const MAX_WORD: usize = 200;

/// The parts of an error's envelope. All are `None` if the body is no envelope.
#[derive(Default)]
struct Envelope<'b> {
    error_code: Option<RawJson<'b>>,
    request_id: Option<RawJson<'b>>,
    details: Option<RawJson<'b>>,
}

impl<'b> Envelope<'b> {
    fn of(body: &'b [u8]) -> Self {
        let mut envelope = Self::default();
        let text = Some(body)
            .filter(|body| body.len() <= MAX_ENVELOPE)
            .and_then(|body| std::str::from_utf8(body).ok());
        let json = text.and_then(|text| RawJson::parse(text, MAX_ENVELOPE_LEVELS).ok());
        let Some(View::Object(members)) = json.map(RawJson::view) else {
            return envelope;
        };
        for (key, value) in members {
            match (&*key, value.view()) {
                ("error_code", _) => envelope.error_code = Some(value),
                ("details", _) => envelope.details = Some(value),
                ("metadata", View::Object(metadata)) => {
                    let id = metadata.filter(|(key, _)| key == "request_id").last();
                    envelope.request_id = id.map(|(_, id)| id);
                }
                _ => {}
            }
        }
        envelope
    }
}

/// The error for this response. `is_final`: another retry would not help.
pub(crate) fn remote_error(request: RequestLine, response: &HttpResponse, is_final: bool) -> RemoteError {
    let envelope = Envelope::of(response.body());
    let word = |json: Option<RawJson<'_>>| match json?.view() {
        View::Text(text) if is_word(&text) => Some(text.into_owned()),
        _ => None,
    };
    let error_code = word(envelope.error_code);
    let request_id = word(envelope.request_id)
        .or_else(|| {
            response
                .header(REQUEST_ID_HEADER)
                .filter(|id| is_word(id))
                .map(str::to_owned)
        })
        .unwrap_or_else(|| request.request_id.to_string());
    let details = envelope
        .details
        .filter(|details| !details.is_null())
        .and_then(|details| details.to_value(&mut MemoryBudget::unbounded()).ok());
    RemoteError {
        request,
        status: response.status(),
        error_code,
        request_id,
        details,
        retry_after: response.retry_after(),
        is_final,
    }
}

/// Whether another attempt with the same idempotency key is still being carried out.
pub(super) fn is_in_progress(response: &HttpResponse) -> bool {
    let code = Envelope::of(response.body()).error_code;
    matches!(code.map(RawJson::view), Some(View::Text(code)) if code == ErrorCode::IN_PROGRESS)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_WORD && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
