//! The notification in place of two about one row.

use super::channel::{MAX_BYTES, PREFIX};
use super::joined::joined;
use crate::change::Joined;

const CREATED: &str = r#""a":"c","k":{"id" : "5"},"n":{"owner" : "ada"}"#;
const UPDATED: &str =
    r#""a":"u","k":{"id" : "5"},"s":["id", "title"],"b":{"owner" : "ada"},"n":{"owner" : null}"#;
const AGAIN: &str =
    r#""a":"u","k":{"id" : "5"},"s":["id", "owner"],"b":{"owner" : null},"n":{"owner" : "bob"}"#;
const DELETED: &str = r#""a":"d","k":{"id" : "5"},"b":{"owner" : "bob"}"#;

fn text(members: &str) -> String {
    format!("{PREFIX}{{\"i\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\",\"t\":\"16402\",{members}}}")
}

/// The members of what is left of the two, without the id of the event.
fn left_of(one: &str, later: &str) -> Option<Option<serde_json::Value>> {
    Some(match joined(&text(one), &text(later))? {
        Joined::Nothing => None,
        Joined::One(text) => {
            let mut members: serde_json::Value =
                serde_json::from_str(text.strip_prefix(PREFIX).unwrap()).unwrap();
            members.as_object_mut().unwrap().remove("i").unwrap();
            Some(members)
        }
    })
}

#[test]
fn two_changes_of_a_row_are_the_change_from_before_both_to_behind_both() {
    let whole = |members: &str| {
        let members = format!("{{\"t\":\"16402\",\"k\":{{\"id\":\"5\"}},{members}}}");
        Some(Some(serde_json::from_str(&members).unwrap()))
    };
    assert_eq!(left_of(CREATED, UPDATED), whole(r#""a":"c","n":{"owner":null}"#));
    assert_eq!(
        left_of(UPDATED, AGAIN),
        whole(r#""a":"u","s":["id"],"b":{"owner":"ada"},"n":{"owner":"bob"}"#)
    );
    assert_eq!(left_of(AGAIN, DELETED), whole(r#""a":"d","b":{"owner":null}"#));
    assert_eq!(
        left_of(DELETED, CREATED),
        whole(r#""a":"u","b":{"owner":"bob"},"n":{"owner":"ada"}"#)
    );
    assert_eq!(left_of(CREATED, DELETED), Some(None));
}

#[test]
fn changes_of_two_rows_and_those_without_images_stay_two() {
    for (one, later) in [
        (
            CREATED,
            r#""a":"u","k":{"id" : "6"},"b":{"owner" : "ada"},"n":{"owner" : null}"#,
        ),
        (r#""a":"c","k":{"id" : "5"}"#, r#""a":"d","k":{"id" : "5"}"#),
        (r#""a":"r""#, UPDATED),
        (
            r#""a":"c","k":{},"n":{"owner" : "ada"}"#,
            r#""a":"u","k":{},"b":{},"n":{}"#,
        ),
        (CREATED, CREATED),
    ] {
        assert_eq!(left_of(one, later), None, "{one} {later}");
    }
}

#[test]
fn images_that_are_too_long_together_are_left_out() {
    let owner = "x".repeat(MAX_BYTES / 2);
    let [first, second] = [("ada", owner.as_str()), (owner.as_str(), "bob")].map(|(before, after)| {
        format!(
            r#""a":"u","k":{{"id" : "5"}},"b":{{"owner" : "{before}{owner}"}},"n":{{"owner" : "{after}"}}"#
        )
    });
    let left = left_of(&first, &second).flatten().unwrap();
    assert!(left["b"].is_object() && left["n"].is_object(), "{left}");
    let long =
        format!(r#""a":"u","k":{{"id" : "5"}},"b":{{"owner" : "ada"}},"n":{{"owner" : "{owner}{owner}"}}"#);
    let left = left_of(&first, &long).flatten().unwrap();
    assert_eq!(
        left,
        serde_json::json!({"t": "16402", "a": "u", "k": {"id": "5"}})
    );
}
