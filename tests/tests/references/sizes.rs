//! The limits of deletions that change other rows.

use std::time::Duration;

use gm_runtime::error::QueryError;
use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::raw::Request;

use crate::on_each_builder;
use crate::plans::{Plan, counts, marks, phases, plan, steps};
use crate::service::Service;

on_each_builder! {
    the_rows_of_a_deletion_are_limited,
    the_bytes_of_a_deletion_are_limited,
    the_time_of_a_deletion_is_limited,
    more_rows_than_a_page_are_deleted,
}

/// Deletes the plan, and checks that the refusal is a bad request on the wire.
async fn refused(gm: &Gm, id: i64, words: &str) -> Error {
    let service = Service::start(gm);
    let response = service
        .send(Request::new("DELETE", &format!("/gm/plans/{id}")))
        .await;
    assert_eq!(response.status, 400);
    let message = response.json()["details"]["message"].to_string();
    assert!(message.contains(words), "{message}");
    Plan::by_id(id).delete(gm).await.unwrap_err()
}

async fn the_rows_of_a_deletion_are_limited(builder: GmBuilder) {
    let gm = builder.max_bulk_rows(20).build().await.unwrap();
    let too_many = async |plan: i64| {
        let before = counts(&gm).await;
        let words = "more than 20 rows would be deleted or changed with this one; delete the rows that refer to it first, in parts";
        let refused = refused(&gm, plan, words).await;
        assert!(
            matches!(
                refused,
                Error::Query(QueryError::TooManyBulkRows {
                    manager: "Plan",
                    limit: 20
                })
            ),
            "{refused}"
        );
        assert_eq!(counts(&gm).await, before);
    };
    // Rows that are not read one by one.
    let of_marks = plan(&gm).await;
    marks(&gm, of_marks, 20).await;
    marks(&gm, of_marks, 1).await;
    too_many(of_marks).await;
    // Rows that are.
    let of_phases = plan(&gm).await;
    phases(&gm, of_phases, 20).await;
    too_many(of_phases).await;
    // Both together.
    let of_both = plan(&gm).await;
    let phases = phases(&gm, of_both, 10).await;
    steps(&gm, phases[9], 11).await;
    too_many(of_both).await;
    // The rows are those of all plans.
    let refused = Plan::query().delete_all(&gm).await.unwrap_err();
    assert!(
        matches!(refused, Error::Query(QueryError::TooManyBulkRows { .. })),
        "{refused}"
    );
    let small = plan(&gm).await;
    marks(&gm, small, 20).await;
    Plan::by_id(small).delete(&gm).await.unwrap();
    assert_eq!(counts(&gm).await, [3, 21, 30, 11]);
}

async fn the_bytes_of_a_deletion_are_limited(builder: GmBuilder) {
    let gm = builder.max_bulk_bytes(2_000).build().await.unwrap();
    let plan = plan(&gm).await;
    for _ in 0..10 {
        phases(&gm, plan, 10).await;
    }
    let words = "the rows that would be deleted or changed with this one take more than 2000 bytes";
    let refused = refused(&gm, plan, words).await;
    assert!(
        matches!(
            refused,
            Error::Query(QueryError::TooManyBulkBytes {
                manager: "Plan",
                limit: 2_000
            })
        ),
        "{refused}"
    );
    assert_eq!(counts(&gm).await, [1, 0, 100, 0]);
}

async fn the_time_of_a_deletion_is_limited(builder: GmBuilder) {
    let gm = builder
        .bulk_time_limit(Duration::from_nanos(1))
        .build()
        .await
        .unwrap();
    let plan = plan(&gm).await;
    crate::plans::note(&gm, plan).await;
    let refused = refused(&gm, plan, "the deletion took more than 1ns and was undone").await;
    assert!(
        matches!(
            refused,
            Error::Query(QueryError::BulkTimeout { manager: "Plan", .. })
        ),
        "{refused}"
    );
    assert_eq!(counts(&gm).await, [1, 0, 0, 0]);
}

async fn more_rows_than_a_page_are_deleted(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let (gone, kept) = (plan(&gm).await, plan(&gm).await);
    marks(&gm, gone, 2_100).await;
    marks(&gm, kept, 1).await;
    let phases_gone = phases(&gm, gone, 2_100).await;
    let phases_kept = phases(&gm, kept, 2).await;
    for phase in [
        phases_gone[0],
        phases_gone[1_000],
        phases_gone[2_099],
        phases_kept[1],
    ] {
        steps(&gm, phase, 2).await;
    }
    Plan::by_id(gone).delete(&gm).await.unwrap();
    assert_eq!(counts(&gm).await, [1, 1, 2, 2]);
    // The rows that are deleted together are more than a page as well.
    let plans: Vec<i64> = Plan::create_many((0..1_100).map(|_| crate::plans::PlanCreate {}))
        .exec(&gm)
        .await
        .unwrap();
    marks(&gm, plans[1_099], 3).await;
    assert_eq!(Plan::query().delete_all(&gm).await.unwrap(), 1_101);
    assert_eq!(counts(&gm).await, [0; 4]);
}
