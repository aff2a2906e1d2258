SELECT string_agg(quote_ident(n.nspname), ', ') AS schemas
FROM pg_namespace AS n
WHERE n.nspname = ANY (current_schemas(false))
    AND has_schema_privilege('public'::name, n.oid, 'CREATE')
    AND has_database_privilege('public'::name, current_database(), 'CONNECT')
