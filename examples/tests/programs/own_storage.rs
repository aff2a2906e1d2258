//! Tests of `own-storage`, whose rows are in a JSON file.

use gm_runtime::client::SubscriptionState;
use gm_runtime::{GeneralManager, Gm};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::http::post;
use crate::service::{Service, address_in, own_storage};

/// A setting in its consumer.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://settings.example.com",
    base_path = "/internal/gm",
    resource = "settings",
    websocket_invalidation
)]
struct Setting {
    #[field(id)]
    name: String,
    value: String,
}

struct Started {
    folder: tempfile::TempDir,
    service: Service,
    gm: Gm,
    address: std::net::SocketAddr,
}

impl Started {
    async fn on(folder: tempfile::TempDir) -> Self {
        let mut command = own_storage();
        command
            .args(["--listen", "127.0.0.1:0", "--file"])
            .arg(folder.path().join("settings.json"));
        let mut service = Service::spawn(command);
        let address = address_in(&service.line());
        let gm = Gm::builder().base_url("http://settings.example.com", format!("http://{address}"));
        Self {
            folder,
            service,
            gm: gm.build().await.unwrap(),
            address,
        }
    }

    async fn create(&self, name: &str, value: &str) {
        let setting = SettingCreate {
            name: name.into(),
            value: value.into(),
        };
        Setting::create(setting).exec(&self.gm).await.unwrap();
    }

    fn file(&self) -> Value {
        let text = std::fs::read(self.folder.path().join("settings.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

#[tokio::test]
async fn written_rows_are_in_the_file_and_survive_a_restart() {
    let started = Started::on(tempfile::tempdir().unwrap()).await;
    started.create("theme", "dark").await;
    started.create("language", "en").await;
    let theme = Setting::get(&started.gm, "theme").await.unwrap();
    theme.update().value("light").exec(&started.gm).await.unwrap();
    Setting::by_id("language").delete(&started.gm).await.unwrap();
    assert_eq!(started.file(), json!({"theme": "light"}));
    let path = "/internal/gm/settings";
    let (status, refused) = post(started.address, path, None, r#"{"name": "theme", "value": "x"}"#);
    assert_eq!((status, &refused["error_code"]), (409, &json!("conflict")));
    started.service.signal(Signal::KILL);
    let Started { folder, service, .. } = started;
    service.ended();
    let again = Started::on(folder).await;
    let light = Setting::filter(|s| s.value.contains("igh"))
        .one(&again.gm)
        .await
        .unwrap();
    assert_eq!(light.name, "theme");
}

#[tokio::test]
async fn an_edited_file_publishes_a_refresh() {
    let started = Started::on(tempfile::tempdir().unwrap()).await;
    started.create("theme", "dark").await;
    let mut subscription = started.gm.subscription::<Setting>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    let (sender, mut events) = mpsc::unbounded_channel();
    let _told = started.gm.on_change::<Setting>(move |change| {
        let _ = sender.send(change.id().cloned());
    });
    assert_eq!(Setting::get(&started.gm, "theme").await.unwrap().value, "dark");
    let path = started.folder.path().join("settings.json");
    std::fs::write(&path, r#"{"theme": "edited"}"#).unwrap();
    started.service.signal(Signal::HUP);
    // Events of the create may arrive first.
    while events.recv().await.unwrap().is_some() {}
    assert_eq!(Setting::get(&started.gm, "theme").await.unwrap().value, "edited");
}

#[test]
fn the_help_contains_every_option() {
    let help = own_storage().arg("--help").output().unwrap();
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    for option in ["--listen", "--file", "SIGHUP"] {
        assert!(help.contains(option), "{help}");
    }
}
