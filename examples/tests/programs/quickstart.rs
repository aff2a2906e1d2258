//! The quickstart shows its steps, and goes on serving with `--keep`.

use rustix::process::Signal;

use crate::http::post;
use crate::service::{Service, address_in, quickstart};

#[test]
fn every_step_succeeds() {
    let output = quickstart().output().unwrap();
    let steps = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{steps}{errors}");
    assert_eq!(errors, "");
    for part in [
        "create three projects",
        "from the cache",
        "another client",
        "update of 1",
        "from the owner",
        "update Beta",
        "delete Gamma",
        "error_code not_found",
    ] {
        assert!(steps.contains(part), "`{part}` is missing in:\n{steps}");
    }
}

#[test]
fn with_keep_the_owner_serves_until_an_interrupt() {
    let mut command = quickstart();
    command.arg("--keep");
    let mut quickstart = Service::spawn(command);
    let address = address_in(&quickstart.line());
    while !quickstart.line().contains("goes on serving") {}
    let (status, page) = post(address, "/internal/gm/projects/query", None, "{}");
    assert_eq!(status, 200);
    assert!(page["total_count"].as_u64() > Some(0), "{page}");
    quickstart.signal(Signal::INT);
    assert!(quickstart.ended().success());
}
