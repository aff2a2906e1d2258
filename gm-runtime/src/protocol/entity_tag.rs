//! The version of a row as an entity tag (RFC 9110, 8.8.3): `"3"`.

/// The version that no row has. A write with an idempotency key that expects it looks the key up, and nothing else.
///
/// Not 0: another program may have given it to rows of the owner's table.
pub(crate) const NO_VERSION: i64 = i64::MIN;

/// The entity tag of a version, for `ETag` and `If-Match`.
pub(crate) fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version of a strong entity tag. `None` for any other text, such as a weak tag, a list, and a number with leading zeros.
pub(crate) fn version(tag: &[u8]) -> Option<i64> {
    let text = tag.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = std::str::from_utf8(text).ok()?;
    let version: i64 = text.parse().ok()?;
    // Tags are compared character by character, so each version has one.
    (version.to_string() == text).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::{of_version, version};

    #[test]
    fn each_version_has_one_tag() {
        for number in [1, 0, -3, i64::MIN, i64::MAX] {
            assert_eq!(version(of_version(number).as_bytes()), Some(number));
        }
        for tag in [
            "",
            "\"",
            "\"\"",
            "3",
            "\"3",
            "3\"",
            "W/\"3\"",
            "\"03\"",
            "\"+3\"",
            "\"-0\"",
            "\" 3\"",
            "'3'",
            "\"3\",\"4\"",
            "\"3\", \"3\"",
            "\"3.0\"",
            "\"three\"",
            "\"18446744073709551615\"",
            "\"9223372036854775808\"",
            "\"3\"x",
            "\u{660}",
            "\"\u{663}\"",
        ] {
            assert_eq!(version(tag.as_bytes()), None, "{tag}");
        }
        assert_eq!(version(b"\"\xff\""), None);
    }
}
