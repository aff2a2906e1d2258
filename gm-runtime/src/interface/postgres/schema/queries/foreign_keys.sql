SELECT c.conrelid AS table_oid,
       quote_ident(c.conname) AS name,
       a.attname::text AS "column",
       other.relname::text AS other_table,
       b.attname::text AS other_column,
       c.confdeltype::text AS action,
       c.convalidated AS is_valid
FROM pg_constraint c
JOIN pg_class other ON other.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND c.conrelid = ANY ($1::text::oid[])
ORDER BY c.conrelid, c.conname
