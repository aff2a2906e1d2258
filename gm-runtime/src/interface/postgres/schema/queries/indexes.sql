SELECT i.indrelid AS table_oid,
       i.indexrelid::regclass::text AS name,
       am.amname = 'btree' AS is_btree,
       i.indisunique AS is_unique,
       i.indisvalid AND i.indisready AND i.indislive AS is_valid,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       -- An expression has no name.
       (SELECT array_agg(coalesce(a.attname::text, '') ORDER BY key.place)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (number, place)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number
        WHERE key.place <= i.indnkeyatts) AS columns,
       -- Null if the index was dropped meanwhile.
       coalesce(pg_get_indexdef(i.indexrelid, 1, true), '') AS first_key,
       i.indcollation[0] = coalesce(
           (SELECT a.attcollation FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]),
           0) AS has_column_collation,
       i.indcollation[0] = 'pg_catalog."C"'::regcollation AS sorts_by_bytes,
       coalesce(co.collisdeterministic, true) AS is_deterministic,
       -- The column is of Postgres 15.
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AS has_equal_nulls
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am am ON am.oid = x.relam
LEFT JOIN pg_collation co ON co.oid = i.indcollation[0]
WHERE i.indrelid = ANY ($1::text::oid[])
ORDER BY i.indrelid, x.relname
