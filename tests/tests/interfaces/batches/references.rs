//! References to earlier results: what they stand for, and what is refused.

use serde_json::{Value as Json, json};

use super::{
    ADA, ANONYMOUS, Customer, Place, STAFF, Ticket, customer, on_each_place, refusal, rows, send_batch,
    ticket,
};

on_each_place! {
    a_reference_stands_for_the_value,
    a_wrong_reference_writes_nothing,
    a_reference_is_checked_like_a_value_of_its_field,
    a_field_or_a_row_that_the_caller_may_not_read_has_no_value,
    references_can_not_make_a_batch_large,
}

fn result(operation: Json, field: &str) -> Json {
    json!({"$result": operation, "field": field})
}

fn ticket_of(values: Json) -> Json {
    json!({"resource": "tickets", "operation": "create", "values": values})
}

async fn a_reference_stands_for_the_value(place: Place) {
    let service = place.serve().await;
    let answer = send_batch(
        &service,
        ADA,
        &json!([
            customer("Ada"),
            ticket_of(json!({"title": result(json!(0), "name"), "customer_id": result(json!(0), "id")})),
            ticket_of(json!({"title": "second", "customer_id": result(json!(1), "customer_id"), "extra": {"inner": {"$result": 0}}})),
            {"resource": "tickets", "operation": "update", "id": result(json!(2), "id"),
             "values": {"title": result(json!(1), "title"), "extra": result(json!(2), "extra")}, "if_match": "\"1\""},
            {"resource": "customers", "operation": "update", "id": result(json!(0), "id"), "values": {"name": "Ada II"}},
            ticket_of(json!({"title": result(json!(4), "name"), "extra": result(json!(2), "extra")})),
        ]),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let gm = &service.gm;
    let customer = Customer::query().one(gm).await.unwrap();
    assert_eq!(customer.name, "Ada II");
    let tickets = Ticket::query().order_by(|t| t.id.asc()).all(gm).await.unwrap();
    let titles: Vec<&str> = tickets.iter().map(|t| t.title.as_str()).collect();
    assert_eq!(titles, ["Ada", "Ada", "Ada II"]);
    let customers: Vec<_> = tickets.iter().map(|t| t.customer_id).collect();
    assert_eq!(customers, [Some(customer.id), Some(customer.id), None]);
    assert_eq!(tickets[1].extra, Some(json!({"inner": {"$result": 0}})));
    assert_eq!(tickets[2].extra, tickets[1].extra);
    service.stop().await.unwrap();
}

async fn a_wrong_reference_writes_nothing(place: Place) {
    let service = place.serve().await;
    let wrong = [
        result(json!(1), "id"),
        result(json!(2), "id"),
        result(json!(-1), "id"),
        result(json!(1e3), "id"),
        result(json!(0.0), "id"),
        result(json!(u64::MAX), "id"),
        result(json!("0"), "id"),
        result(json!(null), "id"),
        result(json!([0]), "id"),
        result(json!({"$result": 0, "field": "id"}), "id"),
        result(json!(0), "missing"),
        result(json!(0), ""),
        result(json!(0), "$result"),
        json!({"$result": 0}),
        json!({"$result": 0, "field": 7}),
        json!({"$result": 0, "field": null}),
        json!({"$result": 0, "field": "id", "more": 1}),
    ];
    for reference in wrong {
        for operation in [
            ticket_of(json!({"title": "t", "customer_id": reference})),
            ticket_of(json!({"title": reference})),
            ticket_of(json!({"title": "t", "extra": reference})),
            json!({"resource": "customers", "operation": "update", "id": reference, "values": {}}),
        ] {
            let answer = send_batch(&service, ADA, &json!([customer("Ada"), operation])).await;
            let (status, code, details) = refusal(&answer);
            assert_eq!(
                (status, code.as_str()),
                (400, "invalid_request"),
                "{operation}: {details}"
            );
            assert_eq!(details["operation"], json!(1), "{operation}");
            assert!(details["message"].is_string(), "{operation}");
        }
    }
    // A delete has no row.
    let deleted = json!([
        customer("Ada"),
        {"resource": "customers", "operation": "delete", "id": result(json!(0), "id")},
        ticket_of(json!({"title": "t", "customer_id": result(json!(1), "id")})),
    ]);
    let (status, _, details) = refusal(&send_batch(&service, STAFF, &deleted).await);
    assert_eq!((status, &details["operation"]), (400, &json!(2)));
    assert_eq!(rows(&service.gm).await, Default::default());
    service.stop().await.unwrap();
}

async fn a_reference_is_checked_like_a_value_of_its_field(place: Place) {
    let service = place.serve().await;
    for (values, field) in [
        (json!({"title": result(json!(0), "id")}), "title"),
        (
            json!({"title": "t", "customer_id": result(json!(0), "name")}),
            "customer_id",
        ),
        (
            json!({"title": "t", "customer_id": result(json!(1), "title")}),
            "customer_id",
        ),
        (json!({"title": result(json!(1), "customer_id")}), "title"),
        (
            json!({"title": "t", "version": result(json!(0), "id")}),
            "version",
        ),
        (json!({"title": "t", "id": result(json!(0), "id")}), "id"),
        (
            json!({"title": "t", "unknown": result(json!(0), "id")}),
            "unknown",
        ),
    ] {
        let operations = json!([customer("Ada"), ticket("a"), ticket_of(values.clone())]);
        let (status, _, details) = refusal(&send_batch(&service, ADA, &operations).await);
        assert_eq!(
            (status, &details["field"]),
            (400, &json!(field)),
            "{values}: {details}"
        );
        assert_eq!(details["operation"], json!(2));
    }
    // A null of an earlier result is null.
    let operations = json!([
        ticket("a"),
        ticket_of(json!({"title": "b", "customer_id": result(json!(0), "customer_id")}))
    ]);
    assert_eq!(send_batch(&service, ADA, &operations).await.status, 200);
    service.stop().await.unwrap();
}

async fn a_field_or_a_row_that_the_caller_may_not_read_has_no_value(place: Place) {
    let service = place.serve().await;
    let operations = json!([
        {"resource": "customers", "operation": "create", "values": {"name": "Ada"}},
        ticket_of(json!({"title": "t", "customer_id": result(json!(0), "rating")})),
    ]);
    let hidden = refusal(&send_batch(&service, ADA, &operations).await);
    let mut unknown = operations.clone();
    unknown[1]["values"]["customer_id"]["field"] = json!("ratinh");
    let mut expected = refusal(&send_batch(&service, ADA, &unknown).await);
    expected.2["field"] = json!("rating");
    assert_eq!(hidden, expected);
    assert_eq!(send_batch(&service, STAFF, &operations).await.status, 200);
    // An anonymous caller may not create tickets, so the batch fails there.
    let (status, _, details) = refusal(&send_batch(&service, ANONYMOUS, &operations).await);
    assert_eq!((status, &details["operation"]), (400, &json!(1)));
    service.stop().await.unwrap();
}

/// A hundred references to a text of 30,000 characters would be 3 MB.
async fn references_can_not_make_a_batch_large(place: Place) {
    let service = place.serve().await;
    let large = "x".repeat(30_000);
    let mut operations = vec![ticket_of(json!({"title": "t", "extra": {"text": large}}))];
    operations.extend((0..100).map(|_| ticket_of(json!({"title": "t", "extra": result(json!(0), "extra")}))));
    let answer = send_batch(&service, ADA, &json!(operations)).await;
    let (status, code, details) = refusal(&answer);
    assert_eq!((status, code.as_str()), (413, "payload_too_large"), "{details}");
    assert_eq!(rows(&service.gm).await, Default::default());
    operations.truncate(20);
    assert_eq!(send_batch(&service, ADA, &json!(operations)).await.status, 200);
    service.stop().await.unwrap();
}
