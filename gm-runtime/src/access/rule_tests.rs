//! Conditions that rules of the application's own make, as far as the public surface can't show them.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use super::{Access, Principal};
use crate::condition::{ConditionTree, Lookup, Operand, Operator, Rule};
use crate::field::Value;
use crate::manager::{Description, FieldDescription};

static FIELDS: [FieldDescription; 3] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<String>("title"),
    FieldDescription::new::<rust_decimal::Decimal>("price").with_decimal(9, 2),
];
static TICKETS: Description = Description::new::<i64>("Ticket", &FIELDS, 0);

fn exactly(field: u16, value: Value) -> ConditionTree {
    lookup(field, Operator::Exact, Operand::Value(value))
}

fn lookup(field: u16, operator: Operator, operand: Operand) -> ConditionTree {
    ConditionTree::Lookup(Lookup {
        field,
        operator,
        operand,
    })
}

/// What a rule of the application's own allows, and its opposite.
fn access(condition: fn(&Principal) -> ConditionTree) -> [Access; 2] {
    let rule = Box::leak(Box::new(Rule::Own {
        path: "rules::own",
        condition,
    }));
    let caller = Principal::named("ada");
    [
        rule.access(&caller, &TICKETS),
        Rule::Not(rule).access(&caller, &TICKETS),
    ]
}

#[test]
fn a_condition_that_is_too_large_allows_no_row() {
    let deep = access(|_| {
        let alternate = |tree: ConditionTree, number: i64| exactly(0, Value::Integer(number)).and(!tree);
        // Deep enough to exceed the stack in a recursion.
        (0..50_000).fold(exactly(0, Value::Integer(0)), alternate)
    });
    assert_eq!(deep, [Access::Never, Access::Never]);
    let wide = access(|_| {
        let above = |number| lookup(0, Operator::Gt, Operand::Value(Value::Integer(number)));
        ConditionTree::Any((0..10_001).map(above).collect())
    });
    assert_eq!(wide, [Access::Never, Access::Never]);
}

#[test]
fn a_condition_that_cannot_be_evaluated_allows_no_row() {
    let too_exact = access(|_| exactly(2, Value::Decimal(rust_decimal::Decimal::new(1_005, 3))));
    assert_eq!(too_exact, [Access::Never, Access::Never]);
    let of_another_manager = access(|_| exactly(3, Value::Integer(1)));
    assert_eq!(of_another_manager, [Access::Never, Access::Never]);
    let pattern = access(|_| lookup(1, Operator::Regex, Operand::Value(Value::Text("(".to_owned()))));
    assert_eq!(pattern, [Access::Never, Access::Never]);
}

#[test]
fn comparisons_of_a_field_with_several_values_become_one_list() {
    let [one_of, none_of] = access(|_| {
        let nothing = ConditionTree::Constant(false);
        (0..20_000).fold(nothing, |any, number| exactly(0, Value::Integer(number)).or(any))
    });
    let mut numbers: Vec<Value> = (0..20_000).map(Value::Integer).collect();
    let list = |numbers: &[Value]| lookup(0, Operator::In, Operand::List(numbers.to_vec()));
    let in_order = list(&numbers);
    numbers.swap(0, 1);
    let swapped = list(&numbers);
    assert_eq!(one_of, Access::Rows(swapped.clone().into()));
    assert_eq!(none_of, Access::Rows((!swapped).into()));
    let [all, _] = access(|_| {
        let everything = ConditionTree::Constant(true);
        (0..20_000).fold(everything, |all, number| {
            all.and(!exactly(0, Value::Integer(number)))
        })
    });
    assert_eq!(all, Access::Rows((!in_order).into()));
}
