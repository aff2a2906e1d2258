//! What a caller with rules may write, and the images of changes.

use std::sync::Arc;

use super::{
    CODE, OPEN, PLAIN, TICKETS, TITLE, Tickets, lookup, of_tenant, record, select, tenant, ticket, update,
};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Guard, Write, Written};
use crate::manager::Operation;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{ConditionTree, Operand, Operator};

/// A write that is undone makes the writes before it run twice, so a caller could slow all others down.
#[tokio::test]
async fn a_refused_write_undoes_no_other_write() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets.write(ticket(7, "seven", None), None).await.unwrap();
    let (running, begun) = std::sync::mpsc::channel::<()>();
    let holds = tickets.sqlite.queues.on_writer(move |connection| {
        // Until all writes are in the queue.
        begun.recv().unwrap();
        Ok(connection.total_changes())
    });
    let denied = |operation| Some(of_tenant(operation, 8));
    let mut visible = of_tenant(Operation::Update, 7);
    visible.before = denied(Operation::Update).unwrap().before;
    let release = async move { running.send(()).unwrap() };
    let (before, created, refused, hidden, other, ()) = tokio::join!(
        holds,
        tickets.write(ticket(1, "one", None), None),
        tickets.write(update(1, OPEN, Value::Bool(false)), Some(visible)),
        tickets.write(Write::Delete(Value::Integer(1), None), denied(Operation::Delete)),
        tickets.write(ticket(2, "two", None), denied(Operation::Create)),
        release,
    );
    assert!(matches!(created, Ok(Written::Row(_))));
    assert!(matches!(refused, Err(Error::PermissionDenied { .. })));
    assert!(matches!(hidden, Ok(Written::Missing)));
    assert!(matches!(other, Err(Error::PermissionDenied { .. })));
    let changes = tickets
        .sqlite
        .queues
        .on_writer(|connection| Ok(connection.total_changes()));
    assert_eq!(changes.await.unwrap() - before.unwrap(), 1);
}

#[tokio::test]
async fn a_conflict_names_no_field_of_a_row_that_is_out_of_sight() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets.write(ticket(7, "seven", Some(1)), None).await.unwrap();
    tickets.write(ticket(8, "eight", Some(2)), None).await.unwrap();
    let field = |written: Result<Written, Error>| match written {
        Err(Error::Conflict { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let create = |code| {
        tickets.write(
            ticket(8, "new", Some(code)),
            Some(of_tenant(Operation::Create, 8)),
        )
    };
    assert_eq!(field(create(1).await), None);
    assert_eq!(field(create(2).await), Some("code"));
    let hidden = update(2, CODE, Value::Integer(1));
    let updated = tickets.write(hidden, Some(of_tenant(Operation::Update, 8)));
    assert_eq!(field(updated.await), None);
    tickets.write(ticket(8, "another", Some(3)), None).await.unwrap();
    let seen = update(2, CODE, Value::Integer(3));
    let updated = tickets.write(seen, Some(of_tenant(Operation::Update, 8)));
    assert_eq!(field(updated.await), Some("code"));
}

#[tokio::test]
async fn changes_carry_the_row_before_and_after_them() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets.write(ticket(7, "seven", None), None).await.unwrap();
    let rename = update(1, TITLE, Value::Text("new".to_owned()));
    tickets.write(rename, None).await.unwrap();
    tickets
        .write(Write::Delete(Value::Integer(1), None), None)
        .await
        .unwrap();
    let (old, new) = (record(1, 7, "seven"), record(1, 7, "new"));
    assert_eq!(
        tickets.take_images(),
        [
            (None, Some(old.clone())),
            (Some(old), Some(new.clone())),
            (Some(new), None)
        ]
    );
    // The images have the fields of another manager, and that manager has no rules.
    let routed = tickets.routed.lock().unwrap();
    assert_eq!(routed.len(), 3);
    assert!(routed.iter().all(|change| change.images(&PLAIN).is_none()));
}

#[tokio::test]
async fn what_a_trigger_stores_is_judged_too() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets
        .execute(
            "CREATE TRIGGER moved AFTER INSERT ON tickets WHEN new.title = 'move' BEGIN
                 UPDATE tickets SET tenant = 9 WHERE id = new.id; END;
             CREATE TRIGGER moved_later AFTER UPDATE OF title ON tickets WHEN new.title = 'move' BEGIN
                 UPDATE tickets SET tenant = 9 WHERE id = new.id; END;",
        )
        .await;
    let denied = tickets.write(ticket(7, "move", None), Some(of_tenant(Operation::Create, 7)));
    assert!(matches!(denied.await, Err(Error::PermissionDenied { .. })));
    tickets
        .write(ticket(7, "stay", None), Some(of_tenant(Operation::Create, 7)))
        .await
        .unwrap();
    let moved = update(1, TITLE, Value::Text("move".to_owned()));
    let denied = tickets.write(moved.clone(), Some(of_tenant(Operation::Update, 7)));
    assert!(matches!(denied.await, Err(Error::PermissionDenied { .. })));
    let all = tickets.ids(select(tenant(7))).await.unwrap();
    assert_eq!(all, (vec![Value::Integer(1)], Some(1)));
    tickets.published.lock().unwrap().clear();
    tickets.write(moved, None).await.unwrap();
    let images = tickets.published.lock().unwrap()[0]
        .images(&TICKETS)
        .unwrap()
        .clone();
    assert_eq!(images.after, Some(record(1, 9, "move")));
}

#[tokio::test]
async fn a_rule_that_compares_an_unreadable_field_is_not_met() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets.write(ticket(7, "seven", None), None).await.unwrap();
    tickets.execute("UPDATE tickets SET open = 2").await;
    let is_open = lookup(OPEN, Operator::Exact, Operand::Value(Value::Bool(true)));
    let guard = |sight: Option<ConditionTree>, before: Option<ConditionTree>| {
        Some(Guard {
            description: &TICKETS,
            operation: Operation::Update,
            sight: sight.map(Arc::new),
            before: before.map(Arc::new),
            after: None,
            refusal: None,
        })
    };
    let repair = || update(1, OPEN, Value::Bool(true));
    for rule in [
        is_open.clone(),
        !is_open.clone(),
        tenant(7).and(!is_open.clone()),
        ConditionTree::Changed(OPEN),
    ] {
        let hidden = tickets.write(repair(), guard(Some(rule.clone()), None)).await;
        assert!(matches!(hidden, Ok(Written::Missing)), "{hidden:?}");
        let denied = tickets.write(repair(), guard(None, Some(rule.clone()))).await;
        assert!(
            matches!(denied, Err(Error::PermissionDenied { .. })),
            "{denied:?}"
        );
        let delete = Write::Delete(Value::Integer(1), None);
        let denied = tickets.write(delete, guard(None, Some(rule))).await;
        assert!(
            matches!(denied, Err(Error::PermissionDenied { .. })),
            "{denied:?}"
        );
    }
    // Without the field, the rule is met.
    let repaired = tickets
        .write(repair(), guard(Some(tenant(7).or(is_open)), None))
        .await;
    assert!(matches!(repaired, Ok(Written::Row(_))), "{repaired:?}");
    // The row before is unknown.
    assert!(
        tickets
            .published
            .lock()
            .unwrap()
            .last()
            .unwrap()
            .images(&TICKETS)
            .is_none()
    );
}
