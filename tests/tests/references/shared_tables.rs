//! References to managers that share a table, with different ids.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;

on_each_database! {
    a_deletion_by_either_manager_concerns_the_references_to_both,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "firms")]
struct Firm {
    #[field(id)]
    id: i64,
    #[field(unique, max_length = 20)]
    code: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "firms")]
struct FirmByCode {
    #[field(id, max_length = 20)]
    code: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "offices")]
struct Office {
    #[field(id)]
    id: i64,
    #[field(references = Firm, on_delete = cascade)]
    firm_id: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "contracts")]
struct Contract {
    #[field(id)]
    id: i64,
    #[field(references = FirmByCode, on_delete = cascade, max_length = 20)]
    firm_id: String,
    #[field(references = Office, on_delete = set_null)]
    office_id: Option<i64>,
}

/// Another manager of the contracts.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "contracts")]
struct ContractOfFirm {
    #[field(id)]
    id: i64,
    #[field(references = FirmByCode, on_delete = cascade, max_length = 20)]
    firm_id: String,
}

async fn a_deletion_by_either_manager_concerns_the_references_to_both(database: TestDatabase) {
    let gm = Gm::builder().database(database.url());
    let gm = gm.manager::<Firm>().manager::<FirmByCode>().manager::<Office>();
    let gm = gm.manager::<ContractOfFirm>().manager::<Contract>();
    let gm = gm.build().await.unwrap();
    let mut firms = Vec::new();
    for code in ["a", "b", "c"] {
        let firm = Firm::create(FirmCreate { code: code.into() })
            .exec(&gm)
            .await
            .unwrap();
        let office = Office::create(OfficeCreate { firm_id: firm.id })
            .exec(&gm)
            .await
            .unwrap();
        let contract = ContractCreate { firm_id: code.into() };
        let contract = Contract::create(contract).office_id(Some(office.id));
        contract.exec(&gm).await.unwrap();
        firms.push((firm, office));
    }
    let unknown = ContractOfFirm::create(ContractOfFirmCreate { firm_id: "z".into() });
    assert!(unknown.exec(&gm).await.unwrap_err().is_conflict());
    Firm::by_id(firms[0].0.id).delete(&gm).await.unwrap();
    assert_eq!(
        (
            Office::count(&gm).await.unwrap(),
            Contract::count(&gm).await.unwrap()
        ),
        (2, 2)
    );
    FirmByCode::by_id("b").delete(&gm).await.unwrap();
    assert_eq!(
        (
            Office::count(&gm).await.unwrap(),
            Contract::count(&gm).await.unwrap()
        ),
        (1, 1)
    );
    Office::by_id(firms[2].1.id).delete(&gm).await.unwrap();
    let left = Contract::query().one(&gm).await.unwrap();
    assert_eq!((left.firm_id.as_str(), left.office_id), ("c", None));
    assert_eq!(FirmByCode::query().delete_all(&gm).await.unwrap(), 1);
    assert_eq!(ContractOfFirm::count(&gm).await.unwrap(), 0);
}
