-- A name is resolved by the search path, as in a statement.
SELECT wanted.name,
       c.oid,
       n.nspname::text AS schema,
       c.relkind::text AS kind,
       c.relpersistence = 'u' AS is_unlogged,
       pg_get_userbyid(c.relowner)::text AS owner,
       coalesce(row_security_active(c.oid), false) AS has_row_security,
       -- A bit for each command: 4 UPDATE, 8 INSERT, 16 DELETE. The function locks the relation.
       CASE WHEN c.relkind IN ('v', 'm', 'f') THEN pg_relation_is_updatable(c.oid, true) ELSE 28 END AS updatable,
       -- Null if the table was dropped meanwhile.
       coalesce(has_table_privilege(c.oid, 'DELETE'), true) AS may_delete,
       -- Bits: 1 FOR EACH ROW, 2 BEFORE, 4 INSERT.
       EXISTS (SELECT FROM pg_trigger t
               WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 7 = 7)
           AS has_insert_trigger,
       EXISTS (SELECT FROM pg_inherits i JOIN pg_class child ON child.oid = i.inhrelid
               WHERE i.inhparent = c.oid AND NOT child.relispartition) AS has_children,
       -- An expression in the key has no name.
       (SELECT array_agg(coalesce(a.attname::text, ''))
        FROM pg_partitioned_table p
        CROSS JOIN unnest(p.partattrs::int2[]) AS key (number)
        LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = key.number
        WHERE p.partrelid = c.oid) AS partition_key,
       -- Where the table is, if the search path does not lead to it.
       (SELECT array_agg(quote_ident(s.nspname))
        FROM pg_class other JOIN pg_namespace s ON s.oid = other.relnamespace
        WHERE c.oid IS NULL AND other.relname = wanted.name AND other.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND s.nspname !~ '^pg_(temp|toast)') AS elsewhere
FROM unnest($1::text::text[]) AS wanted (name)
LEFT JOIN pg_class c ON c.oid = to_regclass(quote_ident(wanted.name))
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
