//! The JSON of a field's values.

use serde_json::{Number, Value as Json, json};

use super::pattern::ecma;
use crate::schema::{FieldSchema, SchemaType};

/// The purpose of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is sent to the caller.
    Read,
    /// The caller writes it, so the rules of the field apply.
    Write,
    /// The caller compares it in a lookup.
    Compare,
}

/// The most digits of a decimal. A declaration of more says nothing.
const MAX_DIGITS: u32 = 28;

const BASE64: &str = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

const TIME: &str = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?";

/// The value of a field, which may be null if the field is nullable.
pub(super) fn value(field: &FieldSchema, purpose: Purpose) -> Json {
    let value = not_null(field, purpose);
    match field.nullable {
        true => or_null(value),
        false => value,
    }
}

/// The schema that accepts null, too.
pub(super) fn or_null(mut schema: Json) -> Json {
    if schema.get("$ref").is_some() {
        return json!({"anyOf": [schema, {"type": "null"}]});
    }
    let Some(schema_object) = schema.as_object_mut() else {
        return schema;
    };
    match schema_object.get_mut("type") {
        Some(Json::Array(types)) => types.push("null".into()),
        Some(name) => *name = json!([name, "null"]),
        None => {}
    }
    if let Some(Json::Array(names)) = schema_object.get_mut("enum") {
        names.push(Json::Null);
    }
    schema
}

/// Sets a key of a schema.
pub(super) fn set(schema: &mut Json, key: &str, value: Json) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(key.to_owned(), value);
    }
}

/// The value of a field, except null.
pub(super) fn not_null(field: &FieldSchema, purpose: Purpose) -> Json {
    let mut schema = match &field.value_type {
        SchemaType::Boolean => json!({"type": "boolean"}),
        SchemaType::Integer => integer(field),
        SchemaType::Float => json!({"type": "number", "format": "double"}),
        SchemaType::Float32 => json!({"type": "number", "format": "float"}),
        SchemaType::Decimal => decimal(field, purpose),
        SchemaType::Text => text(field, purpose),
        SchemaType::Bytes => json!({"type": "string", "contentEncoding": "base64", "pattern": BASE64}),
        SchemaType::Date => json!({"type": "string", "format": "date"}),
        SchemaType::Time => {
            json!({"type": "string", "pattern": format!("^{TIME}$"), "examples": ["12:30:00"]})
        }
        SchemaType::DateTime => datetime(purpose),
        SchemaType::Uuid => json!({"type": "string", "format": "uuid"}),
        // Null is no value of JSON here.
        SchemaType::Json => json!({"type": ["array", "boolean", "number", "object", "string"]}),
        SchemaType::Other(_) => json!({}),
    };
    if purpose == Purpose::Write {
        limit(field, &mut schema);
    }
    schema
}

fn integer(field: &FieldSchema) -> Json {
    match field.range {
        None => json!({"type": "integer", "format": "int64"}),
        Some(range) => {
            let is_short = range.min >= i32::MIN.into() && range.max <= i32::MAX.into();
            let format = if is_short { "int32" } else { "int64" };
            json!({"type": "integer", "format": format, "minimum": range.min, "maximum": range.max})
        }
    }
}

fn datetime(purpose: Purpose) -> Json {
    match purpose {
        Purpose::Read => json!({"type": "string", "format": "date-time"}),
        // The offset may be missing, and a space may stand for the `T`, which the format `date-time` does not allow.
        Purpose::Write | Purpose::Compare => json!({
            "type": "string",
            "pattern": format!(r"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt ]{TIME}([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})?$"),
            "examples": ["2024-01-31T12:30:00Z"],
        }),
    }
}

/// Text with the declared number of places. A caller may send a number, too.
fn decimal(field: &FieldSchema, purpose: Purpose) -> Json {
    let places = field.decimal_places.filter(|places| *places <= MAX_DIGITS);
    let whole = match (field.max_digits.filter(|digits| *digits <= MAX_DIGITS), places) {
        (Some(digits), Some(places)) => digits.checked_sub(places),
        _ => None,
    };
    let (types, pattern) = match purpose {
        Purpose::Read => {
            let fraction = match places {
                Some(0) => String::new(),
                Some(places) => format!(r"\.[0-9]{{{places}}}"),
                None => r"(\.[0-9]+)?".to_owned(),
            };
            (json!("string"), format!("^-?[0-9]+{fraction}$"))
        }
        Purpose::Write | Purpose::Compare => {
            let whole = match whole {
                Some(0) => "0+".to_owned(),
                Some(digits) => format!("0*[0-9]{{1,{digits}}}"),
                None => "[0-9]+".to_owned(),
            };
            let fraction = match places {
                Some(0) => String::new(),
                Some(places) => format!(r"(\.[0-9]{{1,{places}}})?"),
                None => r"(\.[0-9]+)?".to_owned(),
            };
            (json!(["string", "number"]), format!("^-?{whole}{fraction}$"))
        }
    };
    json!({"type": types, "pattern": pattern})
}

fn text(field: &FieldSchema, purpose: Purpose) -> Json {
    let mut schema = json!({"type": "string"});
    match &field.values {
        // An owner stores no other names, but a later one may have them.
        Some(names) if field.open && purpose != Purpose::Write => set(&mut schema, "examples", json!(names)),
        Some(names) => set(&mut schema, "enum", json!(names)),
        None => {}
    }
    schema
}

/// The rules of a field, which apply to what is written.
fn limit(field: &FieldSchema, schema: &mut Json) {
    match &field.value_type {
        SchemaType::Text => {
            if !field.blank && field.values.is_none() {
                set(schema, "minLength", json!(1));
            }
            if let Some(length) = field.max_length {
                set(schema, "maxLength", json!(length));
            }
            if let Some(pattern) = &field.pattern {
                match ecma(pattern, field.blank) {
                    Some(translated) => set(schema, "pattern", json!(translated)),
                    None => set(schema, "x-pattern", json!(pattern)),
                }
            }
        }
        SchemaType::Bytes => {
            if let Some(length) = field.max_length {
                let encoded = u64::from(length).div_ceil(3).saturating_mul(4);
                set(schema, "maxLength", json!(encoded));
            }
        }
        _ => {
            tighten(schema, "minimum", field.min.as_deref(), |rule, own| rule > own);
            tighten(schema, "maximum", field.max.as_deref(), |rule, own| rule < own);
        }
    }
}

/// Sets a limit that is a number, if it is narrower than the one of the type. Other limits are in the description.
fn tighten(schema: &mut Json, key: &str, limit: Option<&str>, is_narrower: impl Fn(f64, f64) -> bool) {
    let takes_numbers = |types: &Json| {
        let is_number = |name: &Json| matches!(name.as_str(), Some("number" | "integer"));
        is_number(types) || types.as_array().is_some_and(|types| types.iter().any(is_number))
    };
    let Some(limit) = limit.and_then(|limit| limit.parse::<Number>().ok()) else {
        return;
    };
    if !schema.get("type").is_some_and(takes_numbers) {
        return;
    }
    let own = schema.get(key).and_then(Json::as_f64);
    let rule = limit.as_f64().unwrap_or_default();
    if own.is_none_or(|own| is_narrower(rule, own)) {
        set(schema, key, Json::Number(limit));
    }
}
