//! Whether the package that is compiled has gm-runtime under its own name. The compiler would say only that it can't find
//! `gm_runtime`, which nobody wrote.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::diagnostics::Errors;

const NAMES: [&str; 2] = ["gm-runtime", "gm_runtime"];

/// Where gm-runtime is: where the attribute says, else where it is under its own name. That it is not there is a mistake; the
/// name that it was given then is where the stand-ins find it.
///
/// Nothing but words depends on the manifest. Where it can't be read, nothing is said.
pub(crate) fn path(said: Option<&syn::Path>, attribute: &str, errors: &Errors) -> TokenStream {
    if let Some(path) = said {
        return quote!(#path);
    }
    // Of a script it is the script.
    let manifest =
        std::env::var_os("CARGO_MANIFEST_PATH").and_then(|path| std::fs::read_to_string(path).ok());
    let Some(Err(name)) = manifest.as_deref().map(name_in) else {
        return quote!(::gm_runtime);
    };
    let path = name.as_deref().unwrap_or("path::to::gm_runtime");
    errors.at(
        Span::call_site(),
        format!(
            "this package has no dependency that is called `gm-runtime`: say where it is, with `#[{attribute}(crate = {path})]`"
        ),
    );
    match name.and_then(|name| syn::parse_str::<Ident>(&name).ok()) {
        Some(name) => quote!(::#name),
        None => quote!(::gm_runtime),
    }
}

/// Nothing where a dependency, or the package itself, is called so; else the name that it was given, if it was.
fn name_in(manifest: &str) -> Result<(), Option<String>> {
    let mut other_name = None;
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.split(']').next().unwrap_or_default();
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        // `gm-runtime.workspace = true` too.
        let key = unquoted(key.split('.').next().unwrap_or_default());
        let last_of_table = unquoted(table.rsplit('.').next().unwrap_or_default());
        let is_itself = key == "name" && NAMES.contains(&unquoted(value));
        if is_itself || NAMES.contains(&key) || NAMES.contains(&last_of_table) {
            return Ok(());
        }
        if line.contains("package") && NAMES.iter().any(|name| value.contains(&format!("\"{name}\""))) {
            let name = if key == "package" { last_of_table } else { key };
            other_name = Some(name.replace('-', "_"));
        }
    }
    Err(other_name)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn the_name_that_the_manifest_gives() {
        for manifest in [
            "[dependencies]\ngm-runtime = \"0.1\"",
            "[dependencies]\ngm-runtime = { path = \"x\", features = [] }",
            "[dependencies]\n\"gm_runtime\" = \"0.1\"",
            "[dependencies]\ngm-runtime.workspace = true",
            "[target.'cfg(unix)'.dependencies.gm-runtime]\nversion = \"0.1\"",
            "[package]\nname = \"gm-runtime\"",
            "gm = { package = \"gm-runtime\" }\n[dev-dependencies]\ngm-runtime = \"0.2\"",
        ] {
            assert_eq!(name_in(manifest), Ok(()), "{manifest}");
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
            assert_eq!(name_in(manifest), Err(name.map(str::to_owned)), "{manifest}");
        }
    }
}
