//! The hash of a resource's schema.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher24;

use super::ResourceSchema;

/// The hash of all that a consumer depends on, as 16 hexadecimal digits.
///
/// It is made of the JSON without what a consumer does not depend on. Absent keys are left out of that JSON, so a key of a later
/// version changes the hash of those resources alone that have it. The test `golden` holds it.
pub(super) fn of(schema: &ResourceSchema) -> String {
    let mut depended = ResourceSchema {
        base_path: String::new(),
        protocol_version: String::new(),
        manager: String::new(),
        hash: String::new(),
        features: Vec::new(),
        default_page_size: 0,
        ..schema.clone()
    };
    depended
        .fields
        .sort_unstable_by(|one, other| one.name.cmp(&other.name));
    for field in &mut depended.fields {
        field.has_default = false;
        field.lookups.sort_unstable_by_key(|operator| operator.name());
        if let Some(values) = &mut field.values {
            values.sort_unstable();
        }
    }
    // Structs of texts, numbers and lists always serialize.
    let text = serde_json::to_vec(&depended).unwrap_or_default();
    let mut hasher = SipHasher24::new();
    hasher.write(&text);
    format!("{:016x}", hasher.finish())
}
