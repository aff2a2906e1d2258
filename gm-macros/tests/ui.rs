//! The words of compile errors. `ui/README.md` says how a fixture is added.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
