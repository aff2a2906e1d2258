//! An owner without `other` is deployed back: a newer version wrote a name that its enum lacks.

use gm_runtime::{Error, FieldType, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::json;

mod newer {
    use super::*;

    #[derive(Clone, Debug, PartialEq, FieldType)]
    pub(crate) enum Status {
        Open,
        Refunded,
    }

    #[derive(Clone, Debug, PartialEq, GeneralManager)]
    #[database(table = "invoices")]
    pub(crate) struct Invoice {
        #[field(id)]
        pub(crate) id: i64,
        pub(crate) status: Status,
        #[field(blank, default)]
        pub(crate) note: String,
    }
}

mod older {
    use super::*;

    #[derive(Clone, Debug, PartialEq, FieldType)]
    pub(crate) enum Status {
        Open,
        Paid,
    }

    #[derive(Clone, Debug, PartialEq, GeneralManager)]
    #[database(table = "invoices")]
    #[permission(read = public, update = public)]
    #[remote_api(resource = "invoices", allow_filter, allow_detail, allow_update)]
    #[remote_manager(base_url = "http://owner.test")]
    pub(crate) struct Invoice {
        #[field(id)]
        pub(crate) id: i64,
        pub(crate) status: Status,
        #[field(blank, default)]
        pub(crate) note: String,
    }
}

#[tokio::test]
async fn an_owner_without_other_serves_the_unknown_name_and_cannot_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("invoices.db").display());
    let builder = Gm::builder().database(&url).manager::<newer::Invoice>();
    let gm = builder.build().await.unwrap();
    for status in [newer::Status::Refunded, newer::Status::Open] {
        let invoice = newer::Invoice::create(newer::InvoiceCreate { status });
        invoice.exec(&gm).await.unwrap();
    }
    gm.close().await;

    let builder = Gm::builder().database(&url).expose::<older::Invoice>();
    let owner = Running::start(builder).await.unwrap();
    let send = async |method: &str, path: &str, body: &str| {
        let request = Request::new(method, path).json(body);
        request.send(owner.address).await.unwrap()
    };
    // A caller receives the name as it is stored.
    let list = send("POST", "/gm/invoices/query", "{}").await;
    assert_eq!(list.json()["items"][0]["status"], json!("refunded"));
    let patched = send("PATCH", "/gm/invoices/1", r#"{"note": "a"}"#).await;
    assert_eq!(
        (patched.status, &patched.json()["items"][0]["status"]),
        (200, &json!("refunded"))
    );
    let filtered = r#"{"filters": {"status": "refunded"}}"#;
    assert_eq!(send("POST", "/gm/invoices/query", filtered).await.status, 400);

    // The owner's own code can't read the row. An update of another field is written all the same.
    let read = older::Invoice::get(&owner.gm, 1).await.unwrap_err();
    assert!(matches!(read, Error::Record { field: "status", .. }), "{read}");
    let unknown = r#"`Invoice`.`status` in the row of id 1: the stored value does not fit the field: expected one of "open", "paid", got "refunded""#;
    assert!(read.to_string().starts_with(unknown), "{read}");
    let listed = older::Invoice::all(&owner.gm).await.unwrap_err();
    assert!(listed.to_string().starts_with(unknown), "{listed}");
    let update = older::Invoice::by_id(1).update().note("b");
    let update = update.exec(&owner.gm).await.unwrap_err();
    assert!(
        matches!(update, Error::Record { field: "status", .. }),
        "{update}"
    );
    let detail = send("GET", "/gm/invoices/1", "").await;
    assert_eq!(detail.json()["items"][0]["note"], json!("b"));

    // One such row makes the consumer's whole list unreadable.
    let address = format!("http://{}", owner.address);
    let consumer = Gm::builder().base_url("http://owner.test", address);
    let consumer = consumer.build().await.unwrap();
    let list = older::RemoteInvoice::all(&consumer).await.unwrap_err();
    assert!(matches!(list, Error::Decode(_)), "{list}");
    let expected = r#"`RemoteInvoice`.`status` in the row of id 1: expected one of "open", "paid", got "refunded"; a variant"#;
    assert!(list.to_string().contains(expected), "{list}");
    owner.stop().await.unwrap();
}
