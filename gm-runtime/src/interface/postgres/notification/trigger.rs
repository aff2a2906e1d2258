//! The trigger that sends notifications for the writes of other programs.

use super::channel::{CHANNEL, MAX_BYTES, PREFIX};
use super::columns::Columns;
use super::names::{TRIGGER, literal};
use crate::field::ValueType;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::TargetTable;
use crate::manager::FieldDescription;

/// The rows of one transaction that are notified one by one. The further ones are one refresh of each table.
const ROWS_IN_TRANSACTION: u32 = 1_000;

/// The SQL that creates the function and the triggers of these tables, and makes all replicas look at the catalog. It may be run
/// again.
pub(in crate::interface) fn trigger_script(tables: &[TargetTable]) -> String {
    let mut script = function();
    for table in tables {
        let name = SqlDialect::Postgres.quote(table.name);
        let columns = Columns::of(table.managers.iter().copied());
        let is_json = |field: &&FieldDescription| field.value_type() == ValueType::Json;
        let json: Vec<_> = columns.images.iter().copied().filter(is_json).collect();
        let arguments = [&columns.ids, &columns.images, &columns.compared, &json];
        let arguments = arguments.map(|fields| literal(&array(fields))).join(", ");
        // One statement, so that no write falls between the old trigger and the new one.
        script.push_str(&format!(
            "\nDO $triggers$\nBEGIN\n    \
                 DROP TRIGGER IF EXISTS {TRIGGER} ON {name};\n    \
                 CREATE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {name}\n        \
                     FOR EACH ROW EXECUTE FUNCTION {TRIGGER}({arguments});\n    \
                 DROP TRIGGER IF EXISTS {TRIGGER}_truncate ON {name};\n    \
                 CREATE TRIGGER {TRIGGER}_truncate AFTER TRUNCATE ON {name}\n        \
                     FOR EACH STATEMENT EXECUTE FUNCTION {TRIGGER}({arguments});\n\
             END\n$triggers$;\n"
        ));
    }
    // The replicas read the catalog for a relation that they don't know.
    script.push_str(&format!(
        "\nSELECT pg_catalog.pg_notify('{CHANNEL}', '{PREFIX}{{\"i\":\"00000000-0000-0000-0000-000000000000\",\"t\":\"0\",\"a\":\"r\"}}');\n"
    ));
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

/// The function of all triggers. Its arguments are the columns of the ids, those of the images, those that are compared, and those of
/// the images that hold JSON.
///
/// It must not fail, since that would fail the write of another program. So it finds columns by name in the row as JSON, and a
/// column that is missing makes the change a refresh. A row that is no `jsonb` is a refresh too: it has an escaped NUL in a
/// column of the type `json`, or is very large.
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
    -- Both settings end with the transaction.
    IF strpos(current_setting('gm.refreshed', true), concat(' ', TG_RELID, ' ')) > 0 THEN
        RETURN NULL;
    END IF;
    IF NOT is_refresh THEN
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                before := to_jsonb(OLD);
            END IF;
            IF TG_OP <> 'DELETE' THEN
                after := to_jsonb(NEW);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            is_refresh := true;
        END;
    END IF;
    IF is_refresh THEN
        PERFORM pg_notify('{CHANNEL}', concat('{PREFIX}{{"i":"', gen_random_uuid(), '","t":"', TG_RELID, '","a":"r"}}'));
        PERFORM set_config('gm.refreshed', concat(current_setting('gm.refreshed', true), ' ', TG_RELID, ' '), true);
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND before = after THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('gm.notified_rows', (rows + 1)::text, true);
    actions := CASE
        WHEN TG_OP = 'INSERT' THEN ARRAY['c']
        WHEN TG_OP = 'DELETE' THEN ARRAY['d']
        WHEN EXISTS (SELECT FROM unnest(TG_ARGV[0]::text[]) AS name WHERE before -> name IS DISTINCT FROM after -> name)
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
            SELECT concat(',"s":', COALESCE(jsonb_agg(name), '[]'))
                INTO images FROM unnest(TG_ARGV[2]::text[]) AS name
                WHERE before -> name IS NOT DISTINCT FROM after -> name;
        END IF;
        IF action <> 'c' THEN
            SELECT concat(images, ',"b":', COALESCE(jsonb_object_agg(name, CASE WHEN name = ANY (TG_ARGV[3]::text[])
                    THEN NULLIF((before -> name)::text, 'null') ELSE before ->> name END), '{{}}'))
                INTO images FROM unnest(TG_ARGV[1]::text[]) AS name WHERE before ? name;
        END IF;
        IF action <> 'd' THEN
            SELECT concat(images, ',"n":', COALESCE(jsonb_object_agg(name, CASE WHEN name = ANY (TG_ARGV[3]::text[])
                    THEN NULLIF((after -> name)::text, 'null') ELSE after ->> name END), '{{}}'))
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
