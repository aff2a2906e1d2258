//! Payloads from any program that may connect to the database.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use uuid::Uuid;

use super::channel::{MAX_BYTES, PREFIX};
use super::payload::{Malformed, Payload, PayloadAction, announcement};
use crate::change::{Action, Change};
use crate::condition::{Rule, RuleOperand, RuleOperator};
use crate::field::Value;
use crate::manager::{Description, FieldDescription, FieldSet, Permissions, Record};

static FIELDS: [FieldDescription; 4] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<Option<String>>("owner"),
    FieldDescription::new::<String>("title").with_blank(),
    FieldDescription::new::<i16>("level"),
];
static TICKETS: Description =
    Description::new::<i64>("Ticket", &FIELDS, 0).with_permissions(Permissions::none().read(Rule::Any(&[
        Rule::Admin,
        Rule::Compare {
            field: 1,
            operator: RuleOperator::Equal,
            operand: RuleOperand::NAME,
        },
        Rule::Not(&Rule::IsNull(3)),
    ])));
static PLAIN: Description = Description::new::<i64>("PlainTicket", &FIELDS, 0);
static BY_TITLE: Description = Description::new::<String>("ByTitle", &FIELDS, 2);

const EVENT: &str = r#""i":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":"16402""#;

fn decode(members: &str) -> Result<Payload<'_>, Malformed> {
    Payload::decode(members).unwrap()
}

/// The change of this payload for a manager.
fn change(description: &'static Description, members: &str) -> Change {
    let text = format!("{PREFIX}{{{EVENT},{members}}}");
    decode(&text).unwrap().change(description).unwrap()
}

