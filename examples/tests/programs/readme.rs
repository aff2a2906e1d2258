//! Tests of the README and the guide: their commands work, and the structs in the README are those of the examples. The
//! documentation tests of this package run their Rust code.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::http::post;
use crate::service::{
    Service, address_in, gateway, help_desk, own_storage, project_client, project_service, quickstart,
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The code blocks of this kind.
pub(crate) fn blocks(text: &str, kind: &str) -> Vec<String> {
    text.split("\n```")
        .filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n'))
        .map(str::to_owned)
        .collect()
}

/// The pages of the guide, and their names.
fn guide() -> Vec<(String, String)> {
    let summary = read("docs/SUMMARY.md");
    let pages = summary
        .split("](guide/")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap());
    pages
        .map(|page| (page.to_owned(), read(&format!("docs/guide/{page}"))))
        .collect()
}

#[test]
fn every_command_of_the_readme_works() {
    assert!(run_commands(&read("README.md")) >= 5);
}

#[test]
fn every_command_of_the_guide_works() {
    let commands: usize = guide().iter().map(|(_, text)| run_commands(text)).sum();
    assert!(commands >= 4, "{commands}");
}

/// Runs the commands of the page in order, and returns their number.
fn run_commands(page: &str) -> usize {
    let mut served = Vec::new();
    let commands = commands(page);
    for command in &commands {
        if command == "cargo run" {
            assert_eq!(default_program(), "quickstart");
            assert!(quickstart().output().unwrap().status.success());
        } else if let Some(arguments) = command.strip_prefix("cargo run --bin project-service -- schema ") {
            print_schema(arguments);
        } else if let Some(arguments) = command.strip_prefix("cargo run --bin project-client -- ") {
            consume(arguments, &served);
        } else if let Some(program) = command.strip_prefix("cargo run --bin ") {
            served.push(serve(program, &served));
        } else if let Some(request) = command.strip_prefix("curl ") {
            send(request, &served);
        } else if ["touch src/lib.rs", "GM_MACROS_DEBUG=1 cargo check"].contains(&command.as_str()) {
            // The command needs a crate with managers. gm-macros/tests/ui.rs tests it.
        } else {
            assert!(is_checked_by_ci(command), "no test knows how to run `{command}`");
        }
    }
    commands.len()
}

/// The shell commands of the page, with the values of its variables.
fn commands(page: &str) -> Vec<String> {
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut commands = Vec::new();
    for block in blocks(page, "sh") {
        for line in block.lines() {
            let command = variables.iter().fold(line.to_owned(), |line, (name, value)| {
                line.replace(&format!("${name}"), value)
            });
            match command.split_once('=') {
                Some((name, value)) if name.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                    variables.push((name.to_owned(), value.to_owned()));
                }
                _ => commands.push(command),
            }
        }
    }
    commands
}

#[test]
fn the_code_of_every_page_of_the_guide_is_tested() {
    let tested = read("examples/src/guide.rs");
    for (page, text) in guide() {
        let has_code = text.contains("\n```rust");
        let is_tested = tested.contains(&format!("/docs/guide/{page}\""));
        assert_eq!(has_code, is_tested, "{page}");
    }
}

#[test]
fn the_guide_explains_every_rule_of_the_recorded_cases() {
    let chapter = read("docs/guide/python.md");
    let mut cases = 0;
    for entry in std::fs::read_dir(root().join("tests/fixtures/wire/cases")).unwrap() {
        let recorded = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for rest in recorded.split("\"R-").skip(1) {
            let rule = rest.split('"').next().unwrap();
            assert!(
                chapter.contains(&format!("| `R-{rule}` |")),
                "`R-{rule}` is not in docs/guide/python.md"
            );
            cases += 1;
        }
    }
    assert!(cases > 100, "{cases}");
}

#[test]
fn the_guide_has_every_setting() {
    let table = read("docs/guide/settings.md");
    let mut settings = 0;
    for code in sources(&root().join("gm-runtime/src")) {
        for implementation in code.split("\nimpl GmBuilder {").skip(1) {
            let implementation = implementation.split("\n}\n").next().unwrap();
            for method in implementation.split("    pub fn ").skip(1) {
                let (name, rest) = method.split_once('(').unwrap();
                // `doc(hidden)` methods are not for applications. A method with type parameters registers a manager.
                if rest.starts_with("mut self") && name != "cache_clock" && !name.contains('<') {
                    assert!(
                        table.contains(&format!("| `{name}(")),
                        "`{name}` is not in docs/guide/settings.md"
                    );
                    settings += 1;
                }
            }
        }
    }
    assert!(settings > 35, "{settings}");
}

/// The text of every source file in this folder.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    texts
}

/// The most characters of a line of code that needs no scrolling.
const CODE_WIDTH: usize = 90;

#[test]
fn code_of_the_readme_and_the_guide_needs_no_scrolling() {
    let readme = ("README.md".to_owned(), read("README.md"));
    for (page, text) in guide().into_iter().chain([readme]) {
        let mut in_code = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            } else if in_code {
                let width = line.chars().count();
                assert!(width <= CODE_WIDTH, "{page}: {width} characters: {line}");
            }
        }
    }
}

