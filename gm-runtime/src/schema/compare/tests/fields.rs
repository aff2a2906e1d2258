//! Fields of two versions.

use super::{schema, shown, versions};

#[test]
fn fields_of_two_versions() {
    let with = schema("", r#", {"name": "f", "type": "text"}"#);
    let needed = schema(
        "",
        r#", {"name": "f", "type": "text", "creatable": true, "required": true}"#,
    );
    let without = schema("", "");
    for (from, to, expected) in [
        (&with, &without, "readers: `tickets.f` is a field no longer"),
        (&without, &with, "nobody: `tickets.f` is a field now"),
        (
            &without,
            &needed,
            "writers: `tickets.f` is a field that a create needs now",
        ),
    ] {
        assert_eq!(shown(&from.compare(to)), [expected]);
    }
    for (from, to, expected) in [
        (
            r#""type": "integer""#,
            r#""type": "text""#,
            "readers: `tickets.f` was an integer and is text now",
        ),
        (
            r#""type": "text""#,
            r#""type": "uuid""#,
            "some writes: `tickets.f` was text and is a uuid now",
        ),
        (
            r#""type": "uuid""#,
            r#""type": "text""#,
            "some reads: `tickets.f` was a uuid and is text now",
        ),
        (
            r#""type": "decimal""#,
            r#""type": "integer""#,
            "writers: `tickets.f` was a decimal and is an integer now",
        ),
        (
            r#""type": "integer""#,
            r#""type": "money""#,
            r#"some reads: `tickets.f` was an integer and is of the type "money" now"#,
        ),
        (
            r#""type": "integer", "range": {"min": -128, "max": 127}"#,
            r#""type": "integer""#,
            "some reads: `tickets.f` held integers from -128 to 127 and holds any integer of 64 bits now",
        ),
        (
            r#""type": "integer""#,
            r#""type": "integer", "range": {"min": -128, "max": 127}"#,
            "some writes: `tickets.f` held any integer of 64 bits and holds integers from -128 to 127 now",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "nullable": true"#,
            "some reads: `tickets.f` may be null now",
        ),
        (
            r#""type": "text", "nullable": true"#,
            r#""type": "text""#,
            "some writes: `tickets.f` may be null no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "write_only": true"#,
            "readers: `tickets.f` can be read no longer",
        ),
        (
            r#""type": "text", "write_only": true"#,
            r#""type": "text""#,
            "nobody: `tickets.f` can be read now",
        ),
        (
            r#""type": "text", "creatable": true"#,
            r#""type": "text", "creatable": true, "required": true"#,
            "some writes: `tickets.f` is needed by a create now",
        ),
        (
            r#""type": "text", "creatable": true, "required": true"#,
            r#""type": "text", "creatable": true"#,
            "nobody: `tickets.f` is needed by a create no longer",
        ),
        (
            r#""type": "text", "creatable": true"#,
            r#""type": "text""#,
            "writers: `tickets.f` can be given in a create no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "creatable": true"#,
            "nobody: `tickets.f` can be given in a create now",
        ),
        (
            r#""type": "text", "updatable": true"#,
            r#""type": "text""#,
            "writers: `tickets.f` can be changed by an update no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "updatable": true"#,
            "nobody: `tickets.f` can be changed by an update now",
        ),
    ] {
        assert_eq!(versions(from, to), [expected]);
    }
}

#[test]
fn names_of_two_versions() {
    for (from, to, expected) in [
        (
            r#""type": "text", "values": ["a"]"#,
            r#""type": "text", "values": ["a", "b", "<c>"]"#,
            r#"some reads: `tickets.f` has the values "b", "<c>" now"#,
        ),
        (
            r#""type": "text", "values": ["a"], "open": true"#,
            r#""type": "text", "values": ["a", "b"], "open": true"#,
            r#"nobody: `tickets.f` has the value "b" now"#,
        ),
        (
            r#""type": "text", "values": ["a", "1", "2", "3", "4", "5", "6", "7"]"#,
            r#""type": "text", "values": ["a"]"#,
            r#"some writes: `tickets.f` has the values "1", "2", "3", "4", "5" and 2 more no longer"#,
        ),
        (
            r#""type": "text", "values": ["a"]"#,
            r#""type": "text""#,
            "some reads: `tickets.f` is an enum no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "values": ["a"]"#,
            "some writes: `tickets.f` is an enum now",
        ),
    ] {
        assert_eq!(versions(from, to), [expected]);
    }
}

#[test]
fn limits_of_two_versions() {
    for (from, to, expected) in [
        (
            r#""type": "text", "max_length": 20"#,
            r#""type": "text", "max_length": 10"#,
            "some writes: `tickets.f` had the maximum length 20 and has the maximum length 10 now",
        ),
        (
            r#""type": "text", "max_length": 20"#,
            r#""type": "text""#,
            "nobody: `tickets.f` had the maximum length 20 and has no maximum length now",
        ),
        (
            r#""type": "text", "blank": true"#,
            r#""type": "text""#,
            "some writes: `tickets.f` may be empty no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "blank": true"#,
            "nobody: `tickets.f` may be empty now",
        ),
        (
            r#""type": "decimal", "max_digits": 10, "decimal_places": 2"#,
            r#""type": "decimal", "max_digits": 10, "decimal_places": 4"#,
            "some writes: `tickets.f` had 10 digits with 2 after the point and has 10 digits with 4 after the point now",
        ),
        (
            r#""type": "integer", "min": "9""#,
            r#""type": "integer", "min": "10""#,
            r#"some writes: `tickets.f` had the minimum "9" and has the minimum "10" now"#,
        ),
        (
            r#""type": "date", "max": "2030-01-01""#,
            r#""type": "date", "max": "2040-01-01""#,
            r#"nobody: `tickets.f` had the maximum "2030-01-01" and has the maximum "2040-01-01" now"#,
        ),
        (
            r#""type": "integer""#,
            r#""type": "integer", "max": "5""#,
            r#"some writes: `tickets.f` had no maximum and has the maximum "5" now"#,
        ),
        (
            r#""type": "text", "pattern": "a+""#,
            r#""type": "text", "pattern": "b+""#,
            r#"some writes: `tickets.f` had the pattern "a+" and has the pattern "b+" now"#,
        ),
        (
            r#""type": "text", "pattern": "a+""#,
            r#""type": "text""#,
            r#"nobody: `tickets.f` had the pattern "a+" and has no pattern now"#,
        ),
    ] {
        assert_eq!(versions(from, to), [expected]);
    }
}

#[test]
fn queries_and_storage_of_two_versions() {
    for (from, to, expected) in [
        (
            r#""type": "text", "lookups": ["exact", "icontains"]"#,
            r#""type": "text", "lookups": ["exact"]"#,
            "some reads: `tickets.f` has the lookup `icontains` no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "lookups": ["exact", "in"]"#,
            "nobody: `tickets.f` has the lookups `exact`, `in` now",
        ),
        (
            r#""type": "text", "orderable": true"#,
            r#""type": "text""#,
            "some reads: `tickets.f` can order a query no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "orderable": true"#,
            "nobody: `tickets.f` can order a query now",
        ),
        (
            r#""type": "integer", "references": {"name": "customer", "resource": "customers"}"#,
            r#""type": "integer""#,
            "some reads: `tickets.f` had a reference `customer` to `customers` and has no reference now",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "unique": true"#,
            "some writes: `tickets.f` is unique now",
        ),
        (
            r#""type": "text", "unique": true"#,
            r#""type": "text""#,
            "nobody: `tickets.f` is unique no longer",
        ),
        (
            r#""type": "text""#,
            r#""type": "text", "has_default": true"#,
            "nobody: `tickets.f` has a default now",
        ),
        (
            r#""type": "integer""#,
            r#""type": "integer", "kept": "version""#,
            "nobody: `tickets.f` was a plain field and is the version of the row now",
        ),
    ] {
        assert_eq!(versions(from, to), [expected]);
    }
}
