//! The rules of a caller inside of a transaction.

use gm_runtime::Error;
use gm_runtime::access::Principal;

use super::{Account, Storage, account, counts, on_each_storage};

on_each_storage! {
    rules_presets_and_hiding_hold,
    the_rules_are_judged_with_the_writes_of_the_transaction,
}

async fn rules_presets_and_hiding_hold(storage: Storage) {
    let gm = storage.gm().await;
    let secret = Account::create(account("1", "bob", 7)).note("secret".to_owned());
    let bobs = secret.exec(&gm).await.unwrap();
    let ada = gm.acting_as(Principal::named("ada"));
    let done = ada.transaction(async |tx| {
        // It acts as the caller, as the handle of the transaction did.
        let preset = Account::create(account("2", "ada", 7))
            .opened_by("bob".to_owned())
            .exec(&tx)
            .await;
        assert!(preset.is_err_and(|error| error.is_invalid()));
        let opened = Account::create(account("2", "ada", 7)).exec(&tx).await?;
        assert_eq!(opened.opened_by.as_deref(), Some("ada"));
        Err::<(), _>(Error::invalid("Account", "number", "no"))
    });
    done.await.unwrap_err();
    let done = gm.transaction(async |tx| {
        let own = Account::create(account("3", "ada", 7))
            .note("of the bank".to_owned())
            .exec(&tx)
            .await?;
        let ada = tx.acting_as(Principal::named("ada"));
        assert_eq!(Account::get(&ada, own.id).await?.note, None);
        assert!(
            Account::get(&ada, bobs.id)
                .await
                .is_err_and(|error| error.is_not_found())
        );
        assert_eq!(Account::all(&ada).await?.len(), 1);
        let denied = bobs.update().balance(8).exec(&ada).await;
        assert!(denied.is_err_and(|error| error.is_not_found()));
        let denied = own.update().note("mine".to_owned()).exec(&ada).await;
        assert!(matches!(denied, Err(Error::FieldDenied { field: "note", .. })));
        assert!(
            own.delete(&ada)
                .await
                .is_err_and(|error| error.is_permission_denied())
        );
        let updated = own.update().balance(8).exec(&ada).await?;
        assert_eq!((updated.balance, updated.note), (8, None));
        let anonymous = tx.acting_as(Principal::anonymous());
        let denied = Account::create(account("4", "ada", 7)).exec(&anonymous).await;
        assert!(denied.is_err());
        Ok::<_, Error>(own.id)
    });
    let own = Account::get(&gm, done.await.unwrap()).await.unwrap();
    assert_eq!((own.balance, own.note.as_deref()), (8, Some("of the bank")));
    assert_eq!(Account::get(&gm, bobs.id).await.unwrap(), bobs);
    assert_eq!(counts(&gm).await, (2, 0));
}

async fn the_rules_are_judged_with_the_writes_of_the_transaction(storage: Storage) {
    let gm = storage.gm().await;
    let bobs = Account::create(account("1", "bob", 7)).exec(&gm).await.unwrap();
    let done = gm.transaction(async |tx| {
        let ada = tx.acting_as(Principal::named("ada"));
        assert!(
            Account::get(&ada, bobs.id)
                .await
                .is_err_and(|error| error.is_not_found())
        );
        let adas = bobs.update().owner("ada").exec(&tx).await?;
        assert_eq!(Account::get(&ada, bobs.id).await?.owner, "ada");
        adas.update().balance(8).exec(&ada).await?;
        let bob = tx.acting_as(Principal::named("bob"));
        assert!(
            Account::get(&bob, bobs.id)
                .await
                .is_err_and(|error| error.is_not_found())
        );
        let outside = gm.acting_as(Principal::named("bob"));
        assert_eq!(Account::get(&outside, bobs.id).await?, bobs);
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    let stored = Account::get(&gm, bobs.id).await.unwrap();
    assert_eq!((stored.owner.as_str(), stored.balance), ("ada", 8));
}