/// The program of `cargo run`. Running cargo here would build every dependency again, with other features than those of the
/// tests.
fn default_program() -> String {
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--locked",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let default_members = metadata["workspace_default_members"].as_array().unwrap();
    let mut defaults = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| {
            default_members
                .contains(&package["id"])
                .then(|| package["default_run"].as_str())?
        });
    let program = defaults.next().expect("a default program").to_owned();
    assert_eq!(
        defaults.next(),
        None,
        "`cargo run` needs one default program, and there are two"
    );
    program
}

/// A service of a page, on a free port instead of the port on the page.
struct Served {
    named: String,
    address: std::net::SocketAddr,
    _service: Service,
    _folder: tempfile::TempDir,
}

/// Runs `NAME -- --listen ADDRESS ..` in a temporary folder, with the actual addresses of the services before it.
fn serve(program: &str, before: &[Served]) -> Served {
    let (name, arguments) = program.split_once(" -- ").expect("a program and its arguments");
    let arguments = before.iter().fold(arguments.to_owned(), |arguments, served| {
        arguments.replace(&served.named, &served.address.to_string())
    });
    let (_, named) = arguments.split_once("--listen ").expect("where it listens");
    let named = named.split(' ').next().unwrap().to_owned();
    let mut command = match name {
        "project-service" => project_service(),
        "own-storage" => own_storage(),
        "gateway" => gateway(),
        "help-desk" => help_desk(),
        _ => panic!("no test knows how to run `{name}`"),
    };
    let folder = tempfile::tempdir().unwrap();
    let arguments = arguments
        .replace(&named, "127.0.0.1:0")
        .replace(" examples/", &format!(" {}/examples/", root().display()));
    command.current_dir(folder.path()).args(arguments.split(' '));
    let mut service = Service::spawn(command);
    Served {
        named,
        address: address_in(&service.line()),
        _service: service,
        _folder: folder,
    }
}

/// Checks that these arguments print SQL, for an empty file in a temporary folder.
fn print_schema(arguments: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("projects.db")).unwrap();
    let mut command = project_service();
    command
        .current_dir(folder.path())
        .arg("schema")
        .args(arguments.split(' '));
    let printed = command.output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    assert!(
        printed.stdout.starts_with(b"CREATE TABLE") || printed.stdout.starts_with(b"-- "),
        "{printed:?}"
    );
}

/// Runs project-client with these arguments and the last started service. A watch is stopped after its first output.
fn consume(arguments: &str, served: &[Served]) {
    let service = served.last().expect("a service above");
    let mut command = project_client();
    command
        .env("PROJECTS_URL", format!("http://{}", service.address))
        .args(arguments.split(' '));
    if arguments.starts_with("watch") {
        let mut watch = Service::spawn(command);
        watch.line();
        watch.signal(Signal::INT);
        assert!(watch.ended().success());
    } else {
        let output = command.output().unwrap();
        assert!(output.status.success(), "`{arguments}`: {output:?}");
    }
}

/// Sends the request of `curl --json 'BODY' URL`, or of one with `-H "Authorization: .." ` before.
fn send(request: &str, served: &[Served]) {
    let (authorization, request) = match request.strip_prefix("-H \"Authorization: ") {
        Some(rest) => rest
            .split_once("\" ")
            .map(|(value, rest)| (Some(value), rest))
            .unwrap(),
        None => (None, request),
    };
    let request = request.strip_prefix("--json ").expect("a request with a body");
    let (body, url) = request.strip_prefix('\'').unwrap().split_once("' ").unwrap();
    let found = served.iter().find_map(|served| {
        let path = url.strip_prefix(&format!("http://{}", served.named))?;
        Some((served.address, path))
    });
    let (address, path) = found.expect("the address of a service above");
    let (status, answer) = post(address, path, authorization, body);
    assert!((200..300).contains(&status), "{status} {answer}");
}

/// Whether the command is a script that runs these tests, so that they can't run it.
fn is_checked_by_ci(command: &str) -> bool {
    let script = root().join(command);
    if !script.is_file() {
        return false;
    }
    assert_ne!(
        script.metadata().unwrap().permissions().mode() & 0o111,
        0,
        "`{command}` can't be run"
    );
    command == ".ci/run" || read(".ci/run").lines().any(|line| line.starts_with(command))
}

#[test]
fn the_structs_are_those_of_the_examples() {
    let examples = read("examples/src/lib.rs");
    for (block, name) in blocks(&read("README.md"), "rust,no_run")
        .iter()
        .zip(["Project", "RemoteProject"])
    {
        let begin = block.find("#[derive").unwrap();
        let end = block.find("\n}\n").unwrap();
        let declared = &block[begin..end];
        assert!(declared.contains(&format!("pub struct {name} {{")), "{declared}");
        assert!(
            examples.contains(declared),
            "the examples have no such struct:\n{declared}"
        );
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let reasons = read("docs/design/dependencies.md");
    let manifest = read("Cargo.toml");
    let (_, dependencies) = manifest.split_once("\n[workspace.dependencies]\n").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[").unwrap();
    for line in dependencies
        .lines()
        .filter(|line| !line.is_empty() && !line.contains("path ="))
    {
        let (name, _) = line.split_once(" = ").expect("one dependency a line");
        let named = reasons
            .lines()
            .filter_map(|row| row.strip_prefix("| ")?.split(" |").next());
        assert!(
            named
                .flat_map(|names| names.split(", "))
                .any(|known| known == name),
            "`{name}` has no reason"
        );
    }
}
