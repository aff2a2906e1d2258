//! Reads the body of a batch.

use std::borrow::Cow;

use super::batch_failure::BatchFailure;
use super::failure::{Failure, shortened};
use super::write_body::WriteKind;
use crate::json::{List, Members, Number, RawJson, View};

const OPERATIONS: &str = "operations";

/// One operation of a batch, with unparsed values.
#[derive(Debug)]
pub(crate) struct BatchOperation<'b> {
    pub(crate) resource: Cow<'b, str>,
    pub(crate) kind: WriteKind,
    /// The id of the row, for an update and a delete.
    pub(crate) id: Option<Part<'b>>,
    /// What the body of the single request would be.
    pub(crate) values: OperationValues<'b>,
    /// What the header `If-Match` of the single request would be.
    pub(crate) if_match: Option<Cow<'b, str>>,
}

/// The values of an operation, which are checked. Each iteration reads them anew, so that a body of many short members takes no more
/// memory than its text.
#[derive(Clone, Debug)]
pub(crate) struct OperationValues<'b> {
    members: Members<'b>,
    /// The place of the operation.
    place: usize,
}

impl<'b> OperationValues<'b> {
    /// The keys and values, as often as the body has them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Cow<'b, str>, Part<'b>)> + use<'b> {
        let place = self.place;
        let members = self.members.clone();
        members.filter_map(move |(key, value)| {
            let part = part(&key, value, place).ok()?;
            Some((key, part))
        })
    }
}

/// A value of an operation.
#[derive(Clone, Debug)]
pub(crate) enum Part<'b> {
    /// The value itself.
    Value(RawJson<'b>),
    /// A field of the result of an earlier operation.
    Result(ResultField<'b>),
}

/// A field of the result of an operation: `{"$result": 0, "field": "id"}`.
#[derive(Clone, Debug)]
pub(crate) struct ResultField<'b> {
    /// The place of the operation.
    pub(crate) operation: usize,
    pub(crate) field: Cow<'b, str>,
}

impl<'b> Part<'b> {
    /// The field of an earlier result, if the value is one.
    pub(crate) fn result(&self) -> Option<&ResultField<'b>> {
        match self {
            Self::Value(_) => None,
            Self::Result(field) => Some(field),
        }
    }
}

/// The key of a reference to an earlier result. In a batch no value is an object with this key.
pub(crate) const RESULT: &str = "$result";
const FIELD: &str = "field";

