//! The leaks that other systems had, one test each.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::service::{ADMIN, AGENT, NINA, Service, TIM, listed, on_each_storage, refusal};

/// A conflict with a row or a field that the caller may not see names nothing.
fn assert_conflict_without_details(service: &Service, (status, answer): &(u16, Json)) {
    assert_eq!(
        (*status, &answer["details"]),
        (409, &Json::Null),
        "{}",
        service.storage
    );
}

on_each_storage! {
    a_field_that_may_not_be_read_is_an_unknown_field_to_filters_excludes_and_orderings,
    a_total_counts_only_rows_in_sight,
    the_places_of_an_ordering_tell_nothing_of_hidden_rows,
    a_conflict_with_a_hidden_row_has_no_details,
    a_denied_create_comes_before_a_conflict,
    a_conflict_of_a_field_that_may_not_be_read_has_no_details,
    an_update_of_a_hidden_row_is_answered_like_that_of_a_missing_one,
}

/// Prisma 1 #250 and ZenStack #1454: filters by fields that may not be read tell their values.
async fn a_field_that_may_not_be_read_is_an_unknown_field_to_filters_excludes_and_orderings(
    services: Vec<Service>,
) {
    for service in services {
        for body in [
            r#"{"filters": {"FIELD": 100}}"#,
            r#"{"filters": {"FIELD__gt": 100}}"#,
            r#"{"filters": {"FIELD__gt": "text"}}"#,
            r#"{"filters": {"FIELD__isnull": true}}"#,
            r#"{"filters": {"FIELD__nonsense": 1}}"#,
            r#"{"excludes": {"FIELD__in": [100, 200]}}"#,
            r#"{"ordering": "FIELD"}"#,
            r#"{"ordering": ["id", "-FIELD"]}"#,
        ] {
            let of = |field: &str| -> Json { serde_json::from_str(&body.replace("FIELD", field)).unwrap() };
            let (status, hidden) = service.query(TIM, of("price")).await;
            let (unknown_status, unknown) = service.query(TIM, of("prize")).await;
            assert_eq!((status, unknown_status), (400, 400), "{} {body}", service.storage);
            let hidden = hidden.to_string().replace("price", "prize");
            assert_eq!(hidden, unknown.to_string(), "{} {body}", service.storage);
        }
        let answer = service.query(ADMIN, json!({"filters": {"price__gt": 100}})).await;
        assert_eq!(listed(&answer).0, [2, 3], "{}", service.storage);
        service.stop().await;
    }
}

/// Hasura #7773 and #7660: aggregates without the filter of rows.
async fn a_total_counts_only_rows_in_sight(services: Vec<Service>) {
    for service in services {
        for (body, total) in [
            (json!({"page": 2, "page_size": 10}), 2),
            (json!({"filters": {"tenant": 2}}), 0),
            (json!({"filters": {"title": "secret plan"}}), 0),
            (json!({"excludes": {"id": 1}, "page_size": 1}), 1),
        ] {
            let answer = service.query(TIM, body.clone()).await;
            assert_eq!(listed(&answer).1, Some(total), "{} {body}", service.storage);
        }
        service.stop().await;
    }
}

/// The row of another tenant between two visible rows would show in the places of the pages.
async fn the_places_of_an_ordering_tell_nothing_of_hidden_rows(services: Vec<Service>) {
    for service in services {
        let places = async |ordering: &str| {
            let mut places = Vec::new();
            for page in 1..=2 {
                let body = json!({"ordering": ordering, "page": page, "page_size": 1});
                places.extend(listed(&service.query(TIM, body).await).0);
            }
            places
        };
        assert_eq!(places("title").await, [1, 3], "{}", service.storage);
        assert_eq!(places("-tenant").await, [1, 3], "{}", service.storage);
        service.stop().await;
    }
}

