//! The text of a notification, decoded and encoded.
//!
//! Every program that may connect to the database may send any text on the channel. So the text is hostile input. Postgres
//! limits it to 7,999 bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use uuid::Uuid;

use super::channel::{MAX_BYTES, PREFIX};
use super::value_text::text_of;
use crate::change::{Action, Change, Images};
use crate::json::{RawJson, View};
use crate::manager::{Description, FieldSet, Record};

use super::value_text::value_of;

/// The most levels of lists and objects. A newer version may have members that are deeper than those of this one.
const MAX_LEVELS: usize = 16;

/// A notification of a change.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::interface::postgres) struct Payload<'t> {
    /// The id of the event, which is the same for every replica.
    pub(in crate::interface::postgres) event: Uuid,
    /// The OID of the table or view that was written.
    pub(in crate::interface::postgres) relation: u32,
    pub(in crate::interface::postgres) action: PayloadAction,
    /// The ids of the row. Managers of one table may have different ids.
    pub(super) ids: Values<'t>,
    pub(in crate::interface::postgres) images: ImageValues<'t>,
}

/// What a notification reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interface::postgres) enum PayloadAction {
    /// A change of rows.
    Change(Action),
    /// The rows that callers may read may be different from now on.
    Grants,
}

/// Values as text by the name of their column. `None` for a null.
pub(super) type Values<'t> = BTreeMap<Cow<'t, str>, Option<Cow<'t, str>>>;

/// The row before and after a change, as far as the notification has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::interface::postgres) struct ImageValues<'t> {
    pub(super) before: Values<'t>,
    pub(super) after: Values<'t>,
    /// The columns that were compared and that an update left as they were. A column that the sender does not know is not among them,
    /// so it counts as changed.
    pub(super) unchanged: Vec<Cow<'t, str>>,
}

/// A text that begins as a notification and is none.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::interface::postgres) struct Malformed;

impl<'t> Payload<'t> {
    /// Decodes a text. `None` if it is that of another program.
    ///
    /// Unknown members are ignored, since a newer version may have more of them.
    pub(in crate::interface::postgres) fn decode(text: &'t str) -> Option<Result<Self, Malformed>> {
        text.strip_prefix(PREFIX).map(Self::decode_members)
    }

    fn decode_members(json: &'t str) -> Result<Self, Malformed> {
        let members = RawJson::parse_members(json, MAX_LEVELS).map_err(|_| Malformed)?;
        let (mut event, mut relation, mut action) = (None, None, None);
        let (mut ids, mut images) = (Values::new(), ImageValues::default());
        for (name, json) in members {
            match name.as_ref() {
                "i" => event = Some(Uuid::try_parse(&text(json)?).map_err(|_| Malformed)?),
                "t" => relation = Some(text(json)?.parse().map_err(|_| Malformed)?),
                "a" => action = Some(PayloadAction::named(&text(json)?)?),
                "k" => ids = values(json)?,
                "b" => images.before = values(json)?,
                "n" => images.after = values(json)?,
                "s" => images.unchanged = texts(json)?,
                _ => {}
            }
        }
        Ok(Self {
            event: event.ok_or(Malformed)?,
            relation: relation.ok_or(Malformed)?,
            action: action.ok_or(Malformed)?,
            ids,
            images,
        })
    }

    /// The change for the subscribers of this manager, which shows the row. A refresh if the row's id is unknown. `None` for an
    /// update, or a refresh in place of updates, of columns that the manager does not have: its event would tell when values change
    /// that are not for them.
    pub(in crate::interface::postgres) fn change(&self, description: &'static Description) -> Option<Change> {
        let is_update = matches!(
            self.action,
            PayloadAction::Change(Action::Update | Action::Refresh)
        );
        (!is_update || self.images.changes(description)).then(|| self.known_change(description))
    }

    /// The columns that an update, or a refresh in place of updates, left as they were.
    pub(super) fn unchanged(&self) -> &[Cow<'t, str>] {
        match self.action {
            PayloadAction::Change(Action::Update | Action::Refresh) => &self.images.unchanged,
            _ => &[],
        }
    }

    fn known_change(&self, description: &'static Description) -> Change {
        let field = description.id_field();
        let id = self.ids.get(field.column()).and_then(Option::as_deref);
        match (self.action, id.and_then(|id| value_of(field, id))) {
            (
                PayloadAction::Change(action @ (Action::Create | Action::Update | Action::Delete)),
                Some(id),
            ) => self.images.add(Change::row(action, id), description),
            (PayloadAction::Change(Action::Refresh), _) if !self.images.unchanged.is_empty() => {
                let changed = self.images.changed(description);
                Images::add_changed_fields(Change::refresh(), description, changed)
            }
            _ => Change::refresh(),
        }
    }
}

impl PayloadAction {
    fn named(name: &str) -> Result<Self, Malformed> {
        Ok(match name {
            "c" => Self::Change(Action::Create),
            "u" => Self::Change(Action::Update),
            "d" => Self::Change(Action::Delete),
            "r" => Self::Change(Action::Refresh),
            "g" => Self::Grants,
            _ => return Err(Malformed),
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Change(Action::Create) => "c",
            Self::Change(Action::Update) => "u",
            Self::Change(Action::Delete) => "d",
            Self::Change(Action::Refresh) => "r",
            Self::Grants => "g",
        }
    }
}

impl ImageValues<'_> {
    /// Whether an update may have changed a column of this manager.
    fn changes(&self, description: &'static Description) -> bool {
        let is_unchanged = |column: &str| self.unchanged.iter().any(|name| name == column);
        let mut fields = description.fields().iter();
        !fields.all(|field| is_unchanged(field.column()))
    }

