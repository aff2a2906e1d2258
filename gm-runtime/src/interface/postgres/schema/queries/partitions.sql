SELECT root.oid AS table_oid,
       part.relid::regclass::text AS name,
       quote_ident(n.nspname) AS schema,
       c.relname::text AS plain_name,
       part.parentrelid::regclass::text AS parent,
       part.isleaf AS is_leaf
FROM unnest($1::text::oid[]) AS root (oid)
JOIN pg_partitioned_table p ON p.partrelid = root.oid
CROSS JOIN pg_partition_tree(root.oid) part
JOIN pg_class c ON c.oid = part.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY root.oid, part.level, part.relid
