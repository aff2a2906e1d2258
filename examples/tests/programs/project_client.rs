//! Tests of `project-client` with `project-service`: its output and its exit codes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};

use rustix::process::Signal;
use serde_json::{Value as Json, json};

use crate::service::{Service, project_client};

/// A service with the rows `Alpha`, `Beta` and `Gamma`.
struct Scene {
    service: Service,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (service, address) = Service::start_with(&folder.path().join("projects.db"), options);
        let scene = Self {
            service,
            address,
            folder,
        };
        for (name, status) in [("Alpha", "active"), ("Beta", "closed"), ("Gamma", "active")] {
            scene.done(&["create", "--name", name, "--status", status]);
        }
        scene
    }

    fn client(&self, arguments: &[&str]) -> Command {
        client_of(&format!("http://{}", self.address), arguments)
    }

    /// The output of the client.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.client(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {error}");
        assert_eq!(error, "");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Json {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }

    /// The ids of the projects, in their order in the output.
    fn ids(&self, arguments: &[&str]) -> Vec<i64> {
        let rows = self.json(&[&["list", "--json"], arguments].concat());
        let rows = rows.as_array().unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    fn failed(&self, arguments: &[&str]) -> (i32, String) {
        failed(self.client(arguments).output().unwrap())
    }
}

fn client_of(url: &str, arguments: &[&str]) -> Command {
    let mut command = project_client();
    command
        .env("PROJECTS_URL", url)
        .env_remove("PROJECTS_TOKEN")
        .args(arguments);
    command
}

/// The exit code and the message of a failure.
fn failed(output: Output) -> (i32, String) {
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!error.is_empty());
    (output.status.code().unwrap(), error)
}

#[test]
fn rows_are_shown_as_table_json_and_csv() {
    let scene = Scene::new(&[]);
    assert_eq!(
        scene.done(&["list"]),
        "id  name   status\n1   Alpha  active\n2   Beta   closed\n3   Gamma  active\n"
    );
    assert_eq!(scene.done(&["get", "2"]), "id  name  status\n2   Beta  closed\n");
    assert_eq!(
        scene.json(&["get", "2", "--json"]),
        json!({"id": 2, "name": "Beta", "status": "closed"})
    );
    assert_eq!(
        scene.done(&["list", "--csv", "--page", "2", "--page-size", "2"]),
        "id,name,status\n3,Gamma,active\n"
    );
}

