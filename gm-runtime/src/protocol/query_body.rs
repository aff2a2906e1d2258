//! The body of a query.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::failure::{Failure, shortened};
use super::values;
use crate::field::{Value, ValueError, ValueType};
use crate::json::{Members, MemoryBudget, Number, RawJson, View};
use crate::manager::{Api, Description, FieldDescription};
use crate::query::{Direction, Lookup, Operand, Operator, OrderBy, Select};

/// What a query asks for.
#[derive(Debug)]
pub(crate) struct QueryBody {
    /// What to read. The page and its size are absent where the caller leaves them open.
    pub(crate) select: Select,
    /// The ordering as it was sent, for the reply.
    pub(crate) ordering: Json,
    /// Keys that are not known, the first few of them.
    pub(crate) ignored: Vec<String>,
}

/// How much a query may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryBounds {
    /// Lookups in filters and excludes together.
    pub(crate) lookups: usize,
    /// Members of a lookup's list.
    pub(crate) list_members: usize,
    /// Bytes of memory for the values of JSON fields.
    pub(crate) json_bytes: usize,
}

/// How many keys that are not known a reply names.
const MAX_IGNORED: usize = 10;

/// The greatest page number (R-paging).
const MAX_PAGE: u64 = i64::MAX as u64;

/// What the keys of a query's body hold. Null for any key is the same as absent, and of a repeated key the last counts.
#[derive(Default)]
struct Keys<'b> {
    operation: Option<RawJson<'b>>,
    count: Option<RawJson<'b>>,
    filters: Option<RawJson<'b>>,
    excludes: Option<RawJson<'b>>,
    ordering: Option<RawJson<'b>>,
    page: Option<RawJson<'b>>,
    page_size: Option<RawJson<'b>>,
    ignored: Vec<String>,
}

impl<'b> Keys<'b> {
    fn of(body: Members<'b>) -> Self {
        let mut keys = Self::default();
        for (key, value) in body {
            let place = match &*key {
                "operation" => &mut keys.operation,
                "count" => &mut keys.count,
                "filters" => &mut keys.filters,
                "excludes" => &mut keys.excludes,
                "ordering" => &mut keys.ordering,
                "page" => &mut keys.page,
                "page_size" => &mut keys.page_size,
                unknown => {
                    let name = shortened(unknown);
                    if keys.ignored.len() < MAX_IGNORED && !keys.ignored.contains(&name) {
                        keys.ignored.push(name);
                    }
                    continue;
                }
            };
            *place = Some(value).filter(|value| !value.is_null());
        }
        keys
    }
}

/// Reads the body of a query. A key that is not known is ignored, and its value is not looked into.
pub(crate) fn read(
    body: Members<'_>,
    description: &'static Description,
    api: &Api,
    bounds: QueryBounds,
) -> Result<QueryBody, Failure> {
    let keys = Keys::of(body);
    match keys.operation.map(RawJson::view) {
        None => {}
        Some(View::Text(operation)) if operation == "list" => {}
        Some(_) => return Err(Failure::invalid_field("operation", "expected \"list\"")),
    }
    let count = match keys.count.map(RawJson::view) {
        None => true,
        Some(View::Bool(count)) => count,
        Some(_) => return Err(Failure::invalid_field("count", "expected true or false")),
    };
    let mut lookups = Lookups {
        description,
        api,
        bounds,
        budget: MemoryBudget::new(bounds.json_bytes),
    };
    let filters = lookups.read("filters", keys.filters)?;
    let excludes = lookups.read("excludes", keys.excludes)?;
    if filters.len() + excludes.len() > bounds.lookups {
        return Err(too_many_lookups(bounds));
    }
    let page = paging("page", keys.page, MAX_PAGE)?;
    let page_size = paging("page_size", keys.page_size, api.max_page_size())?;
    let mut select = Select::new();
    select.filters = filters;
    select.excludes = excludes;
    let (orders, ordering) = match keys.ordering {
        None => (Vec::new(), Json::Null),
        Some(ordering) => orders(ordering, description)?,
    };
    select.ordering = orders;
    select.page = page;
    select.page_size = page_size;
    select.first_page = page.is_none();
    select.count = count;
    select.canonicalize();
    description
        .normalize_select(&mut select)
        .map_err(Failure::of_query)?;
    Ok(QueryBody {
        select,
        ordering,
        ignored: keys.ignored,
    })
}

