//! The description of a manager, from its attributes.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::field::{Value, ValueType};
use gm_runtime::manager::{Description, FieldDefault, Operation, Operations};
use gm_runtime::manager::{Permissions, Rule};
use gm_runtime::{GeneralManager, Manager};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "work_items")]
#[permission(read = public, create = authenticated, update = nobody)]
#[remote_api(
    base_path = "/internal/gm",
    resource_name = "work-items",
    allow_filter,
    allow_detail = true,
    allow_create,
    allow_update,
    allow_delete = false,
    websocket_invalidation,
    protocol_version = "v2",
    max_page_size = 50
)]
#[remote_manager(base_url = "http://localhost:8080", websocket_invalidation)]
struct WorkItem {
    #[field(id)]
    id: i64,
    #[field(max_length = 100)]
    title: String,
    #[field(max_length = 100, blank)]
    note: Option<String>,
    #[field(blank, default, column = "body_text")]
    body: String,
    #[field(default = 7)]
    count: i32,
    #[field(max_digits = 10, decimal_places = 2)]
    amount: Decimal,
    due: Option<NaiveDate>,
    starts_at: std::option::Option<DateTime<Utc>>,
    #[field(default)]
    done: bool,
    r#type: Option<f64>,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://localhost:8080",
    remote_manager = "tags",
    operations(filter, create)
)]
struct Tag {
    #[field(id)]
    id: Uuid,
    #[field(default)]
    colour: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "drafts")]
#[remote_api(enabled = false, resource = "drafts", allow_filter)]
#[permission(read = public)]
struct Unserved {
    #[field(id)]
    id: String,
}

fn description<M: Manager>() -> &'static Description {
    M::DESCRIPTION
}

#[test]
fn fields_have_their_types_and_options() {
    let description = description::<WorkItem>();
    let names: Vec<_> = description.fields().iter().map(|field| field.name()).collect();
    assert_eq!(
        names,
        [
            "id",
            "title",
            "note",
            "body",
            "count",
            "amount",
            "due",
            "starts_at",
            "done",
            "type"
        ]
    );
    let field = |name| description.field(description.field_index(name).unwrap());
    assert_eq!(field("title").max_length(), Some(100));
    assert!(field("title").required() && !field("title").blank());
    assert!(field("note").nullable() && field("note").blank());
    assert_eq!(field("body").column(), "body_text");
    assert_eq!(field("title").column(), "title");
    assert_eq!(field("starts_at").value_type(), ValueType::DateTime);
    let digits = field("amount").decimal().unwrap();
    assert_eq!((digits.max_digits, digits.decimal_places), (10, 2));
    assert!(description.id_assigned());
    assert!(!self::description::<Tag>().id_assigned());
}

#[test]
fn defaults_are_values_for_an_owner() {
    let description = description::<WorkItem>();
    let default = |name| match description
        .field(description.field_index(name).unwrap())
        .default()
    {
        FieldDefault::Value(value) => Some(value()),
        _ => None,
    };
    assert_eq!(default("body"), Some(Value::Text(String::new())));
    assert_eq!(default("count"), Some(Value::Integer(7)));
    assert_eq!(default("done"), Some(Value::Bool(false)));
    assert_eq!(default("title"), None);
}

#[test]
fn defaults_are_the_owners_for_a_consumer() {
    for (description, name) in [
        (description::<Tag>(), "colour"),
        (description::<RemoteWorkItem>(), "count"),
    ] {
        let field = description.field(description.field_index(name).unwrap());
        assert!(matches!(field.default(), FieldDefault::Owner));
    }
}

#[test]
fn the_description_contains_the_declared_api() {
    let api = description::<WorkItem>().api().unwrap();
    assert_eq!(
        (api.base_path(), api.resource(), api.protocol_version()),
        ("/internal/gm", "work-items", "v2")
    );
    assert!(api.operations().contains(Operation::Update));
    assert!(!api.operations().contains(Operation::Delete));
    assert!(api.websocket_invalidation());
    assert_eq!((api.default_page_size(), api.max_page_size()), (50, 50));
    let declared = Permissions::none()
        .read(Rule::Public)
        .create(Rule::Authenticated)
        .update(Rule::Nobody);
    assert_eq!(
        format!("{:?}", description::<WorkItem>().permissions()),
        format!("{declared:?}")
    );
}

#[test]
fn a_disabled_api_is_not_in_the_description() {
    assert!(description::<Unserved>().api().is_none());
    assert_eq!(description::<Unserved>().table(), Some("drafts"));
}

#[test]
fn a_generated_client_has_the_settings_of_the_api() {
    let description = description::<RemoteWorkItem>();
    let remote = description.remote().unwrap();
    assert_eq!(
        (
            remote.base_url(),
            remote.base_path(),
            remote.resource(),
            remote.protocol_version()
        ),
        ("http://localhost:8080", "/internal/gm", "work-items", "v2")
    );
    assert!(remote.websocket_invalidation());
    assert!(!remote.operations().contains(Operation::Delete));
    assert!(remote.operations().contains(Operation::Update));
    assert!(description.table().is_none() && description.api().is_none());
    assert_eq!(description.name(), "RemoteWorkItem");
    // An owner's description has no remote.
    assert!(self::description::<WorkItem>().remote().is_none());
}

#[test]
fn a_consumer_has_defaults_of_its_own() {
    let remote = description::<Tag>().remote().unwrap();
    assert_eq!(
        (remote.base_path(), remote.resource(), remote.protocol_version()),
        ("/gm", "tags", "v1")
    );
    assert!(!remote.websocket_invalidation());
    assert_eq!(
        remote.operations(),
        Operations::none().with(Operation::Filter).with(Operation::Create)
    );
}

#[test]
fn rows_convert_to_records_and_back() {
    let row = WorkItem {
        id: 3,
        title: "Title".to_owned(),
        note: None,
        body: String::new(),
        count: -1,
        amount: Decimal::new(1250, 2),
        due: NaiveDate::from_ymd_opt(2024, 1, 31),
        starts_at: None,
        done: true,
        r#type: Some(0.5),
    };
    let record = row.to_record();
    assert_eq!(record.get(1), &Value::Text("Title".to_owned()));
    assert_eq!(record.get(2), &Value::Null);
    let again = WorkItem::from_record(record.clone()).unwrap();
    assert_eq!(again.to_record(), record);
    assert_eq!(again.id(), &3);
    let mut record = record;
    record.set(4, Value::Text("four".to_owned()));
    assert_eq!(WorkItem::from_record(record).unwrap_err().field, 4);
}
