//! The expressions that send the notification of a write, in the write's own statement.

use super::channel::{CHANNEL, MAX_BYTES, PREFIX};
use super::columns::Columns;
use super::names::{is_trigger_enabled, literal, relation_oid};
use crate::field::ValueType;
use crate::interface::sql::SqlDialect;
use crate::manager::FieldDescription;

/// The expressions that send the notifications of one table's writes.
///
/// Each is an item of a select list. It calls `pg_notify` and has no value, or its value is the payload. It reads the row as it was
/// written from `w`, and the row before an update from `o`. Its text is constant and has no parameter.
#[derive(Debug)]
pub(in crate::interface::postgres) struct NotifyExpression {
    sending: WriteExpressions,
    returning: WriteExpressions,
    needs_old: bool,
    columns: Vec<String>,
}

/// An expression for each kind of write.
#[derive(Debug)]
pub(in crate::interface::postgres) struct WriteExpressions {
    /// For an `INSERT`.
    pub(in crate::interface::postgres) create: String,
    /// For an `UPDATE`.
    pub(in crate::interface::postgres) update: String,
    /// For a `DELETE`.
    pub(in crate::interface::postgres) delete: String,
}

/// What the expression of a write does with the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::interface::postgres) enum Notifying {
    /// It sends the payload, and has no value.
    #[default]
    Sends,
    /// Its value is the payload, for a transaction that sends all of its payloads at the end. Null if the trigger sends it.
    Returns,
}

