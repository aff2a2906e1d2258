//! The messages of compile errors, and printed expansions. `ui/README.md` describes how to add a fixture.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn compile_errors_explain_the_mistake() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

/// A package in a temporary folder, for `cargo check`.
struct Package(tempfile::TempDir);

impl Package {
    /// A package with this dependency, in which `RUNTIME` stands for the path and features of gm-runtime.
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

    /// Whether the source compiles, and the output of the compiler. `debug` is the value of `GM_MACROS_DEBUG`.
    fn check(&self, source: &str, debug: Option<&str>) -> (bool, String) {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // The new modification time makes cargo compile, and so expand, the package again.
        std::fs::write(self.0.path().join("src/lib.rs"), source).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["check", "--offline"]).current_dir(self.0.path());
        // The folder in which trybuild has built the same dependencies.
        cargo.env("CARGO_TARGET_DIR", workspace.join("target/tests/trybuild"));
        cargo.env_remove("GM_MACROS_DEBUG");
        cargo.envs(debug.map(|value| ("GM_MACROS_DEBUG", value)));
        let output = cargo.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    }
}

/// `GM_MACROS_DEBUG=1 cargo check`, as in the guide, for a crate with two managers.
#[test]
fn gm_macros_debug_prints_expansions() {
    let package = Package::new("gm-runtime = { RUNTIME }");
    let manager = |name| {
        format!(
            "#[derive(Clone, Debug, gm_runtime::GeneralManager)]\n#[database(table = \"rows\")]\n\
             pub struct {name} {{ #[field(id)] pub id: i64 }}\n"
        )
    };
    let source = manager("One") + &manager("Other");
    let check = |debug| {
        let (compiles, printed) = package.check(&source, debug);
        assert!(compiles, "{printed}");
        printed
    };
    let both = check(Some("1"));
    for part in [
        "// Expansion of `One`:\n",
        "// Expansion of `Other`:\n",
        // Indented by rustfmt.
        "\n    impl __gm::Manager for One {\n        type Id = i64;\n",
    ] {
        assert!(both.contains(part), "{part} is missing in:\n{both}");
    }
    let one = check(Some("One"));
    assert!(one.contains("of `One`") && !one.contains("of `Other`"), "{one}");
    assert!(!check(None).contains("// Expansion of"));
}

#[test]
fn a_renamed_runtime_needs_its_path() {
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
    // One error for each derive, and the last one of cargo.
    let errors = printed.lines().filter(|line| line.starts_with("error"));
    assert_eq!(errors.count(), 3, "{printed}");
    let named = source("#[field_type(crate = my_gm)]", "#[manager(crate = my_gm)]");
    let (compiles, printed) = package.check(&named, None);
    assert!(compiles, "{printed}");
}
