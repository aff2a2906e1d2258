//! The audit log of deletions that change other rows.

use gm_runtime::access::Principal;
use gm_runtime::{Error, GmBuilder};
use gm_tests::log::{self, Level};

use crate::on_each_builder;
use crate::plans::{Plan, marks, note, phases, plan, steps};

on_each_builder! {
    each_change_of_a_deletion_has_an_entry,
}

/// The entries of deletions of rows of a manager with this outcome.
fn entries(manager: &str, outcome: &str) -> Vec<String> {
    log::lines(&[
        "gm::audit",
        "operation=\"delete\"",
        &format!("manager=\"{manager}\""),
        &format!("outcome=\"{outcome}\""),
    ])
}

async fn each_change_of_a_deletion_has_an_entry(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let first = plan(&gm).await;
    marks(&gm, first, 3).await;
    let phase = phases(&gm, first, 1).await[0];
    steps(&gm, phase, 2).await;
    log::keep_from(Level::DEBUG);
    // A deletion by a caller is its own in every entry.
    let caller = gm.acting_as(Principal::named("ada"));
    Plan::by_id(first).delete(&caller).await.unwrap();
    for (manager, rows) in [
        ("Plan", None),
        ("Mark", Some(3)),
        ("Step", Some(2)),
        ("Phase", None),
    ] {
        let done = entries(manager, "done");
        assert_eq!(done.len(), 1, "{manager}: {done:?}");
        assert!(done[0].contains("principal=\"ada\""), "{}", done[0]);
        if let Some(rows) = rows {
            assert!(done[0].contains(&format!("rows={rows}")), "{}", done[0]);
        }
    }

    // One that is refused behind its first change has an entry, and so has what is undone.
    let second = plan(&gm).await;
    marks(&gm, second, 1).await;
    let note = note(&gm, second).await;
    for handle in [&gm, &caller] {
        Plan::by_id(second).delete(handle).await.unwrap_err();
    }
    assert_eq!(entries("Mark", "rolled_back").len(), 2);
    assert_eq!(entries("Plan", "conflict").len(), 2);
    note.delete(&gm).await.unwrap();
    // In a transaction, the entries wait for its end.
    let done = gm.transaction(async |tx| {
        Plan::by_id(second).delete(&tx).await?;
        assert_eq!(
            (entries("Plan", "done").len(), entries("Mark", "done").len()),
            (1, 1)
        );
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    assert_eq!(
        (entries("Plan", "done").len(), entries("Mark", "done").len()),
        (2, 2)
    );
    Plan::by_id(second).delete(&gm).await.unwrap_err();
    assert_eq!(entries("Plan", "not_found").len(), 1);
}
