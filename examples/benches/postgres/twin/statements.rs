//! The statements of the twin, which are those of the derived service.

use std::fmt::Write as _;

pub(super) const GET: &str = "SELECT id, name, status FROM projects WHERE id = $1";

pub(super) const PAGE: &str =
    "SELECT id, name, status FROM projects WHERE status = $1 ORDER BY id LIMIT $2 OFFSET $3";

/// The page and its count are of one snapshot, since they are one statement. An empty page has one row, without an id.
pub(super) const COUNTED_PAGE: &str = "\
    SELECT counted.total, page.id, page.name, page.status \
    FROM (SELECT count(*) AS total FROM projects WHERE status = $1) AS counted \
    LEFT JOIN (SELECT id, name, status FROM projects WHERE status = $1 ORDER BY id LIMIT $2 OFFSET $3) AS page ON true \
    ORDER BY page.id";

/// The row as it is before an update, and locked for it.
pub(super) const LOCK: &str = "SELECT id, name, status FROM projects WHERE id = $1 FOR UPDATE";

/// Commits everything that waits. `SET LOCAL` ends with the transaction.
pub(super) const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '100ms'";

/// The values of the row after a write, as the end of a payload.
const AFTER: &str = r#"'"k":{"id":"' || p.id || '"},"n":{"name":' || to_json(p.name) || ',"status":' || to_json(p.status) || '}}'"#;

/// The columns of the row after a write. The last one sends its event, whose payload begins with this expression.
fn returning(start: &str) -> String {
    format!("RETURNING p.id, p.name, p.status, pg_notify('gm', {start} || {AFTER})")
}

/// $3 begins the payload.
pub(super) fn create() -> String {
    format!(
        "INSERT INTO projects AS p (name, status) VALUES ($1, $2) {}",
        returning("$3::text")
    )
}

/// $4 begins the payload.
pub(super) fn update() -> String {
    format!(
        "UPDATE projects AS p SET name = coalesce($2, name), status = coalesce($3, status) WHERE id = $1 {}",
        returning("$4::text")
    )
}

/// The update and the row before it in one statement, which judges in SQL what has changed. $4 begins the payload.
pub(super) fn update_in_one_trip() -> String {
    let mut start = String::from("$4::text");
    for column in ["name", "status"] {
        let _ = write!(
            start,
            r#" || CASE WHEN p.{column} <> old.{column} THEN '"c":["{column}"],' ELSE '' END"#
        );
    }
    start += r#" || '"b":{"name":' || to_json(old.name) || ',"status":' || to_json(old.status) || '},'"#;
    format!(
        "UPDATE projects AS p SET name = coalesce($2, p.name), status = coalesce($3, p.status) \
         FROM (SELECT id, name, status FROM projects WHERE id = $1 FOR UPDATE) AS old WHERE p.id = old.id {}",
        returning(&start)
    )
}
