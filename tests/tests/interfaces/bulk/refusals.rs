//! One refused row refuses the whole write, with an error that names the row.

use gm_runtime::error::BulkRow;
use gm_runtime::{Error, Gm};

use super::{Task, on_each_storage, task, tasks, tim};

on_each_storage! {
    an_invalid_row_is_named_by_its_place,
    a_conflict_with_a_stored_row_or_with_one_of_the_same_write_is_named_by_its_place,
    a_stored_row_that_refuses_is_named_by_its_id,
    a_rule_that_refuses_one_row_refuses_all,
    a_field_that_the_caller_may_not_write_refuses_all,
}

/// The row of an error, as text.
fn row_of(error: &Error) -> String {
    match error {
        Error::Bulk {
            row: BulkRow::Place(place),
            ..
        } => format!("place {place}"),
        Error::Bulk {
            row: BulkRow::Id(id), ..
        } => format!("id {id}"),
        error => panic!("{error}"),
    }
}

async fn an_invalid_row_is_named_by_its_place(gm: Gm) {
    for rows in [3, 100] {
        let titles = (0..rows).map(|number| {
            task(
                1,
                if number == rows - 1 {
                    "far too long a title"
                } else {
                    "a"
                },
            )
        });
        let refused = Task::create_many(titles).exec(&gm).await.unwrap_err();
        assert!(refused.is_invalid());
        assert_eq!(refused.field_errors()[0].field(), Some("title"));
        assert_eq!(row_of(&refused), format!("place {}", rows - 1));
        // The row as a whole is invalid.
        let drafts =
            (0..rows).map(|number| Task::create(task(1, "a")).priority(if number == 1 { 91 } else { 1 }));
        let refused = Task::create_many(drafts).exec(&gm).await.unwrap_err();
        assert_eq!(
            (refused.is_invalid(), row_of(&refused)),
            (true, "place 1".to_owned())
        );
    }
    assert_eq!(Task::count(&gm).await.unwrap(), 0);
}

async fn a_conflict_with_a_stored_row_or_with_one_of_the_same_write_is_named_by_its_place(gm: Gm) {
    Task::create(task(1, "stored"))
        .code("7".to_owned())
        .exec(&gm)
        .await
        .unwrap();
    let before = tasks(&gm).await;
    for (rows, taken) in [(3, 2), (100, 98), (1_200, 1_100)] {
        for code in ["7", "new"] {
            let drafts = (0..rows).map(|number| {
                let draft = Task::create(task(1, "a"));
                match (number == taken, number == 0) {
                    (true, _) => draft.code(code.to_owned()),
                    (false, true) => draft.code("new".to_owned()),
                    (false, false) => draft.code(format!("c{number}")),
                }
            });
            let refused = Task::create_many(drafts).exec(&gm).await.unwrap_err();
            assert!(refused.is_conflict(), "{refused}");
            assert_eq!(refused.field_errors()[0].field(), Some("code"), "{rows} {code}");
            assert_eq!(row_of(&refused), format!("place {taken}"));
            assert_eq!(tasks(&gm).await, before);
        }
    }
}

async fn a_stored_row_that_refuses_is_named_by_its_id(gm: Gm) {
    for rows in [4, 100] {
        let drafts = (0..rows).map(|number| Task::create(task(rows, "a")).code(format!("{rows}-{number}")));
        let ids = Task::create_many(drafts).exec(&gm).await.unwrap();
        let before = tasks(&gm).await;
        let refused = Task::filter(|t| t.tenant.eq(rows))
            .update_all()
            .code("taken".to_owned())
            .exec(&gm)
            .await;
        let refused = refused.unwrap_err();
        assert!(refused.is_conflict(), "{refused}");
        assert_eq!(refused.field_errors()[0].field(), Some("code"), "{refused}");
        assert_eq!(row_of(&refused), format!("id {}", ids[1]));
        let refused = Task::filter(|t| t.tenant.eq(rows))
            .update_all()
            .priority(91)
            .exec(&gm)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.is_invalid(), row_of(&refused)),
            (true, format!("id {}", ids[0]))
        );
        assert_eq!(tasks(&gm).await, before);
    }
}

async fn a_rule_that_refuses_one_row_refuses_all(gm: Gm) {
    let acting = gm.acting_as(tim());
    for rows in [3, 100] {
        let drafts = (0..rows).map(|number| {
            let status = if number == rows - 1 { "locked" } else { "open" };
            Task::create(task(1, "a")).status(status)
        });
        let ids = Task::create_many(drafts).exec(&gm).await.unwrap();
        let last = format!("id {}", ids[ids.len() - 1]);
        let before = tasks(&gm).await;
        let refused = Task::query().delete_all(&acting).await.unwrap_err();
        assert_eq!(
            (refused.is_permission_denied(), row_of(&refused)),
            (true, last.clone())
        );
        // Also if the row has the value already.
        let refused = Task::query()
            .update_all()
            .title("a")
            .exec(&acting)
            .await
            .unwrap_err();
        assert_eq!((refused.is_permission_denied(), row_of(&refused)), (true, last));
        let created = Task::create_many([task(1, "b"), task(2, "b")])
            .exec(&acting)
            .await
            .unwrap_err();
        assert_eq!(
            (created.is_permission_denied(), row_of(&created)),
            (true, "place 1".to_owned())
        );
        assert_eq!(tasks(&gm).await, before);
        assert_eq!(Task::query().delete_all(&gm).await.unwrap(), ids.len() as u64);
    }
}

async fn a_field_that_the_caller_may_not_write_refuses_all(gm: Gm) {
    let acting = gm.acting_as(tim());
    Task::create_many([task(1, "a"), task(1, "b")])
        .exec(&gm)
        .await
        .unwrap();
    let before = tasks(&gm).await;
    let refused = Task::query()
        .update_all()
        .label("x".to_owned())
        .exec(&acting)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::FieldDenied { field: "label", .. }),
        "{refused}"
    );
    let preset = Task::query()
        .update_all()
        .changed_by("bob".to_owned())
        .exec(&acting)
        .await
        .unwrap_err();
    assert!(preset.is_invalid(), "{preset}");
    // A field that the caller may not read does not exist for its queries.
    let secret = Task::filter(|t| t.secret.eq("x"));
    assert!(matches!(
        secret.delete_all(&acting).await,
        Err(Error::FieldDenied { field: "secret", .. })
    ));
    assert_eq!(tasks(&gm).await, before);
}
