//! Locks of other programs, and of other replicas.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gm_runtime::{Error, Gm};
use gm_tests::postgres::Database;

use super::{LONG, Tag, begin, builder, create, database, lock, open, open_briefly_waiting, tags};

/// The creates that end while this future runs.
async fn creates_during<F: Future>(gm: &Gm, work: F) -> (usize, F::Output) {
    let is_done = Arc::new(AtomicBool::new(false));
    let (gm, flag) = (gm.clone(), Arc::clone(&is_done));
    let creates = tokio::spawn(async move {
        let mut created = 0;
        while !flag.load(Ordering::SeqCst) {
            create(&gm, "other", None).await.unwrap();
            created += 1;
        }
        created
    });
    let output = work.await;
    is_done.store(true, Ordering::SeqCst);
    (creates.await.unwrap(), output)
}

#[tokio::test]
async fn a_locked_row_fails_alone_after_the_busy_timeout() {
    let database = database(&tags("")).await;
    let gm = open_briefly_waiting(&database).await;
    let locked = create(&gm, "locked", None).await.unwrap();
    let free = create(&gm, "free", None).await.unwrap();
    let other = lock(&database, &locked).await;
    let update = |id| Tag::by_id(id).update().name("new").exec(&gm);
    let work = async {
        tokio::join!(
            update(locked.id),
            update(free.id),
            Tag::by_id(locked.id).delete(&gm)
        )
    };
    let (created, (refused, updated, deletion)) = creates_during(&gm, work).await;
    for refused in [refused.unwrap_err(), deletion.unwrap_err()] {
        assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
        assert!(refused.to_string().contains("busy timeout"), "{refused}");
        assert!(refused.is_retryable() && !refused.is_outcome_unknown());
    }
    assert_eq!(updated.unwrap().name, "new");
    // The writes of other rows went on. With the lock awaited in their way there were a handful.
    assert!(created > 50, "{created} creates during the lock of a row");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(update(locked.id).await.unwrap().name, "new");
}

#[tokio::test]
async fn a_write_continues_when_the_lock_of_its_row_ends() {
    let database = database(&tags("")).await;
    let gm = builder(&database.url())
        .database_busy_timeout(LONG)
        .build()
        .await
        .unwrap();
    let tag = create(&gm, "a", None).await.unwrap();
    let other = database.connect().await;
    other
        .batch_execute(&format!(
            "BEGIN; UPDATE tags SET parent = 5 WHERE id = {}",
            tag.id
        ))
        .await
        .unwrap();
    // In this order, since they are writes of one row.
    let writes = begin(["b", "c", "d"].map(|name| Tag::by_id(tag.id).update().name(name).exec(&gm))).await;
    create(&gm, "other", None).await.unwrap();
    other.batch_execute("COMMIT").await.unwrap();
    let names: Vec<_> = writes
        .await
        .into_iter()
        .map(|tag| {
            let tag = tag.unwrap();
            assert_eq!(tag.parent, Some(5), "the row of the other program was read");
            tag.name
        })
        .collect();
    assert_eq!(names, ["b", "c", "d"]);
}

