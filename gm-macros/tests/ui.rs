//! What the compiler says: the words of compile errors, and expansions that are printed. `ui/README.md` says how a
//! fixture is added.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

/// A package of its own, and what `cargo check` says of it.
struct Package(tempfile::TempDir);

impl Package {
    /// Of these dependencies, `RUNTIME` among them.
    fn new(dependency: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let runtime = format!(
            "path = {:?}, default-features = false",
            workspace.join("gm-runtime")
        );
        let manifest = format!(
            "[package]\nname = \"printed\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{}\n",
            dependency.replace("RUNTIME", &runtime)
        );
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        std::fs::copy(workspace.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        Self(folder)
    }

    fn check(&self, source: &str, wanted: Option<&str>) -> (bool, String) {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // What is not compiled again is not expanded again: its time is a new one.
        std::fs::write(self.0.path().join("src/lib.rs"), source).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["check", "--offline"]).current_dir(self.0.path());
        // Where trybuild has built the same dependencies.
        cargo.env("CARGO_TARGET_DIR", workspace.join("target/tests/trybuild"));
        cargo.env_remove("GM_MACROS_DEBUG");
        cargo.envs(wanted.map(|wanted| ("GM_MACROS_DEBUG", wanted)));
        let output = cargo.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    }
}

/// A crate of two managers, checked as the guide says: `GM_MACROS_DEBUG=1 cargo check`.
#[test]
fn an_expansion_is_printed_when_it_is_asked_for() {
    let package = Package::new("gm-runtime = { RUNTIME }");
    let manager = |name| {
        format!(
            "#[derive(Clone, Debug, gm_runtime::GeneralManager)]\n#[database(table = \"rows\")]\n\
             pub struct {name} {{ #[field(id)] pub id: i64 }}\n"
        )
    };
    let source = manager("One") + &manager("Other");
    let check = |wanted| {
        let (compiles, printed) = package.check(&source, wanted);
        assert!(compiles, "{printed}");
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

#[test]
fn a_runtime_under_another_name_is_to_be_named() {
    let package = Package::new("my-gm = { RUNTIME, package = \"gm-runtime\" }");
    let source = |on_the_enum: &str, on_the_struct: &str| {
        format!(
            "use my_gm::{{Error, FieldType, GeneralManager, Gm}};\n\
             #[derive(Clone, Debug, FieldType)]\n{on_the_enum}\npub enum Status {{ Open }}\n\
             #[derive(Clone, Debug, GeneralManager)]\n{on_the_struct}\n#[database(table = \"rows\")]\n\
             pub struct Row {{ #[field(id)] pub id: i64, pub status: Status }}\n\
             pub async fn read(gm: &Gm) -> Result<u64, Error> {{\n\
             Row::filter(|row| row.status.eq(Status::Open)).count(gm).await\n}}\n"
        )
    };
    let (compiles, printed) = package.check(&source("", ""), None);
    assert!(!compiles, "{printed}");
    for attribute in ["#[field_type(crate = my_gm)]", "#[manager(crate = my_gm)]"] {
        assert!(
            printed.contains(attribute),
            "{attribute} is missing in:\n{printed}"
        );
    }
    // One for each, and cargo's own.
    let errors = printed.lines().filter(|line| line.starts_with("error"));
    assert_eq!(errors.count(), 3, "{printed}");
    let named = source("#[field_type(crate = my_gm)]", "#[manager(crate = my_gm)]");
    let (compiles, printed) = package.check(&named, None);
    assert!(compiles, "{printed}");
}
