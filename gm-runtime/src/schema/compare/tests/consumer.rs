//! A consumer's struct and its owner.

use super::super::resource::compare_with_owner;
use super::{consumer, only, schema, shown};

#[test]
fn a_struct_and_its_owner() {
    for (here, owner, expected) in [
        (
            r#""type": "integer""#,
            r#""type": "text""#,
            "readers: `RemoteTicket.f` is an integer here and text at the owner",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "nullable": true"#,
            "some reads: `RemoteTicket.f` may be null at the owner and not here",
        ),
        (
            r#""type": "text", "nullable": true"#,
            r#""type": "text""#,
            "nobody: `RemoteTicket.f` may be null here and not at the owner",
        ),
        (
            r#""type": "integer", "range": {"min": -128, "max": 127}"#,
            r#""type": "integer""#,
            "some reads: `RemoteTicket.f` holds integers from -128 to 127 here and any integer of 64 bits at the owner",
        ),
        (
            r#""type": "text", "values": ["a"]"#,
            r#""type": "text", "values": ["a", "b"]"#,
            r#"some reads: `RemoteTicket.f` has the value "b" at the owner and not here"#,
        ),
        (
            r#""type": "text", "values": ["a", "b"]"#,
            r#""type": "text", "values": ["a"]"#,
            r#"some writes: `RemoteTicket.f` has the value "b" here and not at the owner"#,
        ),
        (
            r#""type": "text", "creatable": true"#,
            r#""type": "text""#,
            "writers: `RemoteTicket.f` can be given in a create here and not at the owner",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "creatable": true, "required": true"#,
            "writers: `RemoteTicket.f` is needed by a create at the owner and not here",
        ),
        (
            r#""type": "text", "max_length": 20"#,
            r#""type": "text", "max_length": 10"#,
            "some writes: `RemoteTicket.f` has the maximum length 20 here and the maximum length 10 at the owner",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "write_only": true"#,
            "readers: `RemoteTicket.f` can be read here and not at the owner",
        ),
    ] {
        assert_eq!(consumer(here, owner), [expected]);
    }
}

#[test]
fn a_struct_expects_only_what_it_declares() {
    for (here, owner) in [
        (
            r#""type": "text""#,
            r#""type": "text", "max_length": 10, "pattern": "a+", "unique": true"#,
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "values": ["a"], "lookups": ["exact"], "orderable": true"#,
        ),
        (
            r#""type": "text", "max_length": 10"#,
            r#""type": "text", "max_length": 20"#,
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "creatable": true, "updatable": true"#,
        ),
        (
            r#""type": "integer""#,
            r#""type": "integer", "min": "5", "max": "7", "kept": "version""#,
        ),
        (
            r#""type": "decimal""#,
            r#""type": "decimal", "max_digits": 10, "decimal_places": 2"#,
        ),
        (
            r#""type": "text", "values": ["a"], "open": true"#,
            r#""type": "text", "values": ["a"]"#,
        ),
        (
            r#""type": "integer", "range": {"min": 0, "max": 255}"#,
            r#""type": "integer", "range": {"min": 0, "max": 255}, "min": "5""#,
        ),
        (
            r#""type": "text", "creatable": true, "required": true"#,
            r#""type": "text", "creatable": true"#,
        ),
    ] {
        assert_eq!(consumer(here, owner), Vec::<String>::new(), "{here} {owner}");
    }
}

#[test]
fn a_range_that_the_owner_limits_breaks_no_reader() {
    let narrow = r#""type": "integer", "range": {"min": 0, "max": 255}"#;
    let limited = r#""type": "integer", "min": "1", "max": "100""#;
    let expected =
        "nobody: `RemoteTicket.f` holds integers from 0 to 255 here and any integer of 64 bits at the owner";
    assert_eq!(consumer(narrow, limited), [expected]);
}

#[test]
fn fields_of_a_struct_and_its_owner() {
    let without = schema("", "");
    let here = |members: &str| schema("", &format!(r#", {{"name": "f", "type": "text" {members}}}"#));
    let missing = "`RemoteTicket.f` is a field here and not at the owner, or the owner does not let this service read it";
    for (members, breaks) in [
        ("", "readers"),
        (r#", "nullable": true"#, "nobody"),
        (r#", "nullable": true, "updatable": true"#, "writers"),
    ] {
        let here = here(members);
        let found = shown(&compare_with_owner(only(&here), Some(only(&without))));
        assert_eq!(found, [format!("{breaks}: {missing}")]);
    }
    let unknown = |members: &str| {
        let owner = here(members);
        shown(&compare_with_owner(only(&without), Some(only(&owner))))
    };
    assert_eq!(
        unknown(""),
        ["nobody: `RemoteTicket.f` is a field at the owner and not here"]
    );
    assert_eq!(
        unknown(r#", "creatable": true, "required": true"#),
        ["writers: `RemoteTicket.f` is a field that a create needs at the owner and not here"]
    );
}

#[test]
fn a_resource_that_the_owner_does_not_serve() {
    assert_eq!(
        shown(&compare_with_owner(only(&schema("", "")), None)),
        ["readers: the owner of `RemoteTicket` serves no resource `tickets` to this service"]
    );
}
