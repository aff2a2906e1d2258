//! Checks of names: tables and columns, paths, resources, versions and base URLs. The error is the message for the user.

type CheckResult = Result<(), String>;

/// The name of a table or a column: an identifier in every supported database, without quotes.
pub(super) fn check_sql_name(name: &str) -> CheckResult {
    let has_valid_characters = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let has_valid_start = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !has_valid_characters || !has_valid_start || name.len() > 63 {
        return Err(format!(
            "`{name}` is not a valid name of a table or column: use at most 63 letters, digits and `_`, and begin with a letter"
        ));
    }
    if name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err("names that start with `sqlite_` are reserved for SQLite".to_owned());
    }
    Ok(())
}

fn is_slug(text: &str) -> bool {
    text.split('-').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// The base path of an API: slugs, with a slash before each.
pub(super) fn check_base_path(path: &str) -> CheckResult {
    let example = "a base path is like `/gm` or `/internal/gm`";
    let Some(segments) = path.strip_prefix('/') else {
        return Err(format!("`{path}` does not start with `/`; {example}"));
    };
    if segments.is_empty() {
        return Err(format!("`/` alone has no segment; {example}"));
    }
    if path.contains("//") {
        return Err(format!("`{path}` has an empty segment; {example}"));
    }
    if segments.ends_with('/') {
        return Err(format!("`{path}` ends with `/`; {example}"));
    }
    match segments.split('/').find(|segment| !is_slug(segment)) {
        Some(segment) => Err(format!(
            "the segment `{segment}` may contain only lower-case letters, digits and single hyphens between them; {example}"
        )),
        None => Ok(()),
    }
}

/// The name of a resource: one slug. The paths of websockets begin with `ws`.
pub(super) fn check_resource(name: &str) -> CheckResult {
    if name == "ws" {
        return Err("`ws` is reserved for websockets: use another name".to_owned());
    }
    if is_slug(name) {
        Ok(())
    } else {
        Err(format!(
            "`{name}` is not a valid resource name: use lower-case letters, digits and single hyphens between them, like \
             `work-items`"
        ))
    }
}

/// A protocol version is sent in a header and in a query string.
pub(super) fn check_protocol_version(version: &str) -> CheckResult {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if version.is_empty() {
        return Err("a protocol version can't be empty; write one like `v1`".to_owned());
    }
    if version.bytes().all(is_safe) {
        Ok(())
    } else {
        Err(format!(
            "{version:?} is not a valid protocol version: headers and URLs contain it, so use letters, digits, `.`, `-` \
             and `_`, like `v1`"
        ))
    }
}

/// The URL of a service, without a query.
pub(super) fn check_base_url(url: &str) -> CheckResult {
    let example = "a base URL is like `https://projects.example.com`";
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Err(format!(
            "`{url}` does not start with `https://` or `http://`; {example}"
        ));
    };
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.is_empty() || authority.starts_with(':') {
        return Err(format!("`{url}` has no host; {example}"));
    }
    if authority.contains('@') {
        return Err("a base URL can't contain credentials; set them on the builder".to_owned());
    }
    if rest.contains(['?', '#']) {
        return Err(format!("`{url}` has a query or a fragment; {example}"));
    }
    if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "`{url}` has a character that a URL can't have; {example}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check_base_path, check_base_url, check_protocol_version, check_resource, check_sql_name};

    #[test]
    fn paths_resources_and_versions() {
        for path in ["/gm", "/internal/gm", "/a-b/c1/2"] {
            assert_eq!(check_base_path(path), Ok(()), "{path}");
        }
        for path in [
            "", "gm", "/", "/gm/", "//gm", "/a//b", "/Gm", "/a_b", "/-a", "/a-", "/a--b", "/ä",
        ] {
            assert!(check_base_path(path).is_err(), "{path}");
        }
        for name in ["projects", "work-items", "a1"] {
            assert_eq!(check_resource(name), Ok(()), "{name}");
        }
        for name in ["", "ws", "Projects", "work_items", "a/b", "-a", "a b"] {
            assert!(check_resource(name).is_err(), "{name}");
        }
        for version in ["v1", "2024-01-31", "1.2_rc"] {
            assert_eq!(check_protocol_version(version), Ok(()), "{version}");
        }
        for version in ["", "v 1", "v1\n", "vé", "v1&x"] {
            assert!(check_protocol_version(version).is_err(), "{version}");
        }
    }

    #[test]
    fn base_urls_and_sql_names() {
        for url in [
            "http://localhost:8080",
            "https://a.example/x/y",
            "https://a/",
            "http://[::1]:80",
        ] {
            assert_eq!(check_base_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "localhost",
            "ftp://a",
            "http://",
            "http:///x",
            "http://a?b",
            "http://u:p@a",
            "http://a b",
        ] {
            assert!(check_base_url(url).is_err(), "{url}");
        }
        for name in ["projects", "_a1", "Table"] {
            assert_eq!(check_sql_name(name), Ok(()), "{name}");
        }
        for name in ["", "1a", "a b", "a\"b", "sqlite_x", "SQLite_x", "é"] {
            assert!(check_sql_name(name).is_err(), "{name}");
        }
    }
}