#[test]
fn a_payload_is_decoded() {
    let text = format!(r#"{PREFIX}{{{EVENT},"a":"u","k":{{"id":"-5"}},"later":[1]}}"#);
    let payload = decode(&text).unwrap();
    assert_eq!(
        payload.event,
        Uuid::from_u128(0x67e55044_10b1_426f_9247_bb680e5fe0c8)
    );
    assert_eq!(
        (payload.relation, payload.action),
        (16_402, PayloadAction::Change(Action::Update))
    );
    assert_eq!(
        payload.change(&PLAIN).unwrap(),
        Change::row(Action::Update, Value::Integer(-5))
    );
    // With spaces, as Postgres' own functions write JSON.
    let text = format!(r#"{PREFIX}{{ {EVENT} , "a" : "c", "k" : {{"id" : "5"}} }}"#);
    assert_eq!(
        decode(&text).unwrap().change(&PLAIN).unwrap(),
        Change::row(Action::Create, Value::Integer(5))
    );
}

#[test]
fn texts_of_other_programs_are_told_from_malformed_payloads() {
    for text in ["", "gm", "gm1", "gm2 {}", "GM1 {}", " gm1 {}", "hello", "{}"] {
        assert_eq!(Payload::decode(text), None, "{text}");
    }
    let deep = "[".repeat(7_000);
    let whole = format!(r#"{EVENT},"a":"u""#);
    for members in [
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{} {}",
        "\u{0}",
        &deep,
        &format!(r#"{{"x":{deep}}}"#),
        // A missing member.
        &format!("{{{EVENT}}}"),
        r#"{"i":"67e55044-10b1-426f-9247-bb680e5fe0c8","a":"u"}"#,
        r#"{"t":"16402","a":"u"}"#,
        // A member of another type, or without a meaning.
        r#"{"i":5,"t":"16402","a":"u"}"#,
        r#"{"i":"x","t":"16402","a":"u"}"#,
        r#"{"i":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":16402,"a":"u"}"#,
        r#"{"i":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":"-1","a":"u"}"#,
        r#"{"i":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":"99999999999","a":"u"}"#,
        &format!(r#"{{{EVENT},"a":"x"}}"#),
        &format!(r#"{{{EVENT},"a":null}}"#),
        &format!(r#"{{{whole},"k":[]}}"#),
        &format!(r#"{{{whole},"k":{{"id":5}}}}"#),
        &format!(r#"{{{whole},"k":{{"id":{{}}}}}}"#),
        &format!(r#"{{{whole},"b":"x"}}"#),
        &format!(r#"{{{whole},"n":{{"owner":true}}}}"#),
        &format!(r#"{{{whole},"s":{{}}}}"#),
        &format!(r#"{{{whole},"s":[1]}}"#),
        &format!(r#"{{{whole},"s":["a"}}"#),
    ] {
        assert_eq!(
            Payload::decode(&format!("{PREFIX}{members}")),
            Some(Err(Malformed)),
            "{members}"
        );
    }
}

#[test]
fn a_change_without_a_readable_id_is_a_refresh() {
    for members in [
        r#""a":"u""#,
        r#""a":"u","k":{}"#,
        r#""a":"u","k":{"id":null}"#,
        r#""a":"u","k":{"number":"5"}"#,
        r#""a":"u","k":{"id":"five"}"#,
        r#""a":"u","k":{"id":"9223372036854775808"}"#,
        r#""a":"u","k":{"id":""}"#,
        r#""a":"r","k":{"id":"5"}"#,
    ] {
        assert_eq!(change(&PLAIN, members), Change::refresh(), "{members}");
    }
    let by_both = r#""a":"d","k":{"id":"5","title":"\"a\" \u00e4"}"#;
    assert_eq!(
        change(&PLAIN, by_both),
        Change::row(Action::Delete, Value::Integer(5))
    );
    let title = Value::Text("\"a\" ä".to_owned());
    assert_eq!(change(&BY_TITLE, by_both), Change::row(Action::Delete, title));
}

/// The image with these values of the judged fields.
fn image(owner: Option<&str>, level: i64) -> Record {
    let owner = owner.map_or(Value::Null, |owner| Value::Text(owner.to_owned()));
    Record::new(vec![Value::Null, owner, Value::Null, Value::Integer(level)])
}

#[test]
fn a_change_has_the_images_that_rules_read() {
    let updated = change(
        &TICKETS,
        r#""a":"u","k":{"id":"5"},"s":["id","owner","other"],
           "b":{"owner":"ada","level":"3"},"n":{"owner":null,"level":"4","other":"x"}"#,
    );
    let images = updated.images(&TICKETS).unwrap();
    assert_eq!(images.before, Some(image(Some("ada"), 3)));
    assert_eq!(images.after, Some(image(None, 4)));
    let only = |index| FieldSet::of(&TICKETS, |field| field == index);
    assert!(
        images.changes_any(&only(2)) && images.changes_any(&only(3)) && images.changes_any(&FieldSet::ALL)
    );
    assert!(!images.changes_any(&only(0)) && !images.changes_any(&only(1)));

    let created = change(
        &TICKETS,
        r#""a":"c","k":{"id":"5"},"n":{"owner":"ada","level":"3"}"#,
    );
    let images = created.images(&TICKETS).unwrap();
    assert_eq!(
        (&images.before, &images.after),
        (&None, &Some(image(Some("ada"), 3)))
    );
    let deleted = change(
        &TICKETS,
        r#""a":"d","k":{"id":"5"},"b":{"owner":"ada","level":"3"}"#,
    );
    let images = deleted.images(&TICKETS).unwrap();
    assert_eq!(
        (&images.before, &images.after),
        (&Some(image(Some("ada"), 3)), &None)
    );
    assert!(images.changes_any(&only(1)));
}

/// Another version of the struct sent it, which does not compare the column or hides no field.
#[test]
fn a_field_that_the_sender_did_not_compare_counts_as_changed() {
    let both = r#""a":"u","k":{"id":"5"},"b":{"owner":"ada","level":"3"},"n":{"owner":"ada","level":"3"}"#;
    let title = FieldSet::of(&TICKETS, |field| field == 2);
    for (unchanged, is_changed) in [
        ("", true),
        (r#","s":[]"#, true),
        (r#","s":["owner","level"]"#, true),
        (r#","s":["title"]"#, false),
    ] {
        let change = change(&TICKETS, &format!("{both}{unchanged}"));
        let images = change.images(&TICKETS).unwrap();
        assert_eq!(images.changes_any(&title), is_changed, "{unchanged}");
    }
}

/// Without its images, a change is a refresh for callers that may read some rows.
#[test]
fn a_change_without_every_value_has_no_images() {
    for members in [
        r#""a":"u""#.to_owned(),
        // Another version of the struct sent it, which does not compare the level.
        r#""a":"u","b":{"owner":"ada"},"n":{"owner":"ada"}"#.to_owned(),
        r#""a":"u","b":{"owner":"ada","level":"3"},"n":{"owner":"ada"}"#.to_owned(),
        r#""a":"u","n":{"owner":"ada","level":"3"}"#.to_owned(),
        r#""a":"c","b":{"owner":"ada","level":"3"}"#.to_owned(),
        r#""a":"d","n":{"owner":"ada","level":"3"}"#.to_owned(),
        // Values that the fields can't have.
        r#""a":"c","n":{"owner":"ada","level":null}"#.to_owned(),
        r#""a":"c","n":{"owner":"ada","level":"40000"}"#.to_owned(),
        r#""a":"c","n":{"owner":"ada","level":"3.0"}"#.to_owned(),
    ] {
        let change = change(&TICKETS, &format!(r#"{members},"k":{{"id":"5"}}"#));
        assert!(
            change.id().is_some() && change.images(&TICKETS).is_none(),
            "{members}"
        );
    }
}

#[test]
fn an_announcement_is_decoded_as_the_same_change() {
    for (action, id) in [
        (Action::Create, Value::Integer(i64::MIN)),
        (Action::Update, Value::Integer(5)),
        (Action::Delete, Value::Integer(i64::MAX)),
    ] {
        let text = announcement(7, PayloadAction::Change(action), &PLAIN, Some(&id));
        let payload = decode(&text).unwrap();
        assert_eq!(payload.relation, 7);
        assert_eq!(payload.change(&PLAIN).unwrap(), Change::row(action, id));
    }
    let text = announcement(7, PayloadAction::Grants, &PLAIN, None);
    assert_eq!(decode(&text).unwrap().action, PayloadAction::Grants);
    for (length, is_refresh) in [(7_000, false), (8_000, true)] {
        let id = Value::Text("\"".repeat(length / 2));
        let text = announcement(7, PayloadAction::Change(Action::Update), &BY_TITLE, Some(&id));
        assert!(text.len() <= MAX_BYTES);
        let expected = match is_refresh {
            true => Change::refresh(),
            false => Change::row(Action::Update, id),
        };
        assert_eq!(decode(&text).unwrap().change(&BY_TITLE), Some(expected));
    }
}

#[test]
fn an_update_of_other_columns_is_no_change() {
    static OF_TITLES: [FieldDescription; 2] = [
        FieldDescription::new::<i64>("id"),
        FieldDescription::new::<String>("title"),
    ];
    static TITLES: Description = Description::new::<i64>("Title", &OF_TITLES, 0);
    let changed = |members: &str| {
        let text = format!("{PREFIX}{{{EVENT},{members}}}");
        decode(&text).unwrap().change(&TITLES)
    };
    let update = Some(Change::row(Action::Update, Value::Integer(5)));
    for (members, expected) in [
        (r#""a":"u","k":{"id":"5"},"s":["id","title","owner"]"#, None),
        (r#""a":"u","k":{"id":"5"},"s":["id","owner"]"#, update.clone()),
        (r#""a":"u","k":{"id":"5"},"s":[]"#, update.clone()),
        (r#""a":"u","k":{"id":"5"}"#, update),
        (
            r#""a":"d","k":{"id":"5"},"s":["id","title","owner"]"#,
            Some(Change::row(Action::Delete, Value::Integer(5))),
        ),
        // In place of many updates.
        (r#""a":"r","s":["id","title","owner"]"#, None),
        (r#""a":"r","s":["id","owner"]"#, Some(Change::refresh())),
        (r#""a":"r""#, Some(Change::refresh())),
    ] {
        assert_eq!(changed(members), expected, "{members}");
    }
}
