-- How each learner of the files stands to what is here, the one rule for whom an import may open:
-- NEW is not registered; FRESH is, and never had any XP nor attempted a level; SAME was imported with
-- this very total, time and levels; OTHERWISE was imported with others; PLAYED has XP or progress of
-- their own.
CREATE UNIQUE INDEX import_accounts_nth ON import_accounts (nth);
CREATE INDEX import_accounts_chunk ON import_accounts (chunk);
ANALYZE import_accounts;
CREATE TEMP VIEW import_states AS
SELECT a.chunk, a.nth, a.user_id, coalesce(a.users_line, a.progress_line) AS line, a.total_xp,
       coalesce(cardinality(a.level_ids), 0) AS level_count,
       u.learner_key, u.total_xp AS present_xp,
       CASE WHEN u.learner_key IS NULL THEN 'NEW'
            WHEN o.seq IS NOT NULL THEN
                CASE WHEN o.amount = a.total_xp AND o.details -> 'levels' = a.levels
                          AND (a.reached_at IS NULL OR o.counts_at = a.reached_at)
                     THEN 'SAME' ELSE 'OTHERWISE' END
            WHEN u.reached_at IS NULL
                 -- Looked up one by one: the tables grow from nothing, so plans of them do not hold.
                 AND (SELECT 1 FROM progress p WHERE p.learner_key = u.learner_key LIMIT 1) IS NULL
            THEN 'FRESH'
            ELSE 'PLAYED' END AS state
  FROM import_accounts a
  LEFT JOIN users u ON u.user_id = a.user_id
  LEFT JOIN LATERAL (SELECT seq, amount, details, counts_at
                       FROM xp_entries
                      WHERE learner_key = u.learner_key AND kind = 'OPENING'
                     OFFSET 0) AS o ON true
 WHERE NOT a.bad;

-- As they all stood at one moment: what is told, counted and put away is the same, whoever plays
-- meanwhile. Chunks look again, and tell of the later ones.
CREATE TEMP TABLE import_checked AS SELECT * FROM import_states;
