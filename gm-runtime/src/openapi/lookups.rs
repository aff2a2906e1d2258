//! The lookups of a field, and their values.

use serde_json::{Map, Value as Json, json};

use super::values::{Purpose, not_null, or_null};
use crate::query::Operator;
use crate::schema::FieldSchema;

/// Adds the lookups of a field: `name`, `name__icontains`, or `customer__name` behind the prefix `customer__`.
pub(super) fn add_lookups(
    properties: &mut Map<String, Json>,
    prefix: &str,
    field: &FieldSchema,
    operators: &[Operator],
) {
    let name = &field.name;
    for operator in operators {
        let value = operand(field, *operator);
        if *operator == Operator::Exact {
            properties.insert(format!("{prefix}{name}"), value.clone());
        }
        properties.insert(format!("{prefix}{name}__{}", operator.name()), value);
    }
}

/// The value of a lookup.
fn operand(field: &FieldSchema, operator: Operator) -> Json {
    let value = || not_null(field, Purpose::Compare);
    match operator {
        Operator::Exact => or_null(value()),
        Operator::In => json!({"type": "array", "items": or_null(value())}),
        Operator::IsNull => json!({"type": "boolean"}),
        Operator::Range => json!({"type": "array", "items": value(), "minItems": 2, "maxItems": 2}),
        Operator::Year | Operator::Month | Operator::Day => json!({"type": "integer"}),
        Operator::Date => json!({"type": "string", "format": "date"}),
        operator if operator.is_for_text() => json!({"type": "string"}),
        _ => value(),
    }
}