/// Postgres: "unique checks bypass row level security, a covert channel". The status can't be hidden, and all else is.
async fn a_conflict_with_a_hidden_row_has_no_details(services: Vec<Service>) {
    for service in services {
        let body = |code: &str| json!({"tenant": 1, "title": "new", "code": code});
        assert_conflict_without_details(&service, &service.create(TIM, body("B")).await);
        assert_conflict_without_details(&service, &service.update(TIM, 1, json!({"code": "D"})).await);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_conflict_with_a_row_in_sight_names_the_field() {
    conflicts_name_the_field(vec![
        Service::memory().await,
        Service::sqlite_with(|builder| builder).await,
    ])
    .await;
}

#[tokio::test]
async fn a_conflict_with_a_row_in_sight_names_the_field_in_postgres() {
    conflicts_name_the_field(vec![Service::postgres().await]).await;
}

async fn conflicts_name_the_field(services: Vec<Service>) {
    for service in services {
        let body = json!({"tenant": 1, "title": "new", "code": "A"});
        let (status, seen) = service.create(TIM, body).await;
        assert_eq!(
            (status, &seen["details"]["field"]),
            (409, &json!("code")),
            "{}",
            service.storage
        );
        service.stop().await;
    }
}

/// A caller that may not create the row learns nothing of the values of other rows.
async fn a_denied_create_comes_before_a_conflict(services: Vec<Service>) {
    for service in services {
        let body = |code: &str| json!({"tenant": 2, "title": "new", "code": code});
        let taken = service.create(TIM, body("B")).await;
        assert_eq!(refusal(&taken), (403, "permission_denied"), "{}", service.storage);
        assert_eq!(
            service.create(TIM, body("free")).await,
            taken,
            "{}",
            service.storage
        );
        service.stop().await;
    }
}

async fn a_conflict_of_a_field_that_may_not_be_read_has_no_details(services: Vec<Service>) {
    for service in services {
        // The row of the badge is in sight, and the badge is not.
        let body = json!({"tenant": 1, "title": "new", "badge": "b1"});
        assert_conflict_without_details(&service, &service.create(TIM, body).await);
        service.stop().await;
    }
}

/// Supabase and others: an update that is denied differently for a hidden row tells that the row exists.
async fn an_update_of_a_hidden_row_is_answered_like_that_of_a_missing_one(services: Vec<Service>) {
    for service in services {
        for body in [
            json!({"title": "x"}),
            json!({"title": null}),
            json!({"code": "A"}),
            json!({"price": 5}),
            json!({"id": 5}),
            json!({"unknown": 5}),
        ] {
            let missing = service.update(TIM, 99, body.clone()).await;
            assert_eq!(
                refusal(&missing),
                (404, "not_found"),
                "{} {body}",
                service.storage
            );
            // Tim is the assignee of the ticket, and may not see it.
            assert_eq!(
                service.update(TIM, 4, body.clone()).await,
                missing,
                "{} {body}",
                service.storage
            );
        }
        let missing = service.delete(TIM, 99).await;
        assert_eq!(service.delete(TIM, 4).await, missing, "{}", service.storage);
        service.stop().await;
    }
}

#[tokio::test]
async fn patterns_are_not_matched_with_hidden_rows() {
    patterns_skip_hidden_rows(vec![
        Service::memory_with(|builder| builder.pattern_time_limit(Duration::ZERO)).await,
        Service::sqlite_with(|builder| builder.pattern_time_limit(Duration::ZERO)).await,
        Service::shelf_with(|builder| builder.pattern_time_limit(Duration::ZERO)).await,
    ])
    .await;
}

#[tokio::test]
async fn patterns_are_not_matched_with_hidden_rows_in_postgres() {
    let service = Service::postgres_with(|builder| builder.pattern_time_limit(Duration::ZERO));
    patterns_skip_hidden_rows(vec![service.await]).await;
}

/// Without time for patterns, the first row that is matched ends the query.
async fn patterns_skip_hidden_rows(services: Vec<Service>) {
    for service in services {
        for body in [
            json!({"filters": {"title__regex": "secret"}}),
            json!({"excludes": {"title__iregex": "secret", "id__gt": 0}}),
            json!({"filters": {"title__regex": "secret"}, "ordering": "title", "page": 2, "page_size": 1}),
        ] {
            let answer = service.query(NINA, body.clone()).await;
            assert_eq!(listed(&answer), (vec![], Some(0)), "{} {body}", service.storage);
            let late = service.query(AGENT, body.clone()).await;
            assert_eq!(
                refusal(&late),
                (400, "invalid_request"),
                "{} {body}",
                service.storage
            );
        }
        service.stop().await;
    }
}
