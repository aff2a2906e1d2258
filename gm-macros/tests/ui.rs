//! What the compiler says: the words of compile errors, and expansions that are printed. `ui/README.md` says how a
//! fixture is added.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

/// A crate of one manager, checked as the guide says: `GM_MACROS_DEBUG=1 cargo check`.
#[test]
fn an_expansion_is_printed_when_it_is_asked_for() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[package]\nname = \"printed\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         gm-runtime = {{ path = {:?}, default-features = false }}\n",
        workspace.join("gm-runtime"),
    );
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(workspace.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let source = folder.path().join("src/lib.rs");
    let manager = |name| {
        format!(
            "#[derive(Clone, Debug, gm_runtime::GeneralManager)]\n#[database(table = \"rows\")]\n\
             pub struct {name} {{ #[field(id)] pub id: i64 }}\n"
        )
    };
    std::fs::write(&source, manager("One") + &manager("Other")).unwrap();
    let check = |wanted: Option<&str>| {
        // What is not compiled again is not expanded again.
        std::fs::File::open(&source)
            .unwrap()
            .set_modified(std::time::SystemTime::now())
            .unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["check", "--offline"]).current_dir(folder.path());
        // Where trybuild has built the same dependencies.
        cargo.env("CARGO_TARGET_DIR", workspace.join("target/tests/trybuild"));
        cargo.env_remove("GM_MACROS_DEBUG");
        cargo.envs(wanted.map(|wanted| ("GM_MACROS_DEBUG", wanted)));
        let output = cargo.output().unwrap();
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{printed}");
        printed
    };
    let both = check(Some("1"));
    for part in [
        "// What is derived for `One`:\n",
        "// What is derived for `Other`:\n",
        // As rustfmt indents it.
        "\n    impl __gm::Manager for One {\n        type Id = i64;\n",
    ] {
        assert!(both.contains(part), "{part} is missing in:\n{both}");
    }
    let one = check(Some("One"));
    assert!(one.contains("for `One`") && !one.contains("for `Other`"), "{one}");
    assert!(!check(None).contains("What is derived"));
}
