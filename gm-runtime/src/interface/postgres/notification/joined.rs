//! One notification in place of two about one row.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::channel::{MAX_BYTES, PREFIX};
use super::payload::{ImageValues, Payload, PayloadAction, Values, without_row};
use crate::change::{Action, Joined};

/// What is left of a notification and a later one about the same row, where no one has seen the row in between. `None` if they are
/// not about one row, and if no manager judges them by the row.
pub(in crate::interface::postgres) fn joined(one: &str, later: &str) -> Option<Joined<String>> {
    if !(has_images(one) && has_images(later)) {
        return None;
    }
    let (one, later) = (Payload::decode(one)?.ok()?, Payload::decode(later)?.ok()?);
    let (PayloadAction::Change(first), PayloadAction::Change(second)) = (one.action, later.action) else {
        return None;
    };
    if one.relation != later.relation || one.ids.is_empty() || one.ids != later.ids {
        return None;
    }
    Some(match first.join(second)? {
        Joined::Nothing => Joined::Nothing,
        Joined::One(action) => Joined::One(encoded(action, one, later)),
    })
}

/// Whether a notification has the row before or after its change. Another one is not decoded.
fn has_images(text: &str) -> bool {
    text.contains(",\"b\":") || text.contains(",\"n\":")
}

/// Whether a notification names no row.
pub(in crate::interface::postgres) fn is_refresh(text: &str) -> bool {
    !text.contains(",\"k\":")
}

/// Whether a notification has the row before or after a change of one of these relations.
pub(in crate::interface::postgres) fn has_images_of(text: &str, relations: &BTreeSet<u32>) -> Option<u32> {
    if relations.is_empty() || !has_images(text) {
        return None;
    }
    let relation = Payload::decode(text)?.ok()?.relation;
    relations.contains(&relation).then_some(relation)
}

fn encoded(action: Action, one: Payload<'_>, later: Payload<'_>) -> String {
    let relation = one.relation;
    let unchanged = match (one.action, later.action) {
        (PayloadAction::Change(Action::Update), PayloadAction::Change(Action::Update)) => {
            let names = one.images.unchanged.into_iter();
            names
                .filter(|name| later.images.unchanged.contains(name))
                .collect()
        }
        _ => Vec::new(),
    };
    let images = ImageValues {
        before: one.images.before,
        after: later.images.after,
        unchanged,
    };
    let change = PayloadAction::Change(action);
    let whole = text(relation, change, &one.ids, Some(&images));
    if whole.len() <= MAX_BYTES {
        return whole;
    }
    let short = text(relation, change, &one.ids, None);
    match short.len() <= MAX_BYTES {
        true => short,
        false => without_row(relation, PayloadAction::Change(Action::Refresh)),
    }
}

fn text(relation: u32, action: PayloadAction, ids: &Values<'_>, images: Option<&ImageValues<'_>>) -> String {
    let mut members = Map::new();
    let mut add = |name: &str, value: Json| members.insert(name.to_owned(), value);
    add("i", Uuid::new_v4().to_string().into());
    add("t", relation.to_string().into());
    add("a", action.name().into());
    add("k", object(ids));
    if let Some(images) = images {
        for (name, values) in [("b", &images.before), ("n", &images.after)] {
            if !values.is_empty() {
                add(name, object(values));
            }
        }
        if !images.unchanged.is_empty() {
            let names = images.unchanged.iter().map(|name| Json::from(name.as_ref()));
            add("s", names.collect());
        }
    }
    format!("{PREFIX}{}", Json::from(members))
}

fn object(values: &Values<'_>) -> Json {
    let members = values.iter().map(|(name, value)| {
        let value = value.as_deref().map_or(Json::Null, Json::from);
        (Cow::clone(name).into_owned(), value)
    });
    Json::Object(members.collect())
}
