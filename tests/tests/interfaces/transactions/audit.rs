//! The audit log of transactions: an entry of a write is recorded when the outcome is known.

use gm_runtime::Error;
use gm_runtime::access::Principal;
use gm_tests::log::{self, Level};

use super::{Account, Storage, account, on_each_storage};

on_each_storage! {
    the_entries_of_writes_tell_what_became_of_the_transaction,
}

/// The entries of creates with this outcome.
fn creates(outcome: &str) -> usize {
    log::lines(&[
        "gm::audit",
        "operation=\"create\"",
        &format!("outcome=\"{outcome}\""),
    ])
    .len()
}

async fn the_entries_of_writes_tell_what_became_of_the_transaction(storage: Storage) {
    log::keep_from(Level::DEBUG);
    let gm = storage.gm().await;
    let done = gm.transaction(async |tx| {
        Account::create(account("1", "ada", 7)).exec(&tx).await?;
        Account::create(account("2", "ada", 7)).exec(&tx).await?;
        let conflict = Account::create(account("2", "ada", 7)).exec(&tx).await;
        assert!(conflict.is_err_and(|error| error.is_conflict()));
        let anonymous = tx.acting_as(Principal::anonymous());
        let denied = Account::create(account("3", "ada", 7)).exec(&anonymous).await;
        assert!(denied.is_err());
        assert_eq!((creates("done"), creates("rolled_back")), (0, 0));
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    assert_eq!((creates("done"), creates("rolled_back")), (2, 0));
    assert_eq!((creates("conflict"), creates("permission_denied")), (1, 1));
    let failed = gm.transaction(async |tx| {
        Account::create(account("4", "ada", 7)).exec(&tx).await?;
        Err::<(), _>(Error::invalid("Account", "number", "no"))
    });
    failed.await.unwrap_err();
    assert_eq!((creates("done"), creates("rolled_back")), (2, 1));
}
