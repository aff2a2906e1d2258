//! The expansions of `tests/expand`, and the maximum length of an expansion.
//!
//! `GM_BLESS=1 cargo test -p gm-macros --lib` writes the current expansions to the files. Review the difference like code.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The most lines of a manager's expansion without its fields, formatted by prettyplease. Each line costs compile time, and the
/// time of a reader of `cargo expand`.
const MAX_LINES: usize = 250;
/// The most lines that each field adds.
const MAX_LINES_PER_FIELD: usize = 15;

/// The most lines that each part of a rule adds. Its parts are words, comparisons, constants, and joins by `&`, `|` or `!`.
const MAX_LINES_PER_RULE: usize = 5;

/// The expansion of the first struct in the file, and the number of its fields.
fn expansion(source: &str) -> (String, usize) {
    let file: syn::File = syn::parse_str(source).unwrap();
    let item = file.items.iter().find_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    let item = item.unwrap();
    let expanded = syn::parse2(crate::derive(item.to_token_stream())).unwrap();
    (prettyplease::unparse(&expanded), item.fields.len())
}

/// The expansion of the first `#[computed]` block in the file, and the number of its methods.
fn computed_expansion(source: &str) -> (String, usize) {
    let file: syn::File = syn::parse_str(source).unwrap();
    let block = file.items.into_iter().find_map(|item| match item {
        syn::Item::Impl(block) => Some(block),
        _ => None,
    });
    let mut block = block.unwrap();
    block
        .attrs
        .retain(|attribute| !attribute.path().is_ident("computed"));
    let methods = block.items.len();
    let expanded = crate::computed::attribute(&TokenStream::new(), &block.into_token_stream());
    (prettyplease::unparse(&syn::parse2(expanded).unwrap()), methods)
}

fn source(name: &str) -> String {
    let path = format!("{}/tests/expand/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn check(name: &str, managers: usize, rules: usize) {
    let (now, fields) = expansion(&source(name));
    let budget = managers * (MAX_LINES + MAX_LINES_PER_FIELD * fields) + MAX_LINES_PER_RULE * rules;
    compare(name, &now, budget);
}

fn compare(name: &str, now: &str, budget: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expand");
    let lines = now.lines().count();
    assert!(lines <= budget, "{name}: {lines} lines, and {budget} are allowed");
    let expected = folder.join(format!("{name}.expanded.rs"));
    if std::env::var_os("GM_BLESS").is_some() {
        std::fs::write(&expected, now).unwrap();
    }
    let before = std::fs::read_to_string(&expected).unwrap_or_default();
    if let Some((place, (before, now))) = (1..)
        .zip(before.lines().chain([""]).zip(now.lines().chain([""])))
        .find(|(_, (before, now))| before != now)
    {
        panic!(
            "{}:{place}: the expansion has changed:\n- {before}\n+ {now}\nGM_BLESS=1 writes the new one",
            expected.display()
        );
    }
    assert_eq!(
        before.len(),
        now.len(),
        "{}: GM_BLESS=1 writes the new one",
        expected.display()
    );
}

/// With `#[manager(crate = ..)]`, the expansion does not contain the usual path.
#[test]
fn a_renamed_runtime() {
    let (expanded, _) = expansion(include_str!("../tests/expand/both.rs"));
    assert!(expanded.contains("general_manager::__private") && !expanded.contains("gm_runtime"));
}

#[test]
fn an_owner() {
    check("owner", 1, 0);
}

#[test]
fn an_owner_with_versions() {
    check("versions", 1, 0);
}

#[test]
fn an_owner_with_references() {
    check("references", 1, 0);
}

#[test]
fn a_consumer() {
    check("consumer", 1, 0);
}

#[test]
fn an_owner_and_its_client() {
    check("both", 2, 0);
}

/// The most lines of a `#[computed]` block without its methods, and of each method besides its own ones.
const MAX_COMPUTED_LINES: usize = 30;
const MAX_LINES_PER_METHOD: usize = 10;

#[test]
fn computed_fields() {
    let source = source("computed");
    let (now, methods) = computed_expansion(&source);
    let budget = source.lines().count() + MAX_COMPUTED_LINES + MAX_LINES_PER_METHOD * methods;
    compare("computed", &now, budget);
}

/// The maximum also holds for a manager with many fields of every kind.
#[test]
fn a_manager_of_many_fields() {
    const KINDS: [&str; 11] = [
        "#[field(max_length = 200)] pub customer_name_{n}: String,",
        "#[field(max_length = 100, blank)] pub description_{n}: Option<String>,",
        "#[field(default = 1, read = admin, write = group(\"a\") | admin)] pub item_count_{n}: i32,",
        "#[field(preset = caller.name, preset_on_update = caller.claim(\"name\"))] pub author_{n}: String,",
        "#[field(max_digits = 10, decimal_places = 2)] pub amount_{n}: Decimal,",
        "pub due_date_{n}: Option<chrono::NaiveDate>,",
        "#[field(default)] pub is_done_{n}: bool,",
        "pub created_at_{n}: chrono::DateTime<chrono::Utc>,",
        "#[field(default, blank, column = \"text\")] pub body_text_{n}: String,",
        "#[field(rename = \"n{n}\", min = 1, max = 9, validate = some::path, read_only, default = 3)] pub level_{n}: i32,",
        "#[field(regex = \"[A-Z]{3}\", filter = false, order = false, max_length = 3)] pub code_{n}: String,",
    ];
    let fields: String = (0..40)
        .zip(KINDS.iter().cycle())
        .map(|(n, kind): (u32, _)| {
            kind.replace("{n}", &n.to_string())
                .replace("\"text\"", &format!("\"text_{n}\""))
        })
        .collect();
    let source = format!(
        "#[database(table = \"things\")] #[permission()] pub struct Thing {{ #[field(id)] pub id: i64, {fields} }}"
    );
    let (now, fields) = expansion(&source);
    assert!(!now.contains("compile_error"));
    let lines = now.lines().count();
    assert!(
        lines <= MAX_LINES + MAX_LINES_PER_FIELD * fields,
        "{lines} lines for {fields} fields"
    );
}

#[test]
fn an_owner_with_rules() {
    check("rules", 1, 20);
}

#[test]
fn each_part_of_a_rule_adds_few_lines() {
    let lines = |rule: &str| {
        let source = format!(
            "#[database(table = \"things\")] #[permission(create = authenticated, delete = nobody {rule})] pub struct Thing {{
                #[field(id)] pub id: i64, pub tenant_number: i64, pub responsible: std::option::Option<String> }}"
        );
        let (now, _) = expansion(&source);
        assert!(!now.contains("compile_error"), "{now}");
        now.lines().count()
    };
    let without = lines("");
    for (rule, parts) in [
        (", read = tenant_number == caller.claim(\"tenant_number\")", 1),
        (", read = tenant_number >= 1_000_000_000", 2),
        (", read = self::of_the_tenant", 1),
        (", read = responsible in caller.groups | admin", 3),
        (
            ", read = !(responsible in [\"ada\", \"grace\"] & tenant_number != limits::GREATEST)",
            7,
        ),
        (
            ", update(before = group(\"agents\"), after = changed(responsible) & !is_null(responsible) | admin)",
            7,
        ),
    ] {
        let added = lines(rule) - without;
        assert!(added <= MAX_LINES_PER_RULE * parts, "{added} lines for {rule}");
    }
}
