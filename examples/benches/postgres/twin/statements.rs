//! The statements of the twin, which do the same as those of the derived service.

pub(super) const GET: &str = "SELECT id, name, status FROM projects WHERE id = $1";

pub(super) const PAGE: &str =
    "SELECT id, name, status FROM projects WHERE status = $1 ORDER BY id LIMIT $2 OFFSET $3";

/// The page and its count are of one snapshot, since they are one statement. An empty page has one row, without an id.
pub(super) const COUNTED_PAGE: &str = "\
    SELECT counted.total, page.id, page.name, page.status \
    FROM (SELECT count(*) AS total FROM projects WHERE status = $1) AS counted \
    LEFT JOIN (SELECT id, name, status FROM projects WHERE status = $1 ORDER BY id LIMIT $2 OFFSET $3) AS page ON true \
    ORDER BY page.id";

/// Begins a transaction that waits for no lock for long.
pub(super) const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '100ms'";

/// The commit waits for the commits of other processes that notify.
pub(super) const COMMIT_PATIENTLY: &str = "SET LOCAL lock_timeout = '5s'";

/// The row as it is before an update, and locked for it.
pub(super) const LOCK: &str = "SELECT id, name, status FROM projects WHERE id = $1 FOR UPDATE";

/// Writes by this statement, and notifies all processes of the written row.
fn notifying(write: &str, action: &str) -> String {
    format!(
        r#"WITH w AS ({write} RETURNING id, name, status) SELECT w.id, w.name, w.status, pg_notify('gm',
           'gm1 {{"i":"' || gen_random_uuid() || '","t":"' || 'projects'::regclass::oid || '","a":"{action}","k":{{"id":"' || w.id || '"}}}}')
           FROM w"#
    )
}

pub(super) fn create() -> String {
    notifying("INSERT INTO projects (name, status) VALUES ($1, $2)", "c")
}

pub(super) fn update() -> String {
    notifying(
        "UPDATE projects SET name = coalesce($2, name), status = coalesce($3, status) WHERE id = $1",
        "u",
    )
}
