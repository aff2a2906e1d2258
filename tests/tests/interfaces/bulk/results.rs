//! What the verbs return, and what they write.

use gm_runtime::Gm;

use super::{Task, on_each_storage, task, tasks, tim};

on_each_storage! {
    created_rows_have_the_ids_that_are_returned_in_the_order_of_the_rows,
    an_update_counts_the_rows_that_it_changes,
    nothing_to_write_is_no_write,
    rows_out_of_sight_do_not_match,
    an_update_of_presets_alone_is_no_update,
}

async fn created_rows_have_the_ids_that_are_returned_in_the_order_of_the_rows(gm: Gm) {
    for rows in [3, 200] {
        let drafts = (0..rows).map(|number| Task::create(task(1, format!("{number}"))).priority(number % 90));
        let ids = Task::create_many(drafts).exec(&gm).await.unwrap();
        assert_eq!(ids.len(), usize::try_from(rows).unwrap());
        for (number, id) in (0..rows).zip(ids) {
            let row = Task::get(&gm, id).await.unwrap();
            assert_eq!(
                (row.title, row.priority, row.status.as_str(), row.version),
                (format!("{number}"), number % 90, "open", 1)
            );
            assert_eq!(row.created, row.updated);
        }
    }
}

async fn an_update_counts_the_rows_that_it_changes(gm: Gm) {
    for rows in [10, 300] {
        let drafts = (0..rows)
            .map(|number| Task::create(task(rows, "a")).priority(if number % 2 == 0 { 0 } else { 7 }));
        Task::create_many(drafts).exec(&gm).await.unwrap();
        let before = tasks(&gm).await;
        let of_tenant = Task::filter(|t| t.tenant.eq(rows));
        let changed = of_tenant.update_all().priority(7).exec(&gm).await.unwrap();
        assert_eq!(changed, u64::try_from(rows / 2).unwrap());
        for (row, before) in tasks(&gm).await.into_iter().zip(before) {
            if before.tenant == rows && before.priority == 0 {
                assert_eq!((row.priority, row.version), (7, before.version + 1));
                assert!(row.updated >= before.updated);
                assert_eq!(row.created, before.created);
            } else {
                assert_eq!(row, before);
            }
        }
        // A query with an order and an exclude.
        let odd = Task::filter(|t| t.tenant.eq(rows))
            .exclude(|t| t.version.eq(1))
            .order_by(|t| t.title.desc());
        assert_eq!(
            odd.delete_all(&gm).await.unwrap(),
            u64::try_from(rows / 2).unwrap()
        );
        assert_eq!(
            of_tenant.count(&gm).await.unwrap(),
            u64::try_from(rows / 2).unwrap()
        );
        let labelled = of_tenant
            .update_all()
            .label("x".to_owned())
            .exec(&gm)
            .await
            .unwrap();
        assert_eq!(
            of_tenant.update_all().label(None).exec(&gm).await.unwrap(),
            labelled
        );
    }
}

async fn nothing_to_write_is_no_write(gm: Gm) {
    assert_eq!(
        Task::create_many(Vec::<super::TaskCreate>::new())
            .exec(&gm)
            .await
            .unwrap(),
        Vec::<i64>::new()
    );
    Task::create_many([task(1, "a")]).exec(&gm).await.unwrap();
    let before = tasks(&gm).await;
    let none = Task::filter(|t| t.title.eq("b"));
    assert_eq!(none.delete_all(&gm).await.unwrap(), 0);
    assert_eq!(none.update_all().priority(1).exec(&gm).await.unwrap(), 0);
    assert_eq!(Task::query().update_all().exec(&gm).await.unwrap(), 0);
    assert_eq!(Task::query().update_all().title("a").exec(&gm).await.unwrap(), 0);
    assert_eq!(tasks(&gm).await, before);
}

async fn rows_out_of_sight_do_not_match(gm: Gm) {
    Task::create_many((0..6).map(|number| task(number % 2, "a")))
        .exec(&gm)
        .await
        .unwrap();
    let acting = gm.acting_as(tim());
    let changed = Task::query().update_all().title("b").exec(&acting).await.unwrap();
    assert_eq!(changed, 3);
    for row in tasks(&gm).await {
        let expected = if row.tenant == 1 {
            ("b", Some("tim"))
        } else {
            ("a", None)
        };
        assert_eq!((row.title.as_str(), row.changed_by.as_deref()), expected);
    }
    let ids = Task::create_many([task(1, "c")]).exec(&acting).await.unwrap();
    assert_eq!(Task::get(&gm, ids[0]).await.unwrap().title, "c");
    assert_eq!(Task::query().delete_all(&acting).await.unwrap(), 4);
    assert_eq!(Task::count(&gm).await.unwrap(), 3);
}

async fn an_update_of_presets_alone_is_no_update(gm: Gm) {
    Task::create_many([task(1, "a"), task(1, "b")])
        .exec(&gm)
        .await
        .unwrap();
    let acting = gm.acting_as(tim());
    assert_eq!(
        Task::query().update_all().title("a").exec(&acting).await.unwrap(),
        1
    );
    let rows = tasks(&gm).await;
    assert_eq!((rows[0].version, rows[0].changed_by.as_deref()), (1, None));
    assert_eq!((rows[1].version, rows[1].changed_by.as_deref()), (2, Some("tim")));
    // A hidden field counts as changed, so that the answer does not tell its value.
    assert_eq!(
        Task::query()
            .update_all()
            .secret(None)
            .exec(&acting)
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        tasks(&gm).await.iter().map(|row| row.version).collect::<Vec<_>>(),
        [2, 3]
    );
}
