//! Writes that wait together share a transaction, and a write that fails does so alone.

use gm_runtime::Error;
use gm_tests::postgres::Database;

use super::{Tag, at_once, create, database, open, tags, transactions};

/// 32 writes, of which this one fails, share a batch: all others are written, and the failed one has its own error.
async fn fails_alone(database: &Database, name: &str, parent: Option<i64>) -> Error {
    fails_alone_after(database, "", name, parent).await
}

/// The same if the table is changed after the handle was built.
async fn fails_alone_after(database: &Database, change: &str, name: &str, parent: Option<i64>) -> Error {
    let gm = open(database).await;
    database.execute(change).await;
    let mut failure = None;
    // Twice: the second time with savepoints.
    for round in 0..2 {
        let count = database.value("SELECT count(*) FROM tags").await;
        let names: Vec<_> = (0..32).map(|number| format!("{round}-{number}")).collect();
        let writes = names.iter().enumerate().map(|(number, own)| match number {
            17 => create(&gm, name, parent),
            _ => create(&gm, own, None),
        });
        let mut created = at_once(database, &gm, writes).await;
        let failed = created.remove(17).expect_err("the 18th fails");
        for (created, name) in created
            .iter()
            .zip(names.iter().filter(|name| **name != format!("{round}-17")))
        {
            assert_eq!(&created.as_ref().unwrap().name, name);
        }
        let expected = (count.parse::<usize>().unwrap() + 31).to_string();
        assert_eq!(database.value("SELECT count(*) FROM tags").await, expected);
        failure = Some(failed);
    }
    gm.close().await;
    failure.unwrap()
}

#[track_caller]
fn assert_conflict(error: &Error, expected: Option<&str>, part: &str) {
    let Error::Conflict { field, message, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(*field, expected, "{message}");
    assert!(message.contains(part), "{message}");
    assert!(!error.is_outcome_unknown() && !error.is_retryable());
}

#[tokio::test]
async fn writes_that_wait_together_share_a_transaction() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    let writes = (0..100).map(|_| create(&gm, "a", None));
    let created = at_once(&database, &gm, writes).await;
    assert!(created.iter().all(Result::is_ok), "{created:?}");
    assert_eq!(transactions(&database).await, 1);
    let mut ids: Vec<_> = created.iter().map(|tag| tag.as_ref().unwrap().id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100);
}

#[tokio::test]
async fn a_taken_value_fails_alone() {
    let database = database(&tags(", UNIQUE (name, parent), CONSTRAINT one UNIQUE (name)")).await;
    database.execute("INSERT INTO tags (name) VALUES ('taken')").await;
    // The struct declares no unique field, so no field is named.
    assert_conflict(&fails_alone(&database, "taken", None).await, None, "");
}

#[tokio::test]
async fn a_value_that_is_taken_by_another_write_of_the_transaction_fails_alone() {
    let database = database(&tags(", UNIQUE (name)")).await;
    let gm = open(&database).await;
    let writes = ["a", "b", "a", "c", "b"].map(|name| create(&gm, name, None));
    let outcomes: Vec<_> = at_once(&database, &gm, writes).await;
    let outcomes: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, true, false, true, false]);
}

/// More failures than a trip after a failure has statements.
#[tokio::test]
async fn many_failures_of_a_transaction_are_each_alone() {
    let database = database(&tags(", UNIQUE (name)")).await;
    let gm = open(&database).await;
    let taken = create(&gm, "taken", None).await.unwrap();
    for round in 0..2 {
        let names: Vec<_> = (0..256).map(|number| format!("{round}-{number}")).collect();
        let writes = names.iter().enumerate().map(|(number, own)| match number % 4 {
            0 => create(&gm, own, None),
            _ => create(&gm, &taken.name, None),
        });
        let outcomes = at_once(&database, &gm, writes).await;
        for (number, (outcome, name)) in outcomes.iter().zip(&names).enumerate() {
            match outcome {
                Ok(created) => assert_eq!((number % 4, &created.name), (0, name)),
                Err(error) => {
                    assert_ne!(number % 4, 0, "{error:?}");
                    assert_conflict(error, None, "");
                }
            }
        }
    }
    let written = database.value("SELECT count(*) FROM tags").await;
    assert_eq!(written, (1 + 2 * 256 / 4).to_string());
}

#[tokio::test]
async fn a_missing_referred_row_fails_alone() {
    let database = database(&tags(" REFERENCES tags (id)")).await;
    let error = fails_alone(&database, "child", Some(7_777)).await;
    assert_conflict(&error, Some("parent"), "does not exist");
    let gm = open(&database).await;
    let parent = create(&gm, "parent", None).await.unwrap();
    create(&gm, "child", Some(parent.id)).await.unwrap();
    let error = Tag::by_id(parent.id).delete(&gm).await.unwrap_err();
    assert_conflict(&error, None, "other rows refer to this row");
}

#[tokio::test]
async fn a_deferred_constraint_fails_alone() {
    let database = database(&tags(" REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED")).await;
    let error = fails_alone(&database, "child", Some(7_777)).await;
    assert_conflict(&error, Some("parent"), "does not exist");
}

/// The first write is undone at the commit, so the second one is in conflict with nothing.
#[tokio::test]
async fn a_conflict_with_a_write_that_is_undone_is_none() {
    let database = database(&tags(
        " REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED, UNIQUE (name)",
    ))
    .await;
    let gm = open(&database).await;
    let writes = [create(&gm, "a", Some(7_777)), create(&gm, "a", None)];
    let created = at_once(&database, &gm, writes).await;
    assert_conflict(created[0].as_ref().unwrap_err(), Some("parent"), "does not exist");
    assert!(created[1].is_ok(), "{created:?}");
}