/// Reads the operations of a batch. They are at most `max`, and the first one more is refused before it is read.
///
/// # Errors
/// A failure with the place of the operation. Whether there are such resources, rows and fields is not checked.
pub(crate) fn read(body: Members<'_>, max: usize) -> Result<Vec<BatchOperation<'_>>, BatchFailure> {
    let mut listed = None;
    for (key, value) in body {
        if key != OPERATIONS {
            return Err(Failure::invalid_field(&key, "expected no key but `operations`").into());
        }
        listed = Some(value);
    }
    let Some(View::List(list)) = listed.map(RawJson::view) else {
        return Err(Failure::invalid_field(OPERATIONS, "expected a list of operations").into());
    };
    operations(list, max)
}

fn operations(list: List<'_>, max: usize) -> Result<Vec<BatchOperation<'_>>, BatchFailure> {
    let mut operations = Vec::new();
    for (place, json) in list.enumerate() {
        if place >= max {
            let message = format!("expected at most {max} operations");
            return Err(Failure::invalid_field(OPERATIONS, message).into());
        }
        let read = operation(json, place).map_err(|failure| BatchFailure::of_operation(place, failure));
        operations.push(read?);
    }
    Ok(operations)
}

fn operation(json: RawJson<'_>, place: usize) -> Result<BatchOperation<'_>, Failure> {
    let View::Object(members) = json.view() else {
        return Err(Failure::invalid("expected each operation to be an object"));
    };
    let (mut resource, mut kind, mut id, mut values, mut if_match) = (None, None, None, None, None);
    for (key, value) in members {
        let slot = match &*key {
            "resource" => &mut resource,
            "operation" => &mut kind,
            "id" => &mut id,
            "values" => &mut values,
            "if_match" => &mut if_match,
            _ => return Err(Failure::invalid_field(&key, "an operation has no such key")),
        };
        *slot = Some(value).filter(|value| !value.is_null());
    }
    let resource = text("resource", resource)?
        .ok_or_else(|| Failure::invalid_field("resource", "expected the name of a resource"))?;
    let kind = match text("operation", kind)?.as_deref() {
        Some("create") => WriteKind::Create,
        Some("update") => WriteKind::Update,
        Some("delete") => WriteKind::Delete,
        _ => {
            let message = "expected `create`, `update` or `delete`";
            return Err(Failure::invalid_field("operation", message));
        }
    };
    let id = id.map(|id| part("id", id, place)).transpose()?;
    let if_match = text("if_match", if_match)?;
    match (kind, &id, &if_match) {
        (WriteKind::Create, Some(_), _) => {
            let message = "a create has no `id`; an id that the caller gives is one of the `values`";
            Err(Failure::invalid_field("id", message))
        }
        (WriteKind::Create, _, Some(_)) => {
            Err(Failure::invalid_field("if_match", "a create has no `if_match`"))
        }
        (WriteKind::Update | WriteKind::Delete, None, _) => {
            Err(Failure::invalid_field("id", "expected the id of the row"))
        }
        _ => Ok(BatchOperation {
            resource,
            kind,
            id,
            values: self::values(values, place)?,
            if_match,
        }),
    }
}

fn values(values: Option<RawJson<'_>>, place: usize) -> Result<OperationValues<'_>, Failure> {
    let members = match values.map(RawJson::view) {
        None => Members::default(),
        Some(View::Object(members)) => members,
        Some(_) => return Err(Failure::invalid_field("values", "expected an object")),
    };
    for (key, value) in members.clone() {
        part(&key, value, place)?;
    }
    Ok(OperationValues { members, place })
}

fn text<'b>(key: &str, value: Option<RawJson<'b>>) -> Result<Option<Cow<'b, str>>, Failure> {
    match value.map(RawJson::view) {
        None => Ok(None),
        Some(View::Text(text)) => Ok(Some(text)),
        Some(_) => Err(Failure::invalid_field(key, "expected text")),
    }
}

/// The value, or the result that it refers to. `key`: the key of the value. `place`: the place of its operation.
fn part<'b>(key: &str, value: RawJson<'b>, place: usize) -> Result<Part<'b>, Failure> {
    let View::Object(members) = value.view() else {
        return Ok(Part::Value(value));
    };
    if !members.clone().any(|(key, _)| key == RESULT) {
        return Ok(Part::Value(value));
    }
    let invalid = |message: String| Failure::invalid_field(key, message);
    let (mut operation, mut field) = (None, None);
    for (key, value) in members {
        match (&*key, value.view()) {
            (RESULT, View::Number(number)) => operation = number.and_then(Number::as_i64),
            (RESULT, _) => operation = None,
            (FIELD, View::Text(text)) => field = Some(text),
            (FIELD, _) => field = None,
            (key, _) => {
                let key = shortened(key);
                return Err(invalid(format!(
                    "expected no key of a reference but `$result` and `field`, got `{key}`"
                )));
            }
        }
    }
    let (Some(operation), Some(field)) = (operation, field) else {
        return Err(invalid(
            "expected a reference of the form `{\"$result\": 0, \"field\": \"id\"}`".to_owned(),
        ));
    };
    match usize::try_from(operation) {
        Ok(operation) if operation < place => Ok(Part::Result(ResultField { operation, field })),
        _ => Err(invalid(format!(
            "`$result` is the place of an earlier operation, and {operation} is none"
        ))),
    }
}