#[test]
fn control_characters_are_escaped() {
    let scene = Scene::new(&[]);
    let name = "a,\"b\"\n\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\u{2028} ü";
    scene.done(&["update", "1", "--name", name]);
    assert_eq!(scene.json(&["get", "1", "--json"])["name"], name);
    // The same text, without characters that control the terminal.
    let json = scene.done(&["get", "1", "--json"]) + &scene.done(&["list", "--json"]);
    assert!(!json.contains(|c: char| c.is_control() && c != '\n'), "{json:?}");
    assert!(
        json.contains(r#"\u007f\u009b\u202e\u2066\u200f\u2028 ü"#),
        "{json}"
    );
    assert_eq!(
        scene.done(&["get", "1", "--csv"]),
        "id,name,status\n1,\"a,\"\"b\"\"\n\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\u{2028} ü\",active\n"
    );
    let table = scene.done(&["get", "1"]);
    let shown = r#"a,"b"\n\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\u{2028} ü"#;
    assert!(table.contains(shown), "{table}");
    // A refusal is escaped, too.
    let body = "{\"details\": {\"why\": \"\u{9b}\u{202e}\"}}".to_owned();
    let (_, error) = failed(client_of(&service_of(400, body), &["list"]).output().unwrap());
    assert!(error.contains(r#""\u{9b}\u{202e}""#), "{error}");
}

#[test]
fn every_command_works() {
    let scene = Scene::new(&[]);
    let created = scene.json(&["create", "--name", "Delta", "--status", "new", "--json"]);
    assert_eq!(created, json!({"id": 4, "name": "Delta", "status": "new"}));
    let updated = scene.json(&["update", "4", "--status", "old", "--json"]);
    assert_eq!(updated, json!({"id": 4, "name": "Delta", "status": "old"}));
    assert_eq!(scene.done(&["delete", "4"]), "");
    assert_eq!(scene.failed(&["get", "4"]).0, 3);
    assert_eq!(scene.ids(&[]), [1, 2, 3]);
}

#[test]
fn lists_are_filtered_and_sorted() {
    let scene = Scene::new(&[]);
    let cases: [(&[&str], &[i64]); 8] = [
        (&["--filter", "status=active"], &[1, 3]),
        (
            &["--filter", "status=active", "--filter", "name__istartswith=g"],
            &[3],
        ),
        (&["--filter", "id__in=3, 2"], &[2, 3]),
        (&["--filter", "id__gte=2", "--filter", "id__lt=3"], &[2]),
        (&["--exclude", "status=active", "--exclude", "id=1"], &[2, 3]),
        (&["--order", "-id"], &[3, 2, 1]),
        (&["--order", "status,-name"], &[3, 1, 2]),
        (&["--order=-id", "--page", "2", "--page-size", "1"], &[2]),
    ];
    for (arguments, ids) in cases {
        assert_eq!(scene.ids(arguments), ids, "{arguments:?}");
    }
}

#[test]
fn invalid_arguments_are_explained_with_code_2() {
    let scene = Scene::new(&[]);
    let cases: [(&[&str], &str); 9] = [
        (&["list", "--filter", "colour=red"], "`colour`"),
        (&["list", "--filter", "name__gt=a"], "`gt`"),
        (&["list", "--filter", "id=many"], "`many` is not an integer"),
        (&["list", "--filter", "name"], "FIELD=VALUE"),
        (&["list", "--order", "colour"], "`colour`"),
        (&["list", "--json", "--csv"], "--csv"),
        (&["update", "1"], "--status"),
        (&["list", "--page", "0"], "counted from 1"),
        (&["--url", "ftp://here", "list"], "ftp://here"),
    ];
    for (arguments, words) in cases {
        let (code, error) = scene.failed(arguments);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
}

#[test]
fn each_failure_has_its_code_and_its_message() {
    let scene = Scene::new(&[]);
    let (code, error) = scene.failed(&["get", "99"]);
    assert_eq!(code, 3);
    assert!(error.contains("404") && error.contains("request id"), "{error}");
    let (code, error) = scene.failed(&["create", "--name", "", "--status", "x"]);
    assert_eq!(code, 6);
    assert!(error.contains("name"), "{error}");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, error) = failed(
        client_of(&format!("http://{closed}"), &["list"])
            .output()
            .unwrap(),
    );
    assert_eq!(code, 5);
    assert!(error.contains("no connection"), "{error}");
    let (code, error) = failed(
        client_of(&service_of(500, String::new()), &["list"])
            .output()
            .unwrap(),
    );
    assert_eq!(code, 1);
    assert!(error.contains("500"), "{error}");
    // Code 5 allows a retry, so a write that may have been carried out needs another code.
    for (status, expected) in [(500, 7), (502, 7), (200, 7), (503, 5)] {
        for arguments in [
            &["create", "--name", "x", "--status", "y"][..],
            &["update", "1", "--name", "x"],
            &["delete", "1"],
        ] {
            let service = service_that_refuses_writes(status);
            let (code, error) = failed(client_of(&service, arguments).output().unwrap());
            assert_eq!(code, expected, "{error}");
            assert_eq!(error.contains("is not known"), expected == 7, "{error}");
        }
    }
    // A 404 from another server than the owner does not mean that there is no such project.
    for arguments in [
        &["get", "1"][..],
        &["list"],
        &["delete", "1"],
        &["update", "1", "--name", "x"],
    ] {
        let service = service_of(404, "<html>not here</html>".to_owned());
        let (code, error) = failed(client_of(&service, arguments).output().unwrap());
        assert_eq!(code, 2, "{error}");
        assert!(error.contains("base_url"), "{error}");
    }
}

/// A service that responds to each request with this status and body.
fn service_of(status: u16, body: String) -> String {
    service_with(move |_| (status, body.clone()))
}

/// A service that responds to queries with no rows, and to other requests with this status and a page of a proxy.
fn service_that_refuses_writes(status: u16) -> String {
    service_with(
        move |head| match head.starts_with("POST") && head.contains("/query ") {
            true => (
                200,
                r#"{"items": [], "metadata": {"protocol_version": "v1"}}"#.to_owned(),
            ),
            false => (status, "<html>".to_owned()),
        },
    )
}

/// A service that responds to each request by its head.
fn service_with(respond: impl Fn(&str) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(head) = head_of(&mut stream) {
                let (status, body) = respond(&head);
                let length = body.len();
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    url
}

/// The head of the next request, whose body is read, too. `None` at the end of the connection.
fn head_of(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).ok()?;
    Some(head)
}

#[test]
fn a_token_authenticates_and_is_not_shown() {
    let scene = Scene::new(&["--token", "billing=s3cret"]);
    let with_token = |token: &str| {
        scene
            .client(&["list"])
            .env("PROJECTS_TOKEN", token)
            .output()
            .unwrap()
    };
    assert!(with_token("s3cret").status.success());
    scene.done(&["--token", "s3cret", "list"]);
    let (code, error) = failed(with_token("hunter2"));
    assert_eq!(code, 4);
    assert!(error.contains("401") && !error.contains("hunter2"), "{error}");
    for token in ["", "hunter2\n", "hunt er2", "hünter2"] {
        for mut client in [scene.client(&["list"]), scene.client(&["--token", token, "list"])] {
            let (code, error) = failed(client.env("PROJECTS_TOKEN", token).output().unwrap());
            assert_eq!(code, 2);
            assert!(error.contains("must be printable ASCII"), "{error}");
            assert!(!error.contains("er2"), "{error}");
        }
    }
    let help = scene
        .client(&["--help"])
        .env("PROJECTS_TOKEN", "s3cret")
        .output()
        .unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("s3cret"));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let scene = Scene::new(&[]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut list = scene.client(&["list"]);
    let output = list.stdout(writer).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

/// A watch, and a function that waits for a state of its connection.
fn watch(scene: &Scene, arguments: &[&str]) -> (Service, impl FnMut(&str) + use<>) {
    let mut command = scene.client(&[&["watch"], arguments].concat());
    command.stderr(std::process::Stdio::piped());
    let mut watch = Service::spawn(command);
    let mut errors = BufReader::new(watch.errors()).lines();
    let said = move |words: &str| while !errors.next().expect(words).unwrap().contains(words) {};
    (watch, said)
}

/// Reads until each of these lines was printed, in any order. A read that began before an event may see its change.
fn until(watch: &mut Service, lines: &[&str]) {
    let mut missing = lines.to_vec();
    while !missing.is_empty() {
        let line = watch.line();
        missing.retain(|wanted| *wanted != line.trim_end());
    }
}

#[test]
fn a_watch_prints_events_and_rows_until_it_is_stopped() {
    let scene = Scene::new(&[]);
    for signal in [Signal::INT, Signal::TERM] {
        let (mut watch, mut said) = watch(&scene, &["--filter", "status=closed", "--order", "-id"]);
        said("live");
        until(&mut watch, &["2   Beta  closed"]);
        scene.done(&["update", "1", "--status", "closed"]);
        until(
            &mut watch,
            &["update 1", "2   Beta   closed", "1   Alpha  closed"],
        );
        scene.done(&["update", "1", "--status", "active"]);
        until(&mut watch, &["update 1", "2   Beta  closed"]);
        watch.signal(signal);
        assert!(watch.ended().success());
    }
}

#[test]
fn a_watch_with_json_prints_an_object_a_line() {
    let scene = Scene::new(&[]);
    let (mut watch, mut said) = watch(&scene, &["--json", "--filter", "id=3"]);
    said("live");
    let gamma = json!({"rows": [{"id": 3, "name": "Gamma", "status": "active"}]});
    until(&mut watch, &[&gamma.to_string()]);
    scene.done(&["delete", "3"]);
    let deleted = json!({"event": "delete", "id": 3});
    until(
        &mut watch,
        &[&deleted.to_string(), &json!({"rows": []}).to_string()],
    );
}

#[test]
fn a_watch_reports_an_unreachable_service_and_goes_on() {
    let scene = Scene::new(&[]);
    let (mut watch, mut said) = watch(&scene, &[]);
    said("live");
    until(&mut watch, &["3   Gamma  active"]);
    let Scene { service, address, .. } = scene;
    service.signal(Signal::TERM);
    said("not live, and trying again");
    assert!(service.ended().success());
    // Without a listener the connection fails too early to be observed. This one accepts it and does not respond.
    let silent = TcpListener::bind(address).unwrap();
    let _connection = silent.accept().unwrap();
    said("connecting");
    watch.signal(Signal::INT);
    assert!(watch.ended().success());
}

/// The output exceeds the buffer of a pipe, and the reader reads only the first line.
#[test]
fn a_watch_with_a_full_pipe_can_be_stopped() {
    let scene = Scene::new(&[]);
    let names = "n".repeat(200);
    let database = rusqlite::Connection::open(scene.folder.path().join("projects.db")).unwrap();
    database
        .execute(
            "WITH RECURSIVE n(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 10000) \
             INSERT INTO projects (id, name, status) SELECT n, ?1, 'active' FROM n",
            [&names],
        )
        .unwrap();
    let (mut watch, mut said) = watch(&scene, &[]);
    said("live");
    while !watch.line().contains("Beta") {}
    watch.signal(Signal::INT);
    assert!(watch.ended().success());
}

#[test]
fn a_watch_without_permission_ends() {
    let scene = Scene::new(&["--token", "billing=s3cret"]);
    let watch = scene.client(&["--token", "other", "watch"]).output().unwrap();
    assert_eq!(watch.status.code(), Some(4));
    assert!(String::from_utf8(watch.stderr).unwrap().contains("401"));
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = project_client().args(["completions", shell]).output().unwrap();
        assert!(script.status.success());
        let script = String::from_utf8(script.stdout).unwrap();
        for word in ["project-client", "watch", "page-size"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}
