//! The writes of callers: which are refused, and what the others change.

use serde_json::{Map, Value as Json};

use super::caller::Caller;
use super::expected::{DENIED, Details, Expected, MISSING, refused};
use super::row::Row;
use super::rules::Family;
use super::world::{Effect, Storage, World};

impl World {
    pub(crate) fn delete(&self, caller: &Caller, id: i64) -> (Expected, Option<Effect>) {
        let rule = self.family.delete();
        if self.without_row(rule, caller).is_never() {
            let is_missing = self.rows.iter().all(|row| row.id != id);
            return match self.family {
                Family::Callers if is_missing && self.storage != Storage::Gateway => (MISSING, None),
                _ => (DENIED, None),
            };
        }
        match self.writable(caller, id) {
            None => (self.missing(caller), None),
            Some(row) if !self.judge(rule, caller, row, row).holds => (DENIED, None),
            Some(row) => {
                let before = Some(row.clone());
                (
                    Expected::items(200, Vec::new()),
                    Some(Effect { before, after: None }),
                )
            }
        }
    }

    pub(crate) fn create(
        &self,
        caller: &Caller,
        body: &Map<String, Json>,
        new_id: i64,
    ) -> (Expected, Option<Effect>) {
        if is_reserved(body) {
            return (refused("invalid_request"), None);
        }
        let rule = self.family.create();
        if self.without_row(rule, caller).is_never() {
            return (DENIED, None);
        }
        if let Some(wrong) = self.wrong_with(caller, body, true) {
            return (wrong, None);
        }
        let mut row = Row {
            id: new_id,
            created_by: caller.name.clone().unwrap(),
            ..empty_row()
        };
        for (field, value) in body {
            row.set(field, value);
        }
        if !self.judge(rule, caller, &row, &row).holds {
            return (DENIED, None);
        }
        if let Some(conflict) = self.conflict(caller, &row) {
            return (conflict, None);
        }
        let shown = self.shown_after(caller, &row);
        let after = Some(row);
        (Expected::items(201, shown), Some(Effect { before: None, after }))
    }

    pub(crate) fn update(
        &self,
        caller: &Caller,
        id: i64,
        body: &Map<String, Json>,
    ) -> (Expected, Option<Effect>) {
        if is_reserved(body) {
            return (refused("invalid_request"), None);
        }
        let (before_rule, after_rule) = (self.family.update(), self.family.after_update());
        if self.without_row(before_rule, caller).is_never() || self.without_row(after_rule, caller).is_never()
        {
            return (DENIED, None);
        }
        let Some(before) = self.writable(caller, id) else {
            return (self.missing(caller), None);
        };
        if let Some(wrong) = self.wrong_with(caller, body, false) {
            // What is wrong with the write is reported only to a caller that may write the row.
            let is_permitted = self.judge(before_rule, caller, before, before).holds;
            return (if is_permitted { wrong } else { DENIED }, None);
        }
        let mut after = before.clone();
        for (field, value) in body {
            after.set(field, value);
        }
        let is_changed = after != *before;
        if is_changed {
            after.touched_by = caller.text("desk").map(str::to_owned);
        }
        let is_permitted = self.judge(before_rule, caller, before, &after).holds
            && self.judge(after_rule, caller, &after, before).holds;
        if !is_permitted {
            return (DENIED, None);
        }
        if let Some(conflict) = self.conflict(caller, &after) {
            return (conflict, None);
        }
        let shown = self.shown_after(caller, &after);
        let effect = Effect {
            before: Some(before.clone()),
            after: Some(after),
        };
        (Expected::items(200, shown), is_changed.then_some(effect))
    }

    /// What is wrong with the body of a write, as far as neither the row nor other rows are needed for it.
    fn wrong_with(&self, caller: &Caller, body: &Map<String, Json>, is_create: bool) -> Option<Expected> {
        let writable = [
            "tenant", "owner", "reviewer", "rank", "title", "secret", "code", "badge", "note",
        ];
        let known = || {
            body.keys()
                .filter_map(|key| writable.into_iter().find(|field| field == key))
        };
        let denied: Vec<_> = known()
            .filter(|field| !caller.writes_field(field, is_create))
            .collect();
        if !denied.is_empty() {
            return Some(Expected::Refused {
                status: 403,
                code: "permission_denied",
                details: Details::OneOf(denied),
            });
        }
        if known().count() < body.len() {
            return Some(refused("invalid_request"));
        }
        if is_create && caller.name.is_none() {
            return Some(DENIED);
        }
        let is_missing = |field: &str| is_create && !body.contains_key(field);
        let is_wrong = |(field, value): (&String, &Json)| match field.as_str() {
            "tenant" => !value.is_i64(),
            "rank" | "secret" => !value.is_i64() && !value.is_null(),
            "owner" => !value.is_string(),
            // The length is the decision of the owner behind a gateway, and this one has no limit.
            "title" => value
                .as_str()
                .is_none_or(|title| self.storage != Storage::Gateway && title.chars().count() > 20),
            _ => !value.is_string() && !value.is_null(),
        };
        let is_invalid =
            ["tenant", "owner", "title"].into_iter().any(is_missing) || body.iter().any(is_wrong);
        is_invalid.then_some(refused("validation_error"))
    }

    fn shown_after(&self, caller: &Caller, row: &Row) -> Vec<Json> {
        let is_seen = self.sees(caller, row);
        is_seen.then(|| row.shown_to(caller)).into_iter().collect()
    }

    /// The refusal of a row whose unique values another row has. It reveals nothing of a hidden row or field.
    fn conflict(&self, caller: &Caller, row: &Row) -> Option<Expected> {
        let conflict_by = |field: &'static str| {
            let value = row.value(field);
            let others = self.rows.iter().filter(|other| other.id != row.id);
            let mut same = others.filter(|other| !value.is_null() && other.value(field) == value);
            same.next().map(|other| (field, other))
        };
        let conflicts: Vec<_> = ["code", "badge"].into_iter().filter_map(conflict_by).collect();
        let sight = self.sight(caller);
        let is_told = |(field, other): &(&'static str, &Row)| {
            let is_row_told = match (self.family, self.storage) {
                (Family::Callers, _) => !sight.is_never(),
                (Family::Rows, Storage::Memory | Storage::Sqlite | Storage::Postgres) => {
                    self.sees(caller, other)
                }
                // These do not say with which row the write conflicts.
                (Family::Rows, _) => sight.is_always(),
            };
            is_row_told && caller.reads_field(field)
        };
        let details = match conflicts.as_slice() {
            [] => return None,
            // A gateway's owner may say less than it could.
            [only] if is_told(only) && self.storage == Storage::Gateway => Details::Any,
            [only] if is_told(only) => Details::OneOf(vec![only.0]),
            [_] => Details::None,
            several if several.iter().any(is_told) => Details::Any,
            _ => Details::None,
        };
        Some(Expected::Refused {
            status: 409,
            code: "conflict",
            details,
        })
    }
}

fn empty_row() -> Row {
    Row {
        id: 0,
        tenant: 0,
        owner: String::new(),
        reviewer: None,
        rank: None,
        title: String::new(),
        secret: None,
        code: None,
        badge: None,
        note: None,
        created_by: String::new(),
        touched_by: None,
    }
}

fn is_reserved(body: &Map<String, Json>) -> bool {
    body.contains_key("creator_id")
}
