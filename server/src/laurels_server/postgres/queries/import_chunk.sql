-- Whom of a chunk to open, as parallel arrays, and how many are here already. Runs after their rows
-- are locked, never in the same statement.
WITH states AS MATERIALIZED (
    SELECT * FROM import_states WHERE chunk = :chunk
)
SELECT array_agg(learner_key ORDER BY nth) FILTER (WHERE state = 'FRESH') AS learner_keys,
       array_agg(nth ORDER BY nth) FILTER (WHERE state = 'FRESH') AS nths,
       coalesce(sum(level_count) FILTER (WHERE state = 'FRESH'), 0) AS levels,
       count(*) FILTER (WHERE state = 'SAME') AS unchanged,
       array_agg(ROW(user_id, line, total_xp, present_xp, state))
           FILTER (WHERE state IN ('OTHERWISE', 'PLAYED')) AS differing
  FROM states
