//! Queries by chance.

use super::random::Random;
use super::values::{self, Values};
use crate::field::{FieldValues, Value, ValueType};
use crate::manager::{Description, FieldDescription};
use crate::query::{Direction, Lookup, Operand, Operator, OrderBy, Select};

/// The last page that a request can name. No row is on it, and the position of its first row may overflow.
const LAST_PAGE: u64 = i64::MAX.unsigned_abs();

/// The numbers that no year, month or day has, or only some of them.
const NUMBERS: [i64; 7] = [i64::MIN, -1, 0, 13, 32, 10_000, i64::MAX];

/// A query of these fields and values. It requests no total, as the query of a builder does. The verbs that give a total
/// request it.
pub(super) fn select(description: &'static Description, values: &Values, random: &mut Random) -> Select {
    let mut select = Select {
        filters: lookups(description, values, random),
        excludes: lookups(description, values, random),
        ordering: ordering(description, random),
        ..Select::new()
    };
    if random.one_in(2) {
        let near = random.below(3) as u64 + 1;
        select.page = Some(if random.one_in(8) { LAST_PAGE } else { near });
        select.page_size = Some(random.below(4) as u64 + 1);
    }
    select.canonicalize();
    select
}

/// Mostly up to two, sometimes up to four: more conditions match fewer rows.
fn few(random: &mut Random) -> usize {
    let most = if random.one_in(4) { 4 } else { 2 };
    random.below(most + 1)
}

/// A few lookups. A query holds one value for each lookup.
fn lookups(description: &'static Description, values: &Values, random: &mut Random) -> Vec<Lookup> {
    let mut lookups: Vec<Lookup> = Vec::new();
    for _ in 0..few(random) {
        let lookup = lookup(description, values, random);
        let is_same = |known: &Lookup| known.field == lookup.field && known.operator == lookup.operator;
        if !lookups.iter().any(is_same) {
            lookups.push(lookup);
        }
    }
    lookups
}

pub(super) fn lookup(description: &'static Description, values: &Values, random: &mut Random) -> Lookup {
    let field = field(description, random);
    let described = description.field(field);
    // A caller may compare every field with null, also one that is never null.
    let nullable = described.nullable() || random.one_in(4);
    let operators = operators(described, nullable, !values.field(field).is_empty());
    let operator = random.pick(&operators).copied().unwrap_or(Operator::Exact);
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

/// One of the usual numbers, or an unusual one.
fn number(usual: &[i64], random: &mut Random) -> Operand {
    let numbers = if random.one_in(4) {
        NUMBERS.as_slice()
    } else {
        usual
    };
    Operand::Number(random.pick(numbers).copied().unwrap_or_default())
}

/// The lookups of a field. Patterns are left out, since their syntax depends on the engine. A field without a known value is
/// only compared with null, which the other lookups refuse.
fn operators(field: &FieldDescription, nullable: bool, has_values: bool) -> Vec<Operator> {
    let mut operators = vec![Operator::Exact, Operator::In];
    if nullable {
        operators.push(Operator::IsNull);
    }
    if !has_values {
        return operators;
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
    for _ in 0..few(random) {
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

pub(super) fn field(description: &'static Description, random: &mut Random) -> u16 {
    u16::try_from(random.below(description.fields().len())).unwrap_or_default()
}