/// As by a migration.
#[tokio::test]
async fn a_locked_table_stops_no_writes_of_others() {
    let database = database(&tags("")).await;
    let gm = builder(&database.url())
        .database_busy_timeout(LONG)
        .build()
        .await
        .unwrap();
    create(&gm, "a", None).await.unwrap();
    let other = database.connect().await;
    other
        .batch_execute("BEGIN; LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let names: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    let writes = begin(names.iter().map(|name| create(&gm, name, None))).await;
    for number in 0..50 {
        let name = number.to_string();
        super::GateRow::create(super::GateRowCreate { name })
            .exec(&gm)
            .await
            .unwrap();
    }
    other.batch_execute("COMMIT").await.unwrap();
    assert!(writes.await.iter().all(Result::is_ok));
    assert_eq!(database.value("SELECT count(*) FROM tags").await, "21");
}

/// More writes than a transaction holds. Each is refused after the busy timeout, and meanwhile those of another table go on.
#[tokio::test]
async fn many_writes_of_a_locked_table_stop_no_writes_of_others() {
    let database = database(&tags("")).await;
    let gm = open_briefly_waiting(&database).await;
    database
        .execute("INSERT INTO tags (name) SELECT 'old' FROM generate_series(1, 400)")
        .await;
    let gm = &gm;
    let update = async |id| Tag::by_id(id).update().name("new").exec(gm).await;
    update(1).await.unwrap();
    let other = database.connect().await;
    for mode in ["ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"] {
        other
            .batch_execute(&format!("BEGIN; LOCK TABLE tags IN {mode} MODE"))
            .await
            .unwrap();
        for is_update in [false, true] {
            let update = &update;
            let mut writes = begin((2..=400).map(|id| async move {
                match is_update {
                    true => update(id).await,
                    false => create(gm, "new", None).await,
                }
            }))
            .await;
            let (answers, others) = with_creates_of_others(gm, &mut writes).await;
            for answer in answers {
                let error = answer.unwrap_err();
                assert!(error.to_string().contains("busy timeout"), "{error}");
            }
            // With the lock awaited in their way there were four.
            assert!(others > 15, "{others} creates during a lock in the mode {mode}");
        }
        other.batch_execute("COMMIT").await.unwrap();
        assert_eq!(
            database
                .value("SELECT count(*) FROM tags WHERE name = 'new'")
                .await,
            "1"
        );
    }
    update(2).await.unwrap();
}

/// The output of this future, and the number of creates in another table until then.
async fn with_creates_of_others<F: Future + Unpin>(gm: &Gm, work: &mut F) -> (F::Output, usize) {
    let mut others = 0;
    loop {
        if let std::task::Poll::Ready(output) = futures_util::poll!(&mut *work) {
            return (output, others);
        }
        let name = others.to_string();
        super::GateRow::create(super::GateRowCreate { name })
            .exec(gm)
            .await
            .unwrap();
        others += 1;
    }
}

/// A locked row that many others refer to.
#[tokio::test]
async fn many_writes_that_wait_for_one_row_stop_no_writes_of_others() {
    let database = database(&tags(" REFERENCES tags (id)")).await;
    let gm = open_briefly_waiting(&database).await;
    let parent = create(&gm, "parent", None).await.unwrap();
    let other = lock(&database, &parent).await;
    let parents = (0..200).map(|number| (number % 2 == 0).then_some(parent.id));
    let parents: Vec<_> = parents.collect();
    let mut writes = begin(parents.iter().map(|parent| create(&gm, "child", *parent))).await;
    let (answers, others) = with_creates_of_others(&gm, &mut writes).await;
    for (answer, parent) in answers.into_iter().zip(&parents) {
        assert_eq!(answer.is_ok(), parent.is_none(), "{answer:?}");
    }
    // With the lock awaited in their way there were two.
    assert!(others > 15, "{others} creates during the lock");
    other.batch_execute("COMMIT").await.unwrap();
    create(&gm, "child", Some(parent.id)).await.unwrap();
}

/// A unique value that another transaction has inserted, and may still withdraw.
#[tokio::test]
async fn a_value_of_an_open_transaction_is_awaited() {
    let database = database(&tags(", UNIQUE (name)")).await;
    let gm = builder(&database.url())
        .database_busy_timeout(LONG)
        .build()
        .await
        .unwrap();
    let other = database.connect().await;
    for end in ["COMMIT", "ROLLBACK"] {
        other
            .batch_execute(&format!("BEGIN; INSERT INTO tags (name) VALUES ('{end}')"))
            .await
            .unwrap();
        let writes = begin([create(&gm, end, None)]).await;
        create(&gm, &format!("other {end}"), None).await.unwrap();
        other.batch_execute(end).await.unwrap();
        let created = writes.await.remove(0);
        assert_eq!(created.is_ok(), end == "ROLLBACK", "{created:?}");
        if let Err(error) = created {
            assert!(error.is_conflict(), "{error:?}");
        }
    }
}

/// Two replicas and another program write the same rows in different orders.
#[tokio::test]
async fn writes_of_the_same_rows_by_several_replicas_all_succeed() {
    let database = database(&tags("")).await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(
            builder(&database.url())
                .database_busy_timeout(LONG)
                .build()
                .await
                .unwrap(),
        );
    }
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(create(&replicas[0], "a", Some(0)).await.unwrap().id);
    }
    let writers = (0..24_usize).map(|writer| {
        let (gm, ids, database) = (replicas[writer % 3].clone(), ids.clone(), &database);
        async move {
            if writer % 8 == 7 {
                deadlock(database, &ids).await;
                return;
            }
            for round in 0..20 {
                let id = ids[(writer * 7 + round * 3) % ids.len()];
                let name = format!("{writer} {round}");
                let tag = Tag::by_id(id).update().name(&name).exec(&gm).await.unwrap();
                assert_eq!(tag.name, name);
            }
        }
    });
    futures_util::future::join_all(writers).await;
}

/// Writes the rows in descending order, the opposite of the replicas'.
async fn deadlock(database: &Database, ids: &[i64]) {
    let other = database.connect().await;
    for _ in 0..5 {
        let updates: Vec<_> = ids
            .iter()
            .rev()
            .map(|id| format!("UPDATE tags SET parent = parent + 1 WHERE id = {id};"))
            .collect();
        // It may be the victim of a deadlock.
        let _ = other
            .batch_execute(&format!("BEGIN; {} COMMIT", updates.join(" ")))
            .await;
        let _ = other.batch_execute("ROLLBACK").await;
    }
}

/// Each update reads the row that the other one wrote: none is lost.
#[tokio::test]
async fn an_update_keeps_what_another_replica_has_written() {
    let database = database(&tags("")).await;
    let (one, two) = (open(&database).await, open(&database).await);
    let tag = create(&one, "a", Some(0)).await.unwrap();
    for round in 1..50 {
        let name = round.to_string();
        let (first, second) = tokio::join!(
            Tag::by_id(tag.id).update().name(&name).exec(&one),
            Tag::by_id(tag.id).update().parent(Some(round)).exec(&two),
        );
        // The later one has both.
        let (first, second) = (first.unwrap(), second.unwrap());
        let both = Tag {
            id: tag.id,
            name,
            parent: Some(round),
        };
        assert!(first == both || second == both, "{first:?} {second:?}");
    }
}
