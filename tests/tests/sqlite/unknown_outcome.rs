//! A commit that fails with an unknown outcome, because the log can't grow.
//!
//! A process of its own may write no longer files than they are; the signal that comes with it is ignored by the shell
//! that starts it, since a program can't without unsafe code.

use std::process::Command;

use gm_runtime::change::{Action, Change};
use gm_runtime::{Error, Gm};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::model::{Item, item};
use crate::{Folder, Subscriber, begin, change};

const CHILD: &str = "GM_TESTS_FULL_DISK";
const NAME: &str = "unknown_outcome::a_failed_commit_is_published_as_a_refresh";

/// The largest size of a file.
fn limit(bytes: Option<u64>) {
    let before = getrlimit(Resource::Fsize);
    let limit = Rlimit {
        current: bytes.or(before.maximum),
        maximum: before.maximum,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
}

async fn titles(gm: &Gm) -> Vec<String> {
    let rows = Item::query().all(gm).await.unwrap();
    rows.iter().map(|row| row.title.clone()).collect()
}

async fn with_a_full_disk() {
    let folder = Folder::new();
    let gm = folder.open().await;
    Item::create(item("before")).exec(&gm).await.unwrap();
    let mut changes = Subscriber::of::<Item>(&gm);
    let log = folder.path().with_extension("db-wal");

    limit(Some(std::fs::metadata(&log).unwrap().len()));
    let alone = Item::create(item("alone")).exec(&gm).await.unwrap_err();
    // A write that may have taken effect is not retryable.
    assert!(
        matches!(alone, Error::Storage(_)) && !alone.is_retryable(),
        "{alone}"
    );
    assert_eq!(changes.received(), [Change::refresh()]);
    let other = folder.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = ["one", "two", "three"].map(|title| Item::create(item(title)).exec(&gm));
    let writes = begin(writes).await;
    other.execute_batch("ROLLBACK").unwrap();
    for refused in writes.await {
        assert!(matches!(refused, Err(Error::Storage(_))), "{refused:?}");
    }
    let received = changes.received();
    assert!(
        !received.is_empty() && received.iter().all(|change| *change == Change::refresh()),
        "{received:?}"
    );
    assert_eq!(titles(&gm).await, ["before"]);

    limit(None);
    let after = Item::create(item("after")).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Create, after.id)]);
    assert_eq!(titles(&gm).await, ["before", "after"]);
    gm.close().await;
    assert_eq!(titles(&folder.open().await).await, ["before", "after"]);
}

#[tokio::test]
async fn a_failed_commit_is_published_as_a_refresh() {
    if std::env::var_os(CHILD).is_some() {
        return with_a_full_disk().await;
    }
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&child.stderr)
    );
}