    /// Adds the images to a change, if its manager judges changes and every value that it needs is there.
    fn add(&self, change: Change, description: &'static Description) -> Change {
        if !description.judges_changes() {
            return change;
        }
        match self.images(change.action(), description) {
            Some((before, after, changed)) => Images::add_judged(change, description, before, after, changed),
            None => change,
        }
    }

    fn images(
        &self,
        action: Action,
        description: &'static Description,
    ) -> Option<(Option<Record>, Option<Record>, FieldSet)> {
        let (has_before, has_after) = match action {
            Action::Create => (false, true),
            Action::Update => (true, true),
            Action::Delete => (true, false),
            Action::Refresh => return None,
        };
        let fields = description.judged_fields();
        let image = |values: &Values<'_>| record(description, &fields, values);
        let before = if has_before {
            Some(image(&self.before)?)
        } else {
            None
        };
        let after = if has_after {
            Some(image(&self.after)?)
        } else {
            None
        };
        Some((before, after, self.changed(description)))
    }

    /// The fields that an update may have changed.
    fn changed(&self, description: &'static Description) -> FieldSet {
        match self.unchanged.as_slice() {
            [] => FieldSet::ALL,
            names => FieldSet::of(description, |field| {
                let column = description.field(field).column();
                !names.iter().any(|name| name == column)
            }),
        }
    }
}

/// The row of these values, in which the other fields are null. `None` if a value is missing or can't be decoded.
fn record(description: &'static Description, fields: &[u16], values: &Values<'_>) -> Option<Record> {
    let mut row = Record::new(vec![crate::field::Value::Null; description.fields().len()]);
    for index in fields {
        let field = description.field(*index);
        let value = match values.get(field.column())? {
            Some(text) => value_of(field, text)?,
            None if field.nullable() => crate::field::Value::Null,
            None => return None,
        };
        row.set(*index, value);
    }
    Some(row)
}

fn text(json: RawJson<'_>) -> Result<Cow<'_, str>, Malformed> {
    match json.view() {
        View::Text(text) => Ok(text),
        _ => Err(Malformed),
    }
}

fn texts(json: RawJson<'_>) -> Result<Vec<Cow<'_, str>>, Malformed> {
    match json.view() {
        View::List(list) => list.map(text).collect(),
        _ => Err(Malformed),
    }
}

fn values(json: RawJson<'_>) -> Result<Values<'_>, Malformed> {
    let View::Object(members) = json.view() else {
        return Err(Malformed);
    };
    members
        .map(|(name, json)| match json.view() {
            View::Null => Ok((name, None)),
            View::Text(text) => Ok((name, Some(text))),
            _ => Err(Malformed),
        })
        .collect()
}

/// The text that announces a change which was made past the interface, or that the grants changed.
pub(in crate::interface::postgres) fn announcement(
    relation: u32,
    action: PayloadAction,
    description: &'static Description,
    id: Option<&crate::field::Value>,
) -> String {
    let Some(id) = id else {
        return without_row(relation, action);
    };
    let ids = serde_json::json!({ (description.id_field().column()): text_of(id) });
    let text = encoded(relation, action, Some(("k", ids)));
    if text.len() > MAX_BYTES {
        return without_row(relation, PayloadAction::Change(Action::Refresh));
    }
    text
}

/// The text of an action that names no row.
pub(in crate::interface::postgres) fn without_row(relation: u32, action: PayloadAction) -> String {
    encoded(relation, action, None)
}

/// The text of a refresh in place of updates that left these columns as they were.
pub(in crate::interface::postgres) fn refresh_of_updates(relation: u32, unchanged: &[&str]) -> String {
    let refresh = PayloadAction::Change(Action::Refresh);
    if unchanged.is_empty() {
        return without_row(relation, refresh);
    }
    let text = encoded(relation, refresh, Some(("s", serde_json::json!(unchanged))));
    match text.len() > MAX_BYTES {
        true => without_row(relation, refresh),
        false => text,
    }
}

/// The text of a refresh in place of two changes of this relation.
pub(in crate::interface::postgres) fn folded(relation: u32, one: &str, other: &str) -> String {
    let (Some(Ok(one)), Some(Ok(other))) = (Payload::decode(one), Payload::decode(other)) else {
        return refresh_of_updates(relation, &[]);
    };
    let unchanged = one
        .unchanged()
        .iter()
        .filter(|name| other.unchanged().contains(name));
    let unchanged: Vec<_> = unchanged.map(AsRef::as_ref).collect();
    refresh_of_updates(relation, &unchanged)
}

fn encoded(relation: u32, action: PayloadAction, member: Option<(&str, serde_json::Value)>) -> String {
    let mut members = serde_json::json!({
        "i": Uuid::new_v4().to_string(),
        "t": relation.to_string(),
        "a": action.name(),
    });
    if let (Some(members), Some((name, value))) = (members.as_object_mut(), member) {
        members.insert(name.to_owned(), value);
    }
    format!("{PREFIX}{members}")
}
