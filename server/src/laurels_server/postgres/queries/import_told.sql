-- What is wrong with lines that were good by themselves, by file and line.
SELECT 'DUPLICATE' AS kind, 'users' AS file, line, user_id, CAST(NULL AS text) AS level_id,
       CAST(NULL AS bigint) AS paid, CAST(NULL AS bigint) AS total_xp
  FROM import_accounts CROSS JOIN LATERAL unnest(repeated_users) AS line
 WHERE bad
 UNION ALL
SELECT 'DUPLICATE', 'progress', p.line, p.user_id, p.level_id, NULL, NULL
  FROM (SELECT unnest(repeated_levels) AS line FROM import_accounts WHERE bad) AS r
  JOIN import_progress p ON p.line = r.line
 UNION ALL
SELECT 'UNKNOWN_LEARNER', 'progress', p.line, p.user_id, NULL, NULL, NULL
  FROM import_accounts a
  JOIN import_progress p ON p.user_id = a.user_id
 WHERE a.unknown AND p.level_id IS NOT NULL
 UNION ALL
SELECT 'LEVELS_EXCEED_TOTAL',
       CASE WHEN users_line IS NULL THEN 'progress' ELSE 'users' END,
       coalesce(users_line, progress_line), user_id, NULL, paid, total_xp
  FROM import_accounts
 WHERE overpaid AND NOT refused AND NOT unknown AND repeated_users IS NULL
       AND repeated_levels IS NULL
 ORDER BY 2 DESC, 3