impl NotifyExpression {
    /// The expressions for a table. `has_trigger`: the trigger was seen, which sends the same notifications. Then it is looked
    /// for in each statement, since it may be removed.
    pub(in crate::interface::postgres) fn new(table: &str, columns: &Columns, has_trigger: bool) -> Self {
        let values =
            |row, fields: &[&'static FieldDescription]| (!fields.is_empty()).then(|| object(row, fields));
        let after = values("w", &columns.images).map(|object| ('n', object));
        let deleted = values("w", &columns.images).map(|object| ('b', object));
        let before = values("o", &columns.images).map(|object| ('b', object));
        let unchanged = (!columns.compared.is_empty()).then(|| ('s', unchanged(&columns.compared)));
        let expression = |notifying, action: char, members: &[Option<(char, String)>]| {
            let members: String = members
                .iter()
                .flatten()
                .map(|(name, value)| format!(", ',\"{name}\":', {value}"))
                .collect();
            expression(table, action, &columns.ids, &members, has_trigger, notifying)
        };
        let updated = [unchanged, before, after.clone()];
        let expressions = |notifying| WriteExpressions {
            create: expression(notifying, 'c', std::slice::from_ref(&after)),
            update: expression(notifying, 'u', &updated),
            delete: expression(notifying, 'd', std::slice::from_ref(&deleted)),
        };
        Self {
            sending: expressions(Notifying::Sends),
            returning: expressions(Notifying::Returns),
            needs_old: !(columns.images.is_empty() && columns.compared.is_empty()),
            columns: columns
                .all()
                .iter()
                .map(|field| field.column().to_owned())
                .collect(),
        }
    }

    /// The expressions that do this with the payload.
    pub(in crate::interface::postgres) fn of(&self, notifying: Notifying) -> &WriteExpressions {
        match notifying {
            Notifying::Sends => &self.sending,
            Notifying::Returns => &self.returning,
        }
    }

    /// Expressions that send nothing.
    pub(in crate::interface::postgres) fn silent() -> Self {
        let nothing = || WriteExpressions {
            create: "NULL".to_owned(),
            update: "NULL".to_owned(),
            delete: "NULL".to_owned(),
        };
        Self {
            sending: nothing(),
            returning: nothing(),
            needs_old: false,
            columns: Vec::new(),
        }
    }

    /// Whether the expression of an update reads `o`.
    pub(in crate::interface::postgres) fn needs_old(&self) -> bool {
        self.needs_old
    }

    /// The columns that the expressions read, without quotes. Some may be those of other managers of the table.
    pub(in crate::interface::postgres) fn columns(&self) -> &[String] {
        &self.columns
    }
}

/// The most ids of a payload whose length is not measured.
const MAX_SHORT_IDS: usize = 8;

/// Sends the payload, or is the payload. `members` are the arguments of `concat` for its further members.
fn expression(
    table: &str,
    action: char,
    ids: &[&'static FieldDescription],
    members: &str,
    has_trigger: bool,
    notifying: Notifying,
) -> String {
    let oid = relation_oid(table);
    let (payload, mut rest) = match short_payload(&oid, action, ids) {
        Some(payload) if members.is_empty() => (payload, String::new()),
        _ => measured_payload(&oid, action, &object("w", ids), members),
    };
    if has_trigger {
        rest.push_str(&format!(" WHERE NOT {}", is_trigger_enabled(&oid)));
    }
    let notify = match notifying {
        Notifying::Sends => format!("pg_catalog.pg_notify('{CHANNEL}', {payload})"),
        Notifying::Returns => payload,
    };
    match rest.is_empty() {
        true => notify,
        false => format!("(SELECT {notify}{rest})"),
    }
}

/// A payload that is never too long, since its ids are numbers or UUIDs. Postgres takes less time for it than for any other form.
fn short_payload(oid: &str, action: char, ids: &[&'static FieldDescription]) -> Option<String> {
    let is_short =
        |field: &&FieldDescription| matches!(field.value_type(), ValueType::Integer { .. } | ValueType::Uuid);
    if ids.len() > MAX_SHORT_IDS || !ids.iter().all(is_short) {
        return None;
    }
    let names = ids.iter().map(|field| {
        let name = serde_json::Value::from(field.column()).to_string();
        format!("{}:\"%s\"", name.replace('%', "%%"))
    });
    let names = names.collect::<Vec<_>>().join(",");
    let text = format!("{PREFIX}{{\"i\":\"%s\",\"t\":\"%s\",\"a\":\"{action}\",\"k\":{{{names}}}}}");
    let values: String = ids
        .iter()
        .map(|field| format!(", {}", column("w", field)))
        .collect();
    Some(format!(
        "pg_catalog.format({}, pg_catalog.gen_random_uuid(), {oid}{values})",
        literal(&text)
    ))
}

/// The payload, or a shorter form of it if it is too long: without values, or as a refresh without the id. The second text is the
/// clause that its parts come from.
fn measured_payload(oid: &str, action: char, ids: &str, members: &str) -> (String, String) {
    // The rest are `,"a":"u"` and the closing brace.
    let most = MAX_BYTES.saturating_sub(9);
    let payload = format!(
        "CASE \
            WHEN pg_catalog.octet_length(p.h) + pg_catalog.octet_length(p.k) + pg_catalog.octet_length(p.v) <= {most} \
            THEN pg_catalog.concat(p.h, ',\"a\":\"{action}\"', p.k, p.v, '}}') \
            WHEN pg_catalog.octet_length(p.h) + pg_catalog.octet_length(p.k) <= {most} \
            THEN pg_catalog.concat(p.h, ',\"a\":\"{action}\"', p.k, '}}') \
            ELSE pg_catalog.concat(p.h, ',\"a\":\"r\"}}') END"
    );
    let parts = format!(
        " FROM (SELECT pg_catalog.concat('{PREFIX}{{\"i\":\"', pg_catalog.gen_random_uuid(), '\",\"t\":\"', {oid}, '\"') AS h, \
            pg_catalog.concat(',\"k\":', {ids}) AS k, \
            pg_catalog.concat(''{members}) AS v) AS p"
    );
    (payload, parts)
}

/// The values of a row as a JSON object of texts and nulls. Without `json_build_object`, which takes at most 50 pairs.
fn object(row: &str, fields: &[&'static FieldDescription]) -> String {
    let names: Vec<_> = fields.iter().map(|field| literal(field.column())).collect();
    let values: Vec<_> = fields.iter().map(|field| value_text(row, field)).collect();
    format!(
        "pg_catalog.json_object(ARRAY[{}]::pg_catalog.text[], ARRAY[{}]::pg_catalog.text[])",
        names.join(", "),
        values.join(", ")
    )
}

/// The names of the columns that an update left as they were, as a JSON list. Texts are compared, since some types have no equality.
fn unchanged(fields: &[&'static FieldDescription]) -> String {
    let pairs = fields.iter().map(|field| {
        let (old, new) = (value_text("o", field), value_text("w", field));
        format!("({}, {old}, {new})", literal(field.column()))
    });
    format!(
        "(SELECT COALESCE(pg_catalog.json_agg(x.name), '[]') FROM (VALUES {}) AS x (name, before, after) \
         WHERE x.before IS NOT DISTINCT FROM x.after)",
        pairs.collect::<Vec<_>>().join(", ")
    )
}

/// The text of a value. Of the settings that roles and databases may have, it depends on `extra_float_digits` alone.
fn value_text(row: &str, field: &FieldDescription) -> String {
    let column = column(row, field);
    match field.value_type() {
        ValueType::Date | ValueType::DateTime => format!("(pg_catalog.to_json({column}) #>> '{{}}')"),
        ValueType::Bytes => format!("({} || pg_catalog.encode({column}, 'hex'))", literal("\\x")),
        _ => format!("{column}::pg_catalog.text"),
    }
}

fn column(row: &str, field: &FieldDescription) -> String {
    format!("{row}.{}", SqlDialect::Postgres.quote(field.column()))
}
