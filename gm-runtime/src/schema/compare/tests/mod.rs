//! Each kind of difference: whom it breaks, and its words.

mod consumer;
mod fields;

use super::resource::compare_with_owner;
use super::{Breaks, Difference};
use crate::schema::{ResourceSchema, Schema};

/// A resource of these members besides its names and its id.
fn schema(resource: &str, fields: &str) -> Schema {
    let separator = if resource.is_empty() { "" } else { "," };
    let text = format!(
        r#"{{"resources": [{{
            "base_path": "/internal/gm", "resource": "tickets", "manager": "RemoteTicket", "id": "id" {separator} {resource},
            "fields": [{{"name": "id", "type": "integer"}}, {{"name": "code", "type": "text"}} {fields}]
        }}]}}"#
    );
    Schema::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What differs, by whom it breaks, `always` or only some.
fn shown(differences: &[Difference]) -> Vec<String> {
    let shown = |difference: &Difference| {
        let breaks = match (difference.breaks, difference.always) {
            (Breaks::Nobody, _) => "nobody",
            (Breaks::Writers, true) => "writers",
            (Breaks::Writers, false) => "some writes",
            (Breaks::Readers, true) => "readers",
            (Breaks::Readers, false) => "some reads",
        };
        format!("{breaks}: {difference}")
    };
    differences.iter().map(shown).collect()
}

/// The differences of two versions of a field `f`.
fn versions(from: &str, to: &str) -> Vec<String> {
    let with = |members: &str| schema("", &format!(r#", {{"name": "f", {members}}}"#));
    shown(&with(from).compare(&with(to)))
}

fn only(schema: &Schema) -> &ResourceSchema {
    &schema.resources[0]
}

/// The differences of a struct's field `f` from that of its owner.
fn consumer(here: &str, owner: &str) -> Vec<String> {
    let with = |members: &str| schema("", &format!(r#", {{"name": "f", {members}}}"#));
    shown(&compare_with_owner(only(&with(here)), Some(only(&with(owner)))))
}

fn resources(from: &str, to: &str) -> Vec<String> {
    shown(&schema(from, "").compare(&schema(to, "")))
}

#[test]
fn equal_schemas_have_no_difference() {
    let field =
        r#""type": "text", "values": ["a"], "lookups": ["exact"], "orderable": true, "required": true"#;
    assert!(versions(field, field).is_empty());
    assert!(consumer(field, field).is_empty());
}

#[test]
fn resources_of_two_versions() {
    let none = Schema::default();
    let one = schema("", "");
    assert_eq!(
        shown(&one.compare(&none)),
        ["readers: `tickets` is served no longer"]
    );
    assert_eq!(shown(&none.compare(&one)), ["nobody: `tickets` is served now"]);
    for (from, to, expected) in [
        (
            r#""protocol_version": "v1""#,
            r#""protocol_version": "v2""#,
            r#"readers: `tickets` had the protocol version "v1" and has "v2" now"#,
        ),
        (
            r#""operations": ["filter", "detail"]"#,
            r#""operations": ["filter"]"#,
            "readers: `tickets` has the operation `detail` no longer",
        ),
        (
            r#""operations": ["filter", "create"]"#,
            r#""operations": ["filter"]"#,
            "writers: `tickets` has the operation `create` no longer",
        ),
        (
            r#""operations": ["filter"]"#,
            r#""operations": ["filter", "delete"]"#,
            "nobody: `tickets` has the operation `delete` now",
        ),
        (
            r#""websocket": true"#,
            "",
            "some reads: `tickets` announces its changes on a websocket no longer",
        ),
        (
            "",
            r#""websocket": true"#,
            "nobody: `tickets` announces its changes on a websocket now",
        ),
        (
            r#""features": ["cursor"]"#,
            "",
            r#"some reads: `tickets` has the extension "cursor" no longer"#,
        ),
        (
            r#""features": ["version"]"#,
            "",
            r#"some writes: `tickets` has the extension "version" no longer"#,
        ),
        (
            "",
            r#""features": ["batch"]"#,
            r#"nobody: `tickets` has the extension "batch" now"#,
        ),
        (
            r#""max_page_size": 1000"#,
            r#""max_page_size": 100"#,
            "some reads: `tickets` had the maximum page size 1000 and has 100 now",
        ),
        (
            r#""max_page_size": 100"#,
            r#""max_page_size": 1000"#,
            "nobody: `tickets` had the maximum page size 100 and has 1000 now",
        ),
    ] {
        assert_eq!(resources(from, to), [expected]);
    }
}

#[test]
fn another_id_breaks_readers() {
    let mut other = schema("", "");
    "code".clone_into(&mut other.resources[0].id);
    assert_eq!(
        shown(&schema("", "").compare(&other)),
        ["readers: `tickets` had the id `id` and has `code` now"]
    );
}

#[test]
fn an_operation_that_is_lost_is_not_said_again_of_each_field() {
    let with = |operations: &str, members: &str| {
        let field = format!(r#", {{"name": "f", "type": "text" {members}}}"#);
        schema(&format!(r#""operations": [{operations}]"#), &field)
    };
    let full = with(
        r#""filter", "create", "update""#,
        r#", "creatable": true, "required": true, "updatable": true, "lookups": ["exact"], "orderable": true"#,
    );
    let without = |operations: &str, members: &str| shown(&full.compare(&with(operations, members)));
    assert_eq!(
        without(r#""filter""#, r#", "lookups": ["exact"], "orderable": true"#),
        [
            "writers: `tickets` has the operation `create` no longer",
            "writers: `tickets` has the operation `update` no longer"
        ]
    );
    assert_eq!(
        without(
            r#""create", "update""#,
            r#", "write_only": true, "creatable": true, "required": true, "updatable": true"#
        ),
        ["readers: `tickets` has the operation `filter` no longer"]
    );
}