impl QueryBody {
    /// The page that is asked for.
    pub(crate) fn page(&self) -> u64 {
        self.select.page.unwrap_or(1)
    }
}

fn too_many_lookups(bounds: QueryBounds) -> Failure {
    Failure::invalid(format!(
        "expected at most {} lookups; the owner's `max_lookups` allows more",
        bounds.lookups
    ))
}

fn paging(name: &str, value: Option<RawJson<'_>>, max: u64) -> Result<Option<u64>, Failure> {
    value
        .map(|value| {
            integer(value)
                .and_then(|value| u64::try_from(value).ok())
                .filter(|value| (1..=max).contains(value))
                .ok_or_else(|| Failure::invalid_field(name, format!("expected an integer from 1 to {max}")))
        })
        .transpose()
}

fn integer(value: RawJson<'_>) -> Option<i64> {
    match value.view() {
        View::Number(number) => number.and_then(Number::as_i64),
        _ => None,
    }
}

/// The ordering, and how it was sent.
fn orders(ordering: RawJson<'_>, description: &'static Description) -> Result<(Vec<OrderBy>, Json), Failure> {
    let expected = || Failure::invalid_field("ordering", "expected a field, `-field` or a list of these");
    let mut orders = Vec::new();
    let sent = match ordering.view() {
        View::Text(name) => {
            order(&name, description, &mut orders)?;
            Json::String(name.into_owned())
        }
        View::List(names) => {
            let mut sent = Vec::new();
            for name in names {
                let View::Text(name) = name.view() else {
                    return Err(expected());
                };
                order(&name, description, &mut orders)?;
                sent.push(Json::String(name.into_owned()));
            }
            Json::Array(sent)
        }
        _ => return Err(expected()),
    };
    Ok((orders, sent))
}

fn order(name: &str, description: &'static Description, orders: &mut Vec<OrderBy>) -> Result<(), Failure> {
    let (field, direction) = match name.strip_prefix('-') {
        Some(field) => (field, Direction::Descending),
        None => (name, Direction::Ascending),
    };
    let field = description
        .field_index(field)
        .filter(|field| description.field(*field).value_type().is_ordered())
        .ok_or_else(|| Failure::invalid_field(name, "there is no such field to order by"))?;
    if !description.field(field).order() {
        return Err(Failure::invalid_field(name, "this field can't be ordered by"));
    }
    // A repetition ends it, so that there are never more orders than fields.
    if orders.iter().any(|order| order.field == field) {
        return Err(Failure::invalid_field(name, "expected each field once"));
    }
    orders.push(OrderBy { field, direction });
    Ok(())
}

/// What lookups are read by.
struct Lookups<'a> {
    description: &'static Description,
    api: &'a Api,
    bounds: QueryBounds,
    budget: MemoryBudget,
}

