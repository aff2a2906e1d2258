//! What the schema says of a caller is what the routes accept of it.

use gm_runtime::manager::Operation;
use gm_runtime::query::Operator;
use gm_runtime::schema::{FieldSchema, ResourceSchema, SchemaType};
use serde_json::{Map, Value as Json, json};

use crate::desk::{CALLERS, Customer, Desk, Headers, State, Ticket, TicketCreate};

fn header(caller: Headers, wanted: &str) -> Option<&'static str> {
    let header = caller.iter().find(|(name, _)| *name == wanted);
    header.map(|(_, value)| *value)
}

/// The tenant of the rows that a caller writes and reads.
fn tenant(caller: Headers) -> i64 {
    header(caller, "x-tenant").map_or(1, |tenant| tenant.parse().unwrap_or(1))
}

/// A row that the rules let this caller read and update, if they let it do so with any.
pub(crate) async fn row_of(desk: &Desk, caller: Headers) -> i64 {
    let ticket = Ticket::create(TicketCreate {
        tenant: tenant(caller),
        title: "a".to_owned(),
    });
    let ticket = ticket.assignee(header(caller, "x-user").map(str::to_owned));
    let ticket = ticket.state(State::Open).created_by("seed").exec(desk.gm());
    ticket.await.unwrap().id
}

/// A value of the field that all rules allow this caller.
pub(crate) fn value(field: &FieldSchema, caller: Headers) -> Json {
    match (field.name.as_str(), &field.value_type) {
        ("tenant", _) => json!(tenant(caller)),
        ("assignee", _) => json!(header(caller, "x-user")),
        (_, SchemaType::Integer) => json!(1),
        (_, SchemaType::Boolean) => json!(true),
        (_, SchemaType::Date) => json!("2024-01-31"),
        _ => match &field.values {
            Some(values) => json!(values[0]),
            None => json!("a"),
        },
    }
}

pub(crate) fn operand(operator: Operator, value: Json) -> Json {
    match operator {
        Operator::In => json!([value]),
        Operator::Range => json!([value, value]),
        Operator::IsNull => json!(true),
        Operator::Year | Operator::Month | Operator::Day => json!(1),
        Operator::Date => json!("2024-01-31"),
        _ => value,
    }
}

/// The whole schema of the tickets, whose fields all callers try.
pub(crate) fn whole(desk: &Desk) -> ResourceSchema {
    let resources = desk.gm().schema().resources.into_iter();
    resources
        .into_iter()
        .find(|resource| resource.resource == "tickets")
        .unwrap()
}

#[tokio::test]
async fn lookups_and_orderings_of_the_schema_are_those_that_a_query_accepts() {
    let desk = Desk::start().await;
    let whole = whole(&desk);
    let mut queries = 0;
    for (name, caller) in CALLERS {
        let Some(seen) = desk.tickets(caller).await else {
            continue;
        };
        let row = row_of(&desk, caller).await;
        let query = async |body: Json| {
            let response = desk.send(caller, "POST", "/gm/tickets/query", &body).await;
            assert!(matches!(response.status, 200 | 400 | 403), "{name}: {body}");
            response
        };
        let found = query(json!({"filters": {"id": row}})).await.json();
        let keys = found["items"][0].as_object().unwrap().keys().map(String::as_str);
        let mut readable: Vec<_> = seen.fields.iter().filter(|field| !field.write_only).collect();
        readable.sort_unstable_by_key(|field| field.name.as_str());
        let readable: Vec<_> = readable.into_iter().map(|field| field.name.as_str()).collect();
        let mut keys: Vec<_> = keys.collect();
        keys.sort_unstable();
        assert_eq!(keys, readable, "{name}");
        for field in &whole.fields {
            let seen = seen.field(&field.name);
            for operator in Operator::ALL {
                let key = format!("{}__{}", field.name, operator.name());
                let mut filters = Map::new();
                filters.insert(key.clone(), operand(operator, value(field, caller)));
                let accepted = query(json!({ "filters": filters })).await.status == 200;
                let listed = seen.is_some_and(|field| field.lookups.contains(&operator));
                assert_eq!(listed, accepted, "{name}: {key}");
                queries += 1;
            }
            let accepted = query(json!({"ordering": [field.name]})).await.status == 200;
            assert_eq!(
                seen.is_some_and(|field| field.orderable),
                accepted,
                "{name}: {}",
                field.name
            );
            if let Some(reference) = &field.references {
                let key = format!("{}__name", reference.name);
                let accepted = query(json!({"filters": {key: "a"}})).await.status == 200;
                let listed = seen.is_some_and(|field| field.references.is_some());
                assert_eq!(listed, accepted, "{name}: through {}", reference.name);
            }
        }
    }
    assert!(queries > 1000, "{queries}");
    desk.stop().await;
}

#[tokio::test]
async fn writable_fields_and_operations_of_the_schema_are_those_that_a_write_accepts() {
    let desk = Desk::start().await;
    let whole = whole(&desk);
    assert!(Customer::count(desk.gm()).await.unwrap() > 0);
    for (name, caller) in CALLERS {
        let seen = desk.tickets(caller).await;
        let allows = |operation| seen.as_ref().is_some_and(|seen| seen.allows(operation));
        let field_of = |field: &FieldSchema| seen.as_ref().and_then(|seen| seen.field(&field.name));
        // A row that the caller may not read can't be referred to.
        let value = |field: &FieldSchema| match field_of(field) {
            Some(seen) if field.references.is_some() && seen.references.is_none() => Json::Null,
            _ => value(field, caller),
        };
        let row = row_of(&desk, caller).await;
        let path = format!("/gm/tickets/{row}");
        let required = whole.fields.iter().filter(|field| field.required);
        let required: Map<_, _> = required.map(|field| (field.name.clone(), value(field))).collect();
        let send = async |method, path, body| desk.send(caller, method, path, &body).await.status;
        let created = send("POST", "/gm/tickets", Json::Object(required.clone())).await;
        assert_eq!(created == 201, allows(Operation::Create), "{name}: {created}");
        let updated = send("PATCH", &path, json!({"title": "a"})).await;
        assert_eq!(updated == 200, allows(Operation::Update), "{name}: {updated}");
        for field in &whole.fields {
            let mut create = required.clone();
            create.insert(field.name.clone(), value(field));
            let created = send("POST", "/gm/tickets", Json::Object(create)).await;
            let creatable = field_of(field).is_some_and(|field| field.creatable);
            assert_eq!(created == 201, creatable, "{name}: {}, {created}", field.name);
            let mut update = Map::new();
            update.insert(field.name.clone(), value(field));
            let updated = send("PATCH", &path, Json::Object(update)).await;
            let updatable = field_of(field).is_some_and(|field| field.updatable);
            assert_eq!(updated == 200, updatable, "{name}: {}, {updated}", field.name);
            let mut without = required.clone();
            if without.remove(&field.name).is_some() && allows(Operation::Create) {
                assert_eq!(
                    send("POST", "/gm/tickets", Json::Object(without)).await,
                    400,
                    "{name}"
                );
            }
        }
        let deleted = send("DELETE", &path, Json::Null).await;
        assert_eq!(deleted == 200, allows(Operation::Delete), "{name}: {deleted}");
    }
    desk.stop().await;
}
