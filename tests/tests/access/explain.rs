//! Explanations of decisions, for the service's own code.

use gm_runtime::Error;
use gm_runtime::access::Decision;
use gm_runtime::manager::Operation;
use gm_tests::log;
use serde_json::json;

use super::service::{ADMIN, AGENT, Headers, STRANGER, Service, TIM, on_each_storage, principal};
use super::ticket::Ticket;

#[tokio::test]
async fn an_explanation_names_the_part_of_the_rule_that_decided() {
    let service = Service::memory().await;
    let gm = service.gm();
    let explain = async |caller: Headers, operation, id| {
        let explanation = gm
            .explain::<Ticket>(&principal(caller), operation, id)
            .await
            .unwrap();
        (explanation.decision(), explanation.to_string())
    };
    let read = r#"`read = group("agents") | tenant == caller.claim("tenant")`"#;
    for (caller, operation, id, decision, text) in [
        (
            STRANGER,
            Operation::Detail,
            None,
            Decision::Denied,
            format!(
                "detail of `Ticket`: denied by {read}: `group(\"agents\")` does not hold (the caller is not in the group); \
                 `tenant == caller.claim(\"tenant\")` does not hold (the caller has no `caller.claim(\"tenant\")` that the field \
                 can hold)"
            ),
        ),
        (
            AGENT,
            Operation::Detail,
            Some(2),
            Decision::Allowed,
            format!("detail of `Ticket`: allowed by {read}: `group(\"agents\")` holds"),
        ),
        (
            TIM,
            Operation::Update,
            Some(4),
            Decision::OutOfSight,
            format!(
                "update of `Ticket`: the row may not be read by {read}: `group(\"agents\")` does not hold (the caller is not in \
                 the group); `tenant == caller.claim(\"tenant\")` does not hold"
            ),
        ),
        (
            TIM,
            Operation::Update,
            Some(3),
            Decision::Denied,
            "update of `Ticket`: denied by `update = assignee == caller.name | admin`: `assignee == caller.name` does not hold; \
             `admin` does not hold (the caller is no administrator)"
                .to_owned(),
        ),
        (
            TIM,
            Operation::Delete,
            Some(99),
            Decision::NotFound,
            "delete of `Ticket`: there is no such row".to_owned(),
        ),
        (
            TIM,
            Operation::Create,
            None,
            Decision::DependsOnRow,
            "create of `Ticket`: depends on the row by `create = authenticated & tenant == caller.claim(\"tenant\")`: \
             `tenant == caller.claim(\"tenant\")` depends on the row"
                .to_owned(),
        ),
    ] {
        assert_eq!(explain(caller, operation, id).await, (decision, text));
    }
    service.stop().await;
}