impl Lookups<'_> {
    fn read(&mut self, name: &str, value: Option<RawJson<'_>>) -> Result<Vec<Lookup>, Failure> {
        let members = match value.map(RawJson::view) {
            None => return Ok(Vec::new()),
            Some(View::Object(members)) => members,
            Some(_) => {
                return Err(Failure::invalid_field(
                    name,
                    "expected an object of lookups and values",
                ));
            }
        };
        // They are counted before any is looked at; of a repeated one the last counts.
        let mut given: Vec<(Cow<'_, str>, RawJson<'_>)> = Vec::new();
        for (key, value) in members {
            if let Some((_, place)) = given.iter_mut().find(|(known, _)| *known == key) {
                *place = value;
            } else if given.len() < self.bounds.lookups {
                given.push((key, value));
            } else {
                return Err(too_many_lookups(self.bounds));
            }
        }
        given
            .into_iter()
            .map(|(key, value)| self.lookup(&key, value))
            .collect()
    }

    fn lookup(&mut self, key: &str, value: RawJson<'_>) -> Result<Lookup, Failure> {
        let description = self.description;
        let (field, operator) = lookup_of(key, description)
            .ok_or_else(|| Failure::invalid_field(key, "there is no such field or lookup"))?;
        // R-regex
        if operator.is_pattern() && !self.api.regex() {
            return Err(Failure::invalid_field(
                key,
                "patterns are not allowed here: the owner's `#[remote_api(..)]` has no `allow_regex`",
            ));
        }
        if !description.field(field).filter() {
            return Err(Failure::invalid_field(key, "this field can't be filtered by"));
        }
        let operand = self
            .operand(operator, description.field(field), value)
            .map_err(|message| Failure::invalid_field(key, message))?;
        Ok(Lookup {
            field,
            operator,
            operand,
        })
    }

    fn operand(
        &mut self,
        operator: Operator,
        field: &FieldDescription,
        value: RawJson<'_>,
    ) -> Result<Operand, Message> {
        match operator {
            Operator::Exact => self.nullable(value, field).map(Operand::Value),
            Operator::IsNull => match value.view() {
                View::Bool(flag) => Ok(Operand::Flag(flag)),
                _ => Err("expected true or false".into()),
            },
            Operator::In => {
                let View::List(list) = value.view() else {
                    return Err("expected a list".into());
                };
                let most = self.bounds.list_members;
                let mut members = Vec::new();
                for member in list {
                    if members.len() == most {
                        return Err(format!(
                            "expected at most {most} members; ask in parts, or raise the owner's `max_list_members`"
                        )
                        .into());
                    }
                    members.push(self.nullable(member, field)?);
                }
                Ok(Operand::List(members))
            }
            Operator::Range => {
                let View::List(mut list) = value.view() else {
                    return Err("expected a list of two values".into());
                };
                let (Some(from), Some(to), None) = (list.next(), list.next(), list.next()) else {
                    return Err("expected a list of two values".into());
                };
                let ends = [from, to].map(|end| self.not_null(end, field));
                ends.into_iter().collect::<Result<_, _>>().map(Operand::List)
            }
            Operator::Year | Operator::Month | Operator::Day => integer(value)
                .map(Operand::Number)
                .ok_or_else(|| "expected an integer".into()),
            Operator::Date => match values::read_view(value.view(), ValueType::Date) {
                Ok(day @ Value::Date(_)) => Ok(Operand::Value(day)),
                _ => Err(format!("expected {}", ValueType::Date.name()).into()),
            },
            _ => self.not_null(value, field).map(Operand::Value),
        }
    }

    fn nullable(&mut self, value: RawJson<'_>, field: &FieldDescription) -> Result<Value, Message> {
        values::read_field(value, field, &mut self.budget).map_err(ValueError::into_message)
    }

    fn not_null(&mut self, value: RawJson<'_>, field: &FieldDescription) -> Result<Value, Message> {
        if value.is_null() {
            return Err(format!("expected {}, got null", field.value_type().name()).into());
        }
        self.nullable(value, field)
    }
}

type Message = Cow<'static, str>;

/// The field and the operator that a key names: `name` or `name__icontains`.
fn lookup_of(key: &str, description: &'static Description) -> Option<(u16, Operator)> {
    if let Some(field) = description.field_index(key) {
        return Some((field, Operator::Exact));
    }
    let (field, operator) = key.rsplit_once("__")?;
    let field = description.field_index(field)?;
    let operator = Operator::ALL.into_iter().find(|known| known.name() == operator)?;
    applies(operator, description.field(field).value_type()).then_some((field, operator))
}

/// Whether fields of this type can be asked this.
fn applies(operator: Operator, value_type: ValueType) -> bool {
    match operator {
        operator if operator.is_for_text() => value_type == ValueType::Text,
        Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte | Operator::Range => {
            value_type.is_ordered()
        }
        Operator::Year | Operator::Month | Operator::Day => {
            matches!(value_type, ValueType::Date | ValueType::DateTime)
        }
        Operator::Date => value_type == ValueType::DateTime,
        _ => true,
    }
}
