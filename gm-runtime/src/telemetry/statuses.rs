//! The label of an HTTP status.

/// The statuses that have a label of their own: those of the contract, and those of common proxies. A hostile owner can't make
/// more.
const STATUSES: [u16; 30] = [
    101, 200, 201, 204, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
    413, 415, 422, 429, 500, 502, 503, 504, 505,
];

/// The number of places, with one for every other status.
pub(super) const PLACES: usize = STATUSES.len() + 1;

/// The place of a status among those with a label.
pub(super) fn place_of(status: u16) -> usize {
    // The usual ones first.
    match status {
        200 => 1,
        _ => STATUSES
            .iter()
            .position(|known| *known == status)
            .unwrap_or(STATUSES.len()),
    }
}

/// The text of the status at this place. `None` for every other status.
pub(super) fn text_at(place: usize) -> Option<String> {
    STATUSES.get(place).map(u16::to_string)
}

#[cfg(test)]
mod tests {
    use super::{PLACES, place_of, text_at};

    #[test]
    fn each_status_has_its_text_or_none() {
        for status in 0..=u16::MAX {
            let place = place_of(status);
            assert!(place < PLACES);
            assert!(
                text_at(place).is_none_or(|text| text == status.to_string()),
                "{status}"
            );
        }
        assert_eq!(text_at(place_of(200)).as_deref(), Some("200"));
        assert_eq!(text_at(place_of(299)), None);
    }
}
