//! Which texts may stand for what: tables, paths, resources, versions, addresses.

type Verdict = Result<(), String>;

/// A table or a column: what every database takes without surprises.
pub(super) fn in_a_database(name: &str) -> Verdict {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !plain || !starts || name.len() > 63 {
        return Err(format!(
            "`{name}` is not a name for a table or a column: use letters, digits and `_`, a letter first, 63 at most"
        ));
    }
    if name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err("names that start with `sqlite_` belong to SQLite".to_owned());
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

/// The base path of an api: slugs, with a slash before each.
pub(super) fn base_path(path: &str) -> Verdict {
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
            "the segment `{segment}` is not made of lower-case letters and digits, with single hyphens between; {example}"
        )),
        None => Ok(()),
    }
}

/// The name of a resource: one slug. Under `ws` lie the websockets.
pub(super) fn resource(name: &str) -> Verdict {
    if name == "ws" {
        return Err("`ws` is taken: the websockets lie under it".to_owned());
    }
    if is_slug(name) {
        Ok(())
    } else {
        Err(format!(
            "`{name}` is not a resource's name: use lower-case letters and digits, with single hyphens between, like \
             `work-items`"
        ))
    }
}

/// A protocol version is sent in a header and in a query string.
pub(super) fn protocol_version(version: &str) -> Verdict {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if version.is_empty() {
        return Err("a protocol version can't be empty; it is like `v1`".to_owned());
    }
    if version.bytes().all(safe) {
        Ok(())
    } else {
        Err(format!(
            "{version:?} is not a protocol version: it goes into headers and addresses, so use letters, digits, `.`, \
             `-` and `_`, like `v1`"
        ))
    }
}

/// Where a service is.
pub(super) fn base_url(url: &str) -> Verdict {
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
        return Err(format!("`{url}` names no host; {example}"));
    }
    if authority.contains('@') {
        return Err("credentials do not belong into an address; give them to the builder".to_owned());
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
    use super::{base_path, base_url, in_a_database, protocol_version, resource};

    #[test]
    fn what_the_contract_allows_is_allowed() {
        for path in ["/gm", "/internal/gm", "/a-b/c1/2"] {
            assert_eq!(base_path(path), Ok(()), "{path}");
        }
        for path in [
            "", "gm", "/", "/gm/", "//gm", "/a//b", "/Gm", "/a_b", "/-a", "/a-", "/a--b", "/ä",
        ] {
            assert!(base_path(path).is_err(), "{path}");
        }
        for name in ["projects", "work-items", "a1"] {
            assert_eq!(resource(name), Ok(()), "{name}");
        }
        for name in ["", "ws", "Projects", "work_items", "a/b", "-a", "a b"] {
            assert!(resource(name).is_err(), "{name}");
        }
        for version in ["v1", "2024-01-31", "1.2_rc"] {
            assert_eq!(protocol_version(version), Ok(()), "{version}");
        }
        for version in ["", "v 1", "v1\n", "vé", "v1&x"] {
            assert!(protocol_version(version).is_err(), "{version}");
        }
    }

    #[test]
    fn addresses_and_tables() {
        for url in [
            "http://localhost:8080",
            "https://a.example/x/y",
            "https://a/",
            "http://[::1]:80",
        ] {
            assert_eq!(base_url(url), Ok(()), "{url}");
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
            assert!(base_url(url).is_err(), "{url}");
        }
        for name in ["projects", "_a1", "Table"] {
            assert_eq!(in_a_database(name), Ok(()), "{name}");
        }
        for name in ["", "1a", "a b", "a\"b", "sqlite_x", "SQLite_x", "é"] {
            assert!(in_a_database(name).is_err(), "{name}");
        }
    }
}
