//! The body of a query.

use serde_json::{Map, Value as Json};

use super::failure::Failure;
use super::values;
use crate::field::{Value, ValueType};
use crate::manager::{Api, Description, FieldDescription};
use crate::query::{Direction, Lookup, Operand, Operator, OrderBy, Select};

/// What a query asks for.
#[derive(Debug)]
pub(crate) struct QueryBody {
    /// What to read. The page and its size are absent where the caller leaves them open.
    pub(crate) select: Select,
    /// The ordering as it was sent, for the reply.
    pub(crate) ordering: Json,
}

/// How much a query may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryBounds {
    /// Lookups in filters and excludes together.
    pub(crate) lookups: usize,
    /// Members of a lookup's list.
    pub(crate) list_members: usize,
}

/// The greatest page number (R-paging).
const MAX_PAGE: u64 = i64::MAX as u64;

/// Reads the body of a query. Null for any key is the same as absent, and a key that is not known is ignored.
pub(crate) fn read(
    mut body: Map<String, Json>,
    description: &'static Description,
    api: &Api,
    bounds: QueryBounds,
) -> Result<QueryBody, Failure> {
    let mut key = |name: &str| body.remove(name).filter(|value| !value.is_null());
    match key("operation") {
        None => {}
        Some(Json::String(operation)) if operation == "list" => {}
        Some(_) => return Err(Failure::invalid_field("operation", "expected \"list\"")),
    }
    let count = match key("count") {
        None => true,
        Some(Json::Bool(count)) => count,
        Some(_) => return Err(Failure::invalid_field("count", "expected true or false")),
    };
    let filters = lookups("filters", key("filters"), description, (api, bounds))?;
    let excludes = lookups("excludes", key("excludes"), description, (api, bounds))?;
    if filters.len() + excludes.len() > bounds.lookups {
        return Err(too_many_lookups(bounds));
    }
    let page = paging("page", key("page"), MAX_PAGE)?;
    let page_size = paging("page_size", key("page_size"), api.max_page_size())?;
    let ordering = key("ordering").unwrap_or(Json::Null);
    let mut select = Select::new();
    select.filters = filters;
    select.excludes = excludes;
    select.ordering = orders(&ordering, description)?;
    select.page = page;
    select.page_size = page_size;
    select.first_page = page.is_none();
    select.count = count;
    select.canonicalize();
    description
        .normalize_select(&mut select)
        .map_err(Failure::of_query)?;
    Ok(QueryBody { select, ordering })
}

impl QueryBody {
    /// The page that is asked for.
    pub(crate) fn page(&self) -> u64 {
        self.select.page.unwrap_or(1)
    }

    /// Fills in what the caller leaves open of the page.
    pub(crate) fn fill_page(&mut self, api: &Api) {
        self.select.page = Some(self.page());
        self.select.page_size.get_or_insert(api.default_page_size());
        self.select.first_page = false;
    }
}

fn too_many_lookups(bounds: QueryBounds) -> Failure {
    Failure::invalid(format!("expected at most {} lookups", bounds.lookups))
}

fn paging(name: &str, value: Option<Json>, max: u64) -> Result<Option<u64>, Failure> {
    value
        .map(|value| {
            value
                .as_u64()
                .filter(|value| (1..=max).contains(value))
                .ok_or_else(|| Failure::invalid_field(name, format!("expected an integer from 1 to {max}")))
        })
        .transpose()
}

fn orders(ordering: &Json, description: &'static Description) -> Result<Vec<OrderBy>, Failure> {
    let expected = || Failure::invalid_field("ordering", "expected a field, `-field` or a list of these");
    let names = match ordering {
        Json::Null => return Ok(Vec::new()),
        name @ Json::String(_) => std::slice::from_ref(name),
        Json::Array(names) => names,
        _ => return Err(expected()),
    };
    let mut orders: Vec<OrderBy> = Vec::new();
    for name in names {
        let name = name.as_str().ok_or_else(expected)?;
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
        // A repetition ends the loop, so that there are never more orders than fields.
        if orders.iter().any(|order| order.field == field) {
            return Err(Failure::invalid_field(name, "expected each field once"));
        }
        orders.push(OrderBy { field, direction });
    }
    Ok(orders)
}

fn lookups(
    name: &str,
    value: Option<Json>,
    description: &'static Description,
    (api, bounds): (&Api, QueryBounds),
) -> Result<Vec<Lookup>, Failure> {
    let lookups = match value {
        None => return Ok(Vec::new()),
        Some(Json::Object(lookups)) => lookups,
        Some(_) => {
            return Err(Failure::invalid_field(
                name,
                "expected an object of lookups and values",
            ));
        }
    };
    if lookups.len() > bounds.lookups {
        return Err(too_many_lookups(bounds));
    }
    lookups
        .into_iter()
        .map(|(key, value)| lookup(&key, value, description, (api, bounds)))
        .collect()
}

fn lookup(
    key: &str,
    value: Json,
    description: &'static Description,
    (api, bounds): (&Api, QueryBounds),
) -> Result<Lookup, Failure> {
    let (field, operator) = lookup_of(key, description)
        .ok_or_else(|| Failure::invalid_field(key, "there is no such field or lookup"))?;
    // R-regex
    if operator.is_pattern() && !api.regex() {
        return Err(Failure::invalid_field(
            key,
            "patterns are not allowed here: the owner's `#[remote_api(..)]` has no `allow_regex`",
        ));
    }
    if !description.field(field).filter() {
        return Err(Failure::invalid_field(key, "this field can't be filtered by"));
    }
    let operand = operand(operator, description.field(field), value, bounds)
        .map_err(|message| Failure::invalid_field(key, message))?;
    Ok(Lookup {
        field,
        operator,
        operand,
    })
}

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

type Message = std::borrow::Cow<'static, str>;

fn operand(
    operator: Operator,
    field: &FieldDescription,
    value: Json,
    bounds: QueryBounds,
) -> Result<Operand, Message> {
    match operator {
        Operator::Exact => nullable(value, field).map(Operand::Value),
        Operator::IsNull => match value {
            Json::Bool(flag) => Ok(Operand::Flag(flag)),
            _ => Err("expected true or false".into()),
        },
        Operator::In => match value {
            Json::Array(members) if members.len() > bounds.list_members => {
                Err(format!("expected at most {} members", bounds.list_members).into())
            }
            Json::Array(members) => members
                .into_iter()
                .map(|member| nullable(member, field))
                .collect::<Result<_, _>>()
                .map(Operand::List),
            _ => Err("expected a list".into()),
        },
        Operator::Range => match value {
            Json::Array(ends) if ends.len() == 2 => ends
                .into_iter()
                .map(|end| not_null(end, field))
                .collect::<Result<_, _>>()
                .map(Operand::List),
            _ => Err("expected a list of two values".into()),
        },
        Operator::Year | Operator::Month | Operator::Day => value
            .as_i64()
            .map(Operand::Number)
            .ok_or_else(|| "expected an integer".into()),
        Operator::Date => match values::read(value, ValueType::Date) {
            Ok(day @ Value::Date(_)) => Ok(Operand::Value(day)),
            _ => Err(format!("expected {}", ValueType::Date.name()).into()),
        },
        _ => not_null(value, field).map(Operand::Value),
    }
}

fn nullable(value: Json, field: &FieldDescription) -> Result<Value, Message> {
    values::read_field(value, field).map_err(|error| error.message().to_owned().into())
}

fn not_null(value: Json, field: &FieldDescription) -> Result<Value, Message> {
    if value.is_null() {
        return Err(format!("expected {}, got null", field.value_type().name()).into());
    }
    nullable(value, field)
}
