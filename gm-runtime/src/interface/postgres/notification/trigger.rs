//! The trigger that sends notifications for the writes of other programs.

use super::expression::Columns;
use super::names::literal;
use super::{CHANNEL, MAX_BYTES, PREFIX};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::TargetTable;
use crate::manager::FieldDescription;

/// The name of the trigger and of its function.
pub(in crate::interface::postgres) const TRIGGER: &str = "gm_notify";

/// The rows of one transaction that are notified one by one. The further ones are one refresh of each table.
const ROWS_IN_TRANSACTION: u32 = 1_000;

/// The largest row whose id and values are read.
const MAX_ROW_BYTES: u32 = 1_000_000;

/// Whether the trigger of this relation runs for a statement of this session, as a condition.
pub(super) fn is_enabled(oid: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = {oid} AND g.tgname = '{TRIGGER}' \
         AND g.tgenabled IN ('A', CASE pg_catalog.current_setting('session_replication_role') \
         WHEN 'replica' THEN 'R'::\"char\" ELSE 'O' END))"
    )
}

/// The SQL that creates the function and the triggers of these tables. It may be run again.
pub(in crate::interface) fn trigger_script(tables: &[TargetTable]) -> String {
    let mut script = function();
    for table in tables {
        let name = SqlDialect::Postgres.quote(table.name);
        let columns = Columns::of(table.managers.iter().copied());
        let arguments =
            [&columns.ids, &columns.images, &columns.compared].map(|fields| literal(&array(fields)));
        let arguments = arguments.join(", ");
        script.push_str(&format!(
            "\nDROP TRIGGER IF EXISTS {TRIGGER} ON {name};\n\
             CREATE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {name}\n    \
                 FOR EACH ROW EXECUTE FUNCTION {TRIGGER}({arguments});\n\
             DROP TRIGGER IF EXISTS {TRIGGER}_truncate ON {name};\n\
             CREATE TRIGGER {TRIGGER}_truncate AFTER TRUNCATE ON {name}\n    \
                 FOR EACH STATEMENT EXECUTE FUNCTION {TRIGGER}({arguments});\n"
        ));
    }
    script
}

/// Names of columns as the literal of an array.
fn array(fields: &[&'static FieldDescription]) -> String {
    let names = fields.iter().map(|field| {
        let name = field.column().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{name}\"")
    });
    format!("{{{}}}", names.collect::<Vec<_>>().join(","))
}

/// The function of all triggers. Its arguments are the columns of the ids, of the images, and those that are compared.
///
/// It must not fail, since that would fail the write of another program. So it finds columns by name in the row as JSON: one
/// that is missing is a refresh. JSON with an escaped NUL, which `jsonb` refuses, and a very large row are a refresh too.
fn function() -> String {
    format!(
        r#"CREATE OR REPLACE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog SET extra_float_digits = 1 SET bytea_output = 'hex'
AS $function$
DECLARE
    before jsonb;
    after jsonb;
    rows integer := COALESCE(NULLIF(current_setting('gm.notified_rows', true), ''), '0');
    is_refresh boolean := TG_LEVEL = 'STATEMENT' OR rows >= {ROWS_IN_TRANSACTION};
    actions text[];
    action text;
    head text;
    ids text;
    images text;
BEGIN
    IF NOT is_refresh AND TG_OP <> 'INSERT' THEN
        is_refresh := pg_column_size(OLD) > {MAX_ROW_BYTES};
        IF NOT is_refresh THEN
            head := row_to_json(OLD)::text;
            is_refresh := strpos(head, '\u0000') > 0;
        END IF;
        IF NOT is_refresh THEN
            before := head::jsonb;
        END IF;
    END IF;
    IF NOT is_refresh AND TG_OP <> 'DELETE' THEN
        is_refresh := pg_column_size(NEW) > {MAX_ROW_BYTES};
        IF NOT is_refresh THEN
            head := row_to_json(NEW)::text;
            is_refresh := strpos(head, '\u0000') > 0;
        END IF;
        IF NOT is_refresh THEN
            after := head::jsonb;
        END IF;
    END IF;
    IF is_refresh THEN
        -- Equal notifications of a transaction are sent once.
        PERFORM pg_notify('{CHANNEL}', concat('{PREFIX}{{"i":"', md5(concat(pg_current_xact_id(), '/', TG_RELID))::uuid,
            '","t":"', TG_RELID, '","a":"r"}}'));
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND before = after THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('gm.notified_rows', (rows + 1)::text, true);
    actions := CASE
        WHEN TG_OP = 'INSERT' THEN ARRAY['c']
        WHEN TG_OP = 'DELETE' THEN ARRAY['d']
        WHEN EXISTS (SELECT FROM unnest(TG_ARGV[0]::text[]) AS name WHERE before ->> name IS DISTINCT FROM after ->> name)
            THEN ARRAY['d', 'c']
        ELSE ARRAY['u']
    END;
    FOREACH action IN ARRAY actions LOOP
        head := concat('{PREFIX}{{"i":"', gen_random_uuid(), '","t":"', TG_RELID, '","a":"');
        SELECT concat('","k":', COALESCE(jsonb_object_agg(name, r ->> name), '{{}}'))
            INTO ids FROM unnest(TG_ARGV[0]::text[]) AS name, (SELECT CASE action WHEN 'd' THEN before ELSE after END) AS x (r)
            WHERE r ? name;
        images := '';
        IF action = 'u' THEN
            SELECT concat(',"c":', COALESCE(jsonb_agg(name), '[]'))
                INTO images FROM unnest(TG_ARGV[2]::text[]) AS name
                WHERE before ->> name IS DISTINCT FROM after ->> name;
        END IF;
        IF action <> 'c' THEN
            SELECT concat(images, ',"b":', COALESCE(jsonb_object_agg(name, before ->> name), '{{}}'))
                INTO images FROM unnest(TG_ARGV[1]::text[]) AS name WHERE before ? name;
        END IF;
        IF action <> 'd' THEN
            SELECT concat(images, ',"n":', COALESCE(jsonb_object_agg(name, after ->> name), '{{}}'))
                INTO images FROM unnest(TG_ARGV[1]::text[]) AS name WHERE after ? name;
        END IF;
        PERFORM pg_notify('{CHANNEL}', CASE
            WHEN octet_length(head) + octet_length(ids) + octet_length(images) < {MAX_BYTES}
                THEN concat(head, action, ids, images, '}}')
            WHEN octet_length(head) + octet_length(ids) < {MAX_BYTES} - 1 THEN concat(head, action, ids, '}}')
            ELSE concat(head, 'r"}}')
        END);
    END LOOP;
    RETURN NULL;
END
$function$;
"#
    )
}
