//! What an error message suggests in place of an unknown name.

/// The expected names, and the one that was probably meant: "did you mean `name`? Expected one of: `name`, `status`".
pub(crate) fn expected_one_of(written: &str, known: &[&str]) -> String {
    let list = known
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(replacement) = replacement(written) {
        return format!("{replacement}. Expected one of: {list}");
    }
    let synonym = synonym(written).filter(|name| known.contains(name));
    match synonym.or_else(|| nearest(written, known)) {
        Some(name) => format!("did you mean `{name}`? Expected one of: {list}"),
        None => format!("expected one of: {list}"),
    }
}

/// What to do instead, for an argument that other frameworks have and this one does not.
fn replacement(written: &str) -> Option<&'static str> {
    match written {
        "nullable" | "null" | "optional" => Some("a nullable field has the type `Option<..>`"),
        "unique_together" => Some("create a unique index over these columns in the database"),
        _ => None,
    }
}

/// Our name for an argument that other frameworks call `written`.
fn synonym(written: &str) -> Option<&'static str> {
    match written {
        "websocket" => Some("websocket_invalidation"),
        "url" => Some("base_url"),
        "primary_key" => Some("id"),
        "foreign_key" => Some("references"),
        "auto_now" | "updated_at" => Some("updated"),
        "auto_now_add" | "created_at" => Some("created"),
        _ => None,
    }
}

/// The known name that is nearest, if at most a third of its letters differ.
pub(crate) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), *name))
        .filter(|(distance, name)| distance * 3 <= name.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::expected_one_of;

    #[test]
    fn the_nearest_name_is_suggested() {
        assert_eq!(
            expected_one_of("resorce", &["base_path", "resource"]),
            "did you mean `resource`? Expected one of: `base_path`, `resource`"
        );
        assert_eq!(
            expected_one_of("colour", &["base_path", "resource"]),
            "expected one of: `base_path`, `resource`"
        );
    }

    #[test]
    fn a_synonym_is_suggested_if_the_attribute_has_the_argument() {
        assert_eq!(
            expected_one_of("url", &["base_url", "resource"]),
            "did you mean `base_url`? Expected one of: `base_url`, `resource`"
        );
        assert_eq!(expected_one_of("url", &["table"]), "expected one of: `table`");
        assert_eq!(
            expected_one_of("auto_now", &["created", "updated"]),
            "did you mean `updated`? Expected one of: `created`, `updated`"
        );
    }
}
