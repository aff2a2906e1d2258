//! Runs the JavaScript client of the guide's page "Browsers" by Node, with a service.

use std::process::Command;

use crate::readme::{blocks, read};
use crate::service::Service;

/// Calls every method of the client, and throws an error if one does not work.
const STORY: &str = r#"
import assert from "node:assert/strict";

const projects = new Resource(process.argv[2], "projects");
const changes = [];
let wake = () => {};
const stop = projects.subscribe((id) => {
  changes.push(id);
  wake();
});
const change = async () => {
  while (changes.length === 0) await new Promise((resolve) => (wake = resolve));
  return changes.shift();
};

assert.equal(await change(), null);
const alpha = await projects.create({ name: "Alpha", status: "planned" });
assert.equal(await change(), alpha.id);
assert.equal((await projects.update(alpha.id, { status: "active" })).status, "active");
assert.equal(await change(), alpha.id);
assert.equal((await projects.get(alpha.id)).status, "active");
const { items, total_count } = await projects.query({ filters: { name__icontains: "AL" } });
assert.deepEqual([items.length, total_count], [1, 1]);
await projects.delete(alpha.id);
assert.equal(await change(), alpha.id);

await assert.rejects(projects.get(alpha.id), { status: 404, code: "not_found" });
const refused = await projects.create({ name: 5 }).catch((error) => error);
assert.deepEqual(refused.fields.map(({ field }) => field), ["name", "status"]);
const wrong = new Resource(process.argv[2], "projects", "wrong-token");
await assert.rejects(wrong.query(), { status: 401 });
stop();
"#;

/// Node with `fetch` and `WebSocket`, if it is installed.
fn node() -> Option<Command> {
    let mut node = Command::new("node");
    // Later versions need no flag, and accept it.
    node.arg("--experimental-websocket");
    let mut probe = Command::new("node");
    probe.args(["--experimental-websocket", "--eval", "new Headers(), WebSocket"]);
    let output = probe.output().ok()?;
    output.status.success().then_some(node)
}

#[test]
fn the_javascript_client_of_the_page_works() {
    let Some(mut node) = node() else {
        println!("skipped: there is no Node with `fetch` and `WebSocket`");
        return;
    };
    let client = blocks(&read("docs/guide/browsers.md"), "js").remove(0);
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("client.mjs");
    std::fs::write(&program, format!("{client}\n{STORY}")).unwrap();
    let (_service, address) = Service::start(&folder.path().join("projects.db"));
    let output = node
        .arg(&program)
        .arg(format!("http://{address}/internal/gm"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