#[tokio::test]
async fn a_check_fails_alone() {
    let database = database(&tags(", CHECK (name <> 'bad')")).await;
    let error = fails_alone(&database, "bad", None).await;
    assert_conflict(&error, Some("name"), "a rule of the table");
}

#[tokio::test]
async fn a_column_without_null_fails_alone() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    let created = create(&gm, "a", Some(1)).await.unwrap();
    database
        .execute("ALTER TABLE tags ALTER parent SET NOT NULL")
        .await;
    let error = create(&gm, "b", None).await.unwrap_err();
    assert_conflict(&error, Some("parent"), "requires a value");
    let error = Tag::by_id(created.id)
        .update()
        .parent(None)
        .exec(&gm)
        .await
        .unwrap_err();
    assert_conflict(&error, Some("parent"), "requires a value");
    // A column that the struct has not.
    database
        .execute("ALTER TABLE tags ADD extra int; UPDATE tags SET extra = 1; ALTER TABLE tags ALTER extra SET NOT NULL")
        .await;
    let error = create(&gm, "c", Some(1)).await.unwrap_err();
    assert!(matches!(error, Error::Storage(_)), "{error:?}");
    assert!(error.to_string().contains("extra"), "{error}");
}

#[tokio::test]
async fn an_exclusion_constraint_fails_alone() {
    let database = database(&tags(", EXCLUDE USING btree (name WITH =)")).await;
    database.execute("INSERT INTO tags (name) VALUES ('taken')").await;
    let error = fails_alone(&database, "taken", None).await;
    assert_conflict(&error, Some("name"), "together with another one");
}

#[tokio::test]
async fn a_value_that_its_column_can_not_hold_fails_alone() {
    for (change, name, parent) in [
        (
            "ALTER TABLE tags ALTER name TYPE varchar(20)",
            "x".repeat(30),
            None,
        ),
        (
            "ALTER TABLE tags ALTER parent TYPE smallint",
            "x".to_owned(),
            Some(70_000),
        ),
        // The index of a long text. Random, since it is compressed.
        (
            "CREATE INDEX ON tags (name)",
            (0..20_000)
                .map(|n| char::from_u32(0x4e00 + n * 7919 % 20_000).unwrap())
                .collect(),
            None,
        ),
    ] {
        let database = database(&tags("")).await;
        let error = fails_alone_after(&database, change, &name, parent).await;
        assert!(error.is_invalid(), "{change}: {error:?}");
        assert!(!error.to_string().contains("xxx"), "{error}");
    }
}

#[tokio::test]
async fn a_trigger_that_raises_fails_alone() {
    let database = database(&format!(
        "{} CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.name = 'bad' THEN RAISE EXCEPTION 'secret reason'; END IF; RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION refuse();",
        tags("")
    ))
    .await;
    let error = fails_alone(&database, "bad", None).await;
    assert_conflict(&error, None, "");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn a_policy_of_row_security_fails_alone() {
    let database = database(&format!(
        "{} DO $$ BEGIN CREATE ROLE gm_guest LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
        GRANT ALL ON ALL TABLES IN SCHEMA public TO gm_guest;
        ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
        CREATE POLICY good ON tags USING (true) WITH CHECK (name <> 'bad');",
        tags("")
    ))
    .await;
    let url = database.url().replace("postgres@", "gm_guest@");
    let gm = super::builder(&url).build().await.unwrap();
    create(&gm, "good", None).await.unwrap();
    assert_conflict(&create(&gm, "bad", None).await.unwrap_err(), None, "");
}

#[tokio::test]
async fn used_up_ids_are_named() {
    let database = database(&tags("")).await;
    database
        .execute("ALTER TABLE tags ALTER id SET MAXVALUE 2 SET CACHE 1")
        .await;
    let gm = open(&database).await;
    for _ in 0..2 {
        create(&gm, "a", None).await.unwrap();
    }
    let error = create(&gm, "a", None).await.unwrap_err();
    assert!(error.to_string().contains("no ids left"), "{error}");
}

/// A write that takes too long is undone, and the others are not.
#[tokio::test]
async fn a_late_write_fails_alone() {
    let database = database(&format!(
        "{} CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.name = 'late' THEN PERFORM pg_sleep(60); END IF; RETURN NEW;
        END $$;
        CREATE TRIGGER wait BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION wait();",
        tags("")
    ))
    .await;
    let gm = super::builder(&database.url())
        .read_time_limit(std::time::Duration::from_secs(1))
        .build()
        .await
        .unwrap();
    let writes = ["a", "late", "b"].map(|name| create(&gm, name, None));
    let created = at_once(&database, &gm, writes).await;
    assert!(created[0].is_ok() && created[2].is_ok(), "{created:?}");
    let late = created[1].as_ref().unwrap_err();
    assert!(late.to_string().contains("took more than 1s"), "{late}");
    assert_eq!(
        database
            .value("SELECT string_agg(name, ',' ORDER BY name) FROM tags")
            .await,
        "a,b"
    );
}

/// A table that was changed since a statement was prepared.
#[tokio::test]
async fn a_statement_that_was_prepared_for_another_shape_of_the_table_is_prepared_again() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    for _ in 0..4 {
        let tag = create(&gm, "a", None).await.unwrap();
        Tag::by_id(tag.id).update().name("b").exec(&gm).await.unwrap();
    }
    database
        .execute("ALTER TABLE tags ALTER parent TYPE int; ALTER TABLE tags ALTER name TYPE varchar(80)")
        .await;
    let tag = create(&gm, "c", Some(1)).await.unwrap();
    let tag = Tag::by_id(tag.id).update().name("d").exec(&gm).await.unwrap();
    assert_eq!((tag.name.as_str(), tag.parent), ("d", Some(1)));
}
