//! The path of gm-runtime in the package that is compiled.
//!
//! Without this check, the compiler would report that it can't find `gm_runtime`, a name that the user did not write.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::diagnostics::Errors;

const NAMES: [&str; 2] = ["gm-runtime", "gm_runtime"];

/// The path of gm-runtime: the given one, or `::gm_runtime`. Reports a package whose manifest has no dependency of this name.
/// The path is then that of the renamed dependency, so that the fallback items compile.
///
/// A manifest that can't be read is not reported: only the error message depends on it.
pub(crate) fn resolve(given: Option<&syn::Path>, attribute: &str, errors: &Errors) -> TokenStream {
    if let Some(path) = given {
        return quote!(#path);
    }
    // For a cargo script this is the script itself.
    let manifest =
        std::env::var_os("CARGO_MANIFEST_PATH").and_then(|path| std::fs::read_to_string(path).ok());
    let Some(Err(renamed)) = manifest.as_deref().map(find_dependency) else {
        return quote!(::gm_runtime);
    };
    let path = renamed.as_deref().unwrap_or("path::to::gm_runtime");
    errors.at(
        Span::call_site(),
        format!(
            "this package has no dependency named `gm-runtime`; set its path with `#[{attribute}(crate = {path})]`"
        ),
    );
    match renamed.and_then(|name| syn::parse_str::<Ident>(&name).ok()) {
        Some(name) => quote!(::#name),
        None => quote!(::gm_runtime),
    }
}

/// `Ok` if the package, or one of its dependencies, is named gm-runtime. The error is the name of a renamed dependency, if
/// there is one.
fn find_dependency(manifest: &str) -> Result<(), Option<String>> {
    let mut renamed = None;
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.split(']').next().unwrap_or_default();
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        // The key may be dotted, as in `gm-runtime.workspace = true`.
        let key = unquoted(key.split('.').next().unwrap_or_default());
        let last_of_table = unquoted(table.rsplit('.').next().unwrap_or_default());
        let is_package = key == "name" && NAMES.contains(&unquoted(value));
        if is_package || NAMES.contains(&key) || NAMES.contains(&last_of_table) {
            return Ok(());
        }
        if line.contains("package") && NAMES.iter().any(|name| value.contains(&format!("\"{name}\""))) {
            let name = if key == "package" { last_of_table } else { key };
            renamed = Some(name.replace('-', "_"));
        }
    }
    Err(renamed)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::find_dependency;

    #[test]
    fn a_manifest_names_the_dependency() {
        for manifest in [
            "[dependencies]\ngm-runtime = \"0.1\"",
            "[dependencies]\ngm-runtime = { path = \"x\", features = [] }",
            "[dependencies]\n\"gm_runtime\" = \"0.1\"",
            "[dependencies]\ngm-runtime.workspace = true",
            "[target.'cfg(unix)'.dependencies.gm-runtime]\nversion = \"0.1\"",
            "[package]\nname = \"gm-runtime\"",
            "gm = { package = \"gm-runtime\" }\n[dev-dependencies]\ngm-runtime = \"0.2\"",
        ] {
            assert_eq!(find_dependency(manifest), Ok(()), "{manifest}");
        }
        for (manifest, name) in [
            (
                "[dependencies]\ngm = { package = \"gm-runtime\", version = \"0.1\" }",
                Some("gm"),
            ),
            (
                "[dependencies.my-gm]\nversion = \"0.1\"\npackage = \"gm-runtime\"",
                Some("my_gm"),
            ),
            ("[dependencies]\ngm = { workspace = true }", None),
            ("[dependencies]\nframework = \"1\"", None),
        ] {
            assert_eq!(
                find_dependency(manifest),
                Err(name.map(str::to_owned)),
                "{manifest}"
            );
        }
    }
}
