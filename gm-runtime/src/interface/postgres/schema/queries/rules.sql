-- Statements inside of WITH accept one kind of rule: without a condition, and instead of the statement.
SELECT r.ev_class AS table_oid,
       quote_ident(r.rulename) AS name,
       CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END AS command
FROM pg_rewrite r
WHERE r.ev_class = ANY ($1::text::oid[]) AND r.ev_type IN ('2', '3', '4') AND r.ev_enabled IN ('O', 'A')
  AND NOT (r.is_instead AND r.ev_qual::text = '<>' AND r.ev_action::text <> '<>')
ORDER BY r.ev_class, r.rulename