#[tokio::test]
async fn may_is_what_the_operation_would_answer() {
    let service = Service::memory().await;
    let gm = service.gm();
    let may = async |caller: Headers, operation, id| {
        gm.may::<Ticket>(&principal(caller), operation, id).await.unwrap()
    };
    for (caller, operation, id, expected) in [
        (TIM, Operation::Update, Some(1), true),
        (TIM, Operation::Update, Some(3), false),
        (TIM, Operation::Update, Some(4), false),
        (TIM, Operation::Update, Some(99), false),
        (TIM, Operation::Update, None, true),
        (TIM, Operation::Create, None, true),
        (STRANGER, Operation::Create, None, false),
        (STRANGER, Operation::Detail, Some(1), false),
        (ADMIN, Operation::Update, Some(2), true),
        (ADMIN, Operation::Delete, Some(2), false),
    ] {
        assert_eq!(
            may(caller, operation, id).await,
            expected,
            "{caller:?} {operation:?} {id:?}"
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn a_handle_that_acts_as_a_caller_explains_nothing() {
    let service = Service::memory().await;
    let tim = principal(TIM);
    let gm = service.gm().acting_as(tim.clone());
    for error in [
        gm.explain::<Ticket>(&tim, Operation::Detail, Some(1)).await.err(),
        gm.may::<Ticket>(&tim, Operation::Detail, Some(1)).await.err(),
    ] {
        assert!(matches!(error, Some(Error::PermissionDenied { .. })), "{error:?}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_refusal_is_logged_with_its_rule_and_without_values() {
    log::keep_from(log::Level::DEBUG);
    let service = Service::memory().await;
    for (id, status) in [(3, 403), (2, 404)] {
        let body = json!({"title": "a new title"});
        assert_eq!(service.update(TIM, id, body).await.0, status);
    }
    let (_, denied) = service.update(TIM, 3, json!({"title": 7})).await;
    assert!(!denied.to_string().contains("assignee"), "{denied}");
    let logged = log::lines(&[
        "gm::access",
        "gm-patch-3",
        "update = assignee == caller.name | admin",
    ]);
    assert_eq!(logged.len(), 2, "{logged:?}");
    for hidden in ["a new title", "secret plan", "screen"] {
        assert!(log::lines(&["gm::access", hidden]).is_empty());
    }
    service.stop().await;
}

on_each_storage!(a_refused_write_is_logged_with_the_parts_that_its_row_did_not_meet);

async fn a_refused_write_is_logged_with_the_parts_that_its_row_did_not_meet(services: Vec<Service>) {
    log::keep_from(log::Level::DEBUG);
    for service in services {
        let parts = |wanted: &[&str]| log::lines(&[&["gm::access"], wanted].concat()).len();
        let failed = [
            "`assignee == caller.name` does not hold",
            "the caller is no administrator",
        ];
        let before = parts(&failed);
        assert_eq!(service.update(TIM, 3, json!({"title": "new"})).await.0, 403);
        // A row that may not be written is refused before its values are judged.
        assert_eq!(service.update(TIM, 3, json!({"title": 7})).await.0, 403);
        assert_eq!(parts(&failed), before + 2, "{}", service.storage);
        let deletion = ["delete of `", "`assignee == caller.name` does not hold"];
        let before = parts(&deletion);
        assert_eq!(service.delete(TIM, 3).await.0, 403);
        assert_eq!(parts(&deletion), before + 1, "{}", service.storage);
        // The row as it would be.
        let moved = ["update of `", "`assignee == caller.name` does not hold"];
        let before = parts(&moved);
        assert_eq!(service.update(TIM, 1, json!({"assignee": "bob"})).await.0, 403);
        assert_eq!(parts(&moved), before + 1, "{}", service.storage);
        let creation = [
            "create of `",
            "`tenant == caller.claim(\"tenant\")` does not hold",
        ];
        let before = parts(&creation);
        assert_eq!(
            service.create(TIM, json!({"tenant": 2, "title": "new"})).await.0,
            403
        );
        assert_eq!(parts(&creation), before + 1, "{}", service.storage);
        assert!(log::lines(&["gm::access", "screen"]).is_empty());
        service.stop().await;
    }
}

#[tokio::test]
async fn a_refused_field_is_logged_with_its_rule() {
    log::keep_from(log::Level::DEBUG);
    let service = Service::memory().await;
    let lines = |operation: &str| {
        let lines = log::lines(&["gm::access", "field=\"price\"", operation]);
        lines
            .iter()
            .filter(|line| line.contains("`admin` does not hold"))
            .count()
    };
    assert_eq!(service.update(TIM, 1, json!({"price": 987_654})).await.0, 403);
    assert_eq!(lines("update of `Ticket`: denied by `update = admin`"), 1);
    let create = json!({"tenant": 1, "title": "new", "price": 987_654});
    assert_eq!(service.create(TIM, create).await.0, 403);
    assert_eq!(lines("create of `Ticket`: denied by `create = admin`"), 1);
    for body in [
        json!({"filters": {"price__gt": 987_654}}),
        json!({"ordering": "-price"}),
    ] {
        assert_eq!(service.query(TIM, body).await.0, 400);
    }
    assert_eq!(lines("filter of `Ticket`: denied by `read = admin`"), 2);
    let gm = service.gm().acting_as(principal(TIM));
    let query = Ticket::filter(|t| t.price.gt(987_654));
    assert!(matches!(query.count(&gm).await, Err(Error::FieldDenied { .. })));
    assert_eq!(lines("filter of `Ticket`: denied by `read = admin`"), 3);
    // A name that no field has concerns no rule.
    assert_eq!(service.query(TIM, json!({"ordering": "prices"})).await.0, 400);
    assert!(log::lines(&["gm::access", "prices"]).is_empty());
    assert!(log::lines(&["gm::access", "987654"]).is_empty());
    service.stop().await;
}
