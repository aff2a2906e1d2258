//! The quickstart tells its story, and serves on when it is asked to.

use rustix::process::Signal;

use crate::http::post;
use crate::service::{Service, address_in, quickstart};

#[test]
fn the_story_is_true() {
    let told = quickstart().output().unwrap();
    let story = String::from_utf8(told.stdout).unwrap();
    let errors = String::from_utf8(told.stderr).unwrap();
    assert!(told.status.success(), "{story}{errors}");
    assert_eq!(errors, "");
    for part in [
        "create three projects",
        "the cache answers",
        "someone else",
        "update of 1",
        "a fresh one",
        "update Beta",
        "delete Gamma",
        "error_code not_found",
    ] {
        assert!(story.contains(part), "`{part}` is missing in:\n{story}");
    }
}

#[test]
fn with_keep_it_serves_until_it_is_interrupted() {
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
