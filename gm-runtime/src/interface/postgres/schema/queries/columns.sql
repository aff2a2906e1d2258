SELECT a.attrelid AS table_oid,
       a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN base.type <> a.atttypid
           THEN ', a domain over ' || format_type(base.type, base.modifier) ELSE '' END AS declared,
       base.type <> a.atttypid AS is_domain,
       base_type.typname::text AS type,
       base_type.typnamespace = 'pg_catalog'::regnamespace AS is_builtin,
       base_type.typtype = 'e' AS is_enum,
       base.modifier,
       a.attnotnull OR base.is_not_null AS is_not_null,
       coalesce(pg_get_expr(d.adbin, d.adrelid), base.domain_default) AS "default",
       a.attidentity::text AS identity,
       a.attgenerated <> '' AS is_generated,
       CASE co.collname WHEN 'default' THEN 'default (' || (
           SELECT datcollate FROM pg_database WHERE datname = current_database()) || ')'
       ELSE quote_ident(co.collname) END AS collation,
       coalesce(co.collisdeterministic, true) AS is_deterministic,
       coalesce(a.attcollation = 'pg_catalog."C"'::regcollation, false) AS sorts_by_bytes,
       -- Null if the table was dropped meanwhile.
       coalesce(has_column_privilege(a.attrelid, a.attnum, 'SELECT'), true) AS may_select,
       coalesce(has_column_privilege(a.attrelid, a.attnum, 'INSERT'), true) AS may_insert,
       coalesce(has_column_privilege(a.attrelid, a.attnum, 'UPDATE'), true) AS may_update,
       s.seqrelid::regclass::text AS sequence,
       -- The default needs a right on its sequence. An identity column needs none.
       s.seqrelid IS NOT NULL AND a.attidentity = '' AND NOT has_sequence_privilege(s.seqrelid, 'USAGE, UPDATE')
           AS is_sequence_forbidden,
       coalesce(has_sequence_privilege(s.seqrelid, 'SELECT'), false) AS is_sequence_readable,
       s.seqincrement AS sequence_increment
FROM pg_attribute a
-- A domain has the type, and the further constraints, of the type below it.
CROSS JOIN LATERAL (
    WITH RECURSIVE layer (depth, type, modifier, is_not_null, domain_default) AS (
        SELECT 0, a.atttypid, a.atttypmod, false, NULL::text COLLATE "C"
        UNION ALL
        SELECT layer.depth + 1, t.typbasetype, t.typtypmod, layer.is_not_null OR t.typnotnull,
               coalesce(layer.domain_default, pg_get_expr(t.typdefaultbin, 0) COLLATE "C")
        FROM layer JOIN pg_type t ON t.oid = layer.type WHERE t.typtype = 'd'
    )
    SELECT type, modifier, is_not_null, domain_default FROM layer ORDER BY depth DESC LIMIT 1
) base
JOIN pg_type base_type ON base_type.oid = base.type
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
-- The sequence of a default, or of an identity column.
LEFT JOIN LATERAL (
    SELECT sequence.* FROM pg_depend dep
    JOIN pg_sequence sequence ON sequence.seqrelid IN (dep.refobjid, dep.objid)
    WHERE (dep.classid = 'pg_attrdef'::regclass AND dep.objid = d.oid AND dep.refclassid = 'pg_class'::regclass)
       OR (dep.classid = 'pg_class'::regclass AND dep.refclassid = 'pg_class'::regclass AND dep.deptype = 'i'
           AND dep.refobjid = a.attrelid AND dep.refobjsubid = a.attnum)
    LIMIT 1
) s ON true
LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE a.attrelid = ANY ($1::text::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
