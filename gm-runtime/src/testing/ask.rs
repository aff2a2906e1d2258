//! Queries by chance.

use super::random::Random;
use super::values::{self, Values};
use crate::field::{FieldValues, Value, ValueType};
use crate::manager::{Description, FieldDescription};
use crate::query::{Direction, Lookup, Operand, Operator, OrderBy, Select};

/// A query of these fields and values.
pub(super) fn select(description: &'static Description, values: &Values, random: &mut Random) -> Select {
    let mut select = Select {
        filters: lookups(description, values, random),
        excludes: lookups(description, values, random),
        ordering: ordering(description, random),
        count: true,
        ..Select::new()
    };
    if random.one_in(2) {
        select.page = Some(random.below(3) as u64 + 1);
        select.page_size = Some(random.below(4) as u64 + 1);
    }
    select.canonicalize();
    select
}

/// Up to two lookups. A query holds one value a lookup.
fn lookups(description: &'static Description, values: &Values, random: &mut Random) -> Vec<Lookup> {
    let mut lookups: Vec<Lookup> = Vec::new();
    for _ in 0..random.below(3) {
        let lookup = lookup(description, values, random);
        let is_same = |known: &Lookup| known.field == lookup.field && known.operator == lookup.operator;
        if !lookups.iter().any(is_same) {
            lookups.push(lookup);
        }
    }
    lookups
}

fn lookup(description: &'static Description, values: &Values, random: &mut Random) -> Lookup {
    let field = field(description, random);
    let described = description.field(field);
    let operators = if values.field(field).is_empty() {
        // No value is known, and the other lookups can't compare with null.
        vec![Operator::Exact, Operator::In, Operator::IsNull]
    } else {
        operators(described)
    };
    let operator = random.pick(&operators).copied().unwrap_or(Operator::Exact);
    let nullable = described.nullable();
    let operand = match operator {
        Operator::Exact => Operand::Value(values.pick(field, nullable, random)),
        Operator::In => {
            let members = random.below(4);
            Operand::List(
                (0..members)
                    .map(|_| values.pick(field, nullable, random))
                    .collect(),
            )
        }
        Operator::IsNull => Operand::Flag(random.one_in(2)),
        Operator::Range => Operand::List((0..2).map(|_| values.pick(field, false, random)).collect()),
        Operator::Year => number(&[1, 1969, 2023, 2024, 9999], random),
        Operator::Month | Operator::Day => number(&[1, 2, 12, 29, 31], random),
        Operator::Date => {
            let day = random.pick(&values::days()).copied().unwrap_or_default();
            Operand::Value(Value::Date(day))
        }
        operator if operator.is_for_text() => {
            let value = values.pick(field, false, random);
            Operand::Value(Value::Text(part_of(&value, random)))
        }
        _ => Operand::Value(values.pick(field, false, random)),
    };
    Lookup {
        field,
        operator,
        operand,
    }
}

/// A part of a text, perhaps in the other case: a query for it meets rows.
fn part_of(value: &Value, random: &mut Random) -> String {
    let Value::Text(text) = value else {
        return values::text(random);
    };
    let letters = text.chars().count();
    let (skipped, taken) = match random.below(4) {
        0 => (0, letters),
        1 => (0, random.below(letters + 1)),
        2 => (random.below(letters + 1), letters),
        _ => (random.below(letters + 1), random.below(letters + 1)),
    };
    let part = text.chars().skip(skipped).take(taken);
    if random.one_in(2) {
        part.map(other_case).collect()
    } else {
        part.collect()
    }
}

/// The letter in the other case, where that is one letter.
fn other_case(letter: char) -> char {
    let other: String = if letter.is_lowercase() {
        letter.to_uppercase().collect()
    } else {
        letter.to_lowercase().collect()
    };
    let mut letters = other.chars();
    match (letters.next(), letters.next()) {
        (Some(other), None) => other,
        _ => letter,
    }
}

fn number(numbers: &[i64], random: &mut Random) -> Operand {
    Operand::Number(random.pick(numbers).copied().unwrap_or_default())
}

/// What a field may be asked. Patterns are left out: their syntax is an engine's own.
fn operators(field: &FieldDescription) -> Vec<Operator> {
    let mut operators = vec![Operator::Exact, Operator::In];
    if field.nullable() {
        operators.push(Operator::IsNull);
    }
    if field.value_type().is_ordered() {
        operators.extend([
            Operator::Gt,
            Operator::Gte,
            Operator::Lt,
            Operator::Lte,
            Operator::Range,
        ]);
    }
    match (field.value_type(), field.values()) {
        (ValueType::Text, FieldValues::All) => operators.extend([
            Operator::IExact,
            Operator::Contains,
            Operator::IContains,
            Operator::StartsWith,
            Operator::IStartsWith,
            Operator::EndsWith,
            Operator::IEndsWith,
        ]),
        (ValueType::Date, _) => operators.extend([Operator::Year, Operator::Month, Operator::Day]),
        (ValueType::DateTime, _) => {
            operators.extend([Operator::Year, Operator::Month, Operator::Day, Operator::Date]);
        }
        _ => {}
    }
    operators
}

fn ordering(description: &'static Description, random: &mut Random) -> Vec<OrderBy> {
    let mut ordering: Vec<OrderBy> = Vec::new();
    for _ in 0..random.below(3) {
        let field = field(description, random);
        let is_ordered = description.field(field).value_type().is_ordered();
        if is_ordered && ordering.iter().all(|known| known.field != field) {
            let direction = if random.one_in(2) {
                Direction::Descending
            } else {
                Direction::Ascending
            };
            ordering.push(OrderBy { field, direction });
        }
    }
    ordering
}

fn field(description: &'static Description, random: &mut Random) -> u16 {
    u16::try_from(random.below(description.fields().len())).unwrap_or_default()
}
