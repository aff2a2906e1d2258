//! Deletions that fail behind their first change, alone and in a transaction.

use gm_runtime::change::Action;
use gm_runtime::{Error, GmBuilder};
use gm_tests::marker::published;

use crate::on_each_builder;
use crate::plans::{
    Events, Mark, MarkCreate, Note, Plan, PlanCreate, counts, marks, note, phases, plan, steps, watch,
};

on_each_builder! {
    a_deletion_that_fails_changes_nothing,
    a_deletion_that_fails_is_undone_alone_in_a_transaction,
    deletions_of_a_transaction_come_one_after_the_other,
}

const REFERRED: &str = "`Plan`: other rows refer to this row";

/// The marks are deleted before the note is refused.
async fn a_deletion_that_fails_changes_nothing(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let plan = plan(&gm).await;
    marks(&gm, plan, 2).await;
    let note = note(&gm, plan).await;
    published(&gm).await;
    let events = Events::default();
    let subscription = watch::<Mark>(&gm, &events);
    let refused = Plan::by_id(plan).delete(&gm).await.unwrap_err();
    assert_eq!(refused.to_string(), REFERRED);
    assert!(refused.is_conflict());
    let refused = Plan::query().delete_all(&gm).await.unwrap_err();
    assert_eq!(refused.to_string(), REFERRED);
    published(&gm).await;
    drop(subscription);
    assert_eq!(*events.lock().unwrap(), []);
    assert_eq!(counts(&gm).await, [1, 2, 0, 0]);
    assert_eq!(Note::get(&gm, note.id).await.unwrap(), note);
}

async fn a_deletion_that_fails_is_undone_alone_in_a_transaction(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let first = plan(&gm).await;
    marks(&gm, first, 2).await;
    let phase = phases(&gm, first, 1).await[0];
    steps(&gm, phase, 1).await;
    let kept = note(&gm, first).await;
    published(&gm).await;
    let events = Events::default();
    let subscriptions = (watch::<Plan>(&gm, &events), watch::<Mark>(&gm, &events));
    let done = gm.transaction(async |tx| {
        let second = Plan::create(PlanCreate {}).exec(&tx).await?;
        Mark::create(MarkCreate { plan_id: second.id }).exec(&tx).await?;
        for _ in 0..2 {
            let refused = Plan::by_id(first).delete(&tx).await.unwrap_err();
            assert_eq!(refused.to_string(), REFERRED);
            let refused = Plan::query().delete_all(&tx).await.unwrap_err();
            assert_eq!(refused.to_string(), REFERRED);
            assert_eq!(counts(&tx).await, [2, 3, 1, 1]);
        }
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    published(&gm).await;
    drop(subscriptions);
    assert_eq!(
        *events.lock().unwrap(),
        [("Plan", Action::Create), ("Mark", Action::Create)]
    );
    assert_eq!(counts(&gm).await, [2, 3, 1, 1]);
    assert_eq!(Note::get(&gm, kept.id).await.unwrap(), kept);
}

/// The verbs of a transaction may be polled together. Another one does not come between the steps of a deletion.
async fn deletions_of_a_transaction_come_one_after_the_other(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let plans = [plan(&gm).await, plan(&gm).await, plan(&gm).await];
    for plan in plans {
        let phase = phases(&gm, plan, 2).await[1];
        steps(&gm, phase, 2).await;
    }
    note(&gm, plans[1]).await;
    let done = gm.transaction(async |tx| {
        let delete = async |plan| Plan::by_id(plan).delete(&tx).await;
        let mark = MarkCreate { plan_id: plans[1] };
        let (first, second, third, mark) = futures_util::join!(
            delete(plans[0]),
            delete(plans[1]),
            delete(plans[2]),
            Mark::create(mark).exec(&tx)
        );
        assert!(second.unwrap_err().is_conflict());
        mark?;
        first.and(third)
    });
    done.await.unwrap();
    assert_eq!(counts(&gm).await, [1, 1, 2, 2]);
}
