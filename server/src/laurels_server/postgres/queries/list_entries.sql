-- A page of a learner's account, newest first; no row when the learner is unknown, NULLs when there
-- is nothing to list.
SELECT e.seq, e.recorded_at, e.amount, e.total_after, e.kind, e.source, e.reference, e.request_id,
       e.actor, e.reason, e.counts_at, e.reverses_seq, e.reverses_recorded_at
  FROM users u
  LEFT JOIN LATERAL (
      SELECT x.*, r.seq AS reverses_seq, r.recorded_at AS reverses_recorded_at
        FROM xp_entries x
        LEFT JOIN xp_entries r ON r.seq = x.reverses
       WHERE x.learner_key = u.learner_key AND x.seq < :before
         AND (x.amount <> 0 OR CAST(:include_zero AS boolean))
       ORDER BY x.seq DESC
       LIMIT :most
  ) AS e ON true
 WHERE u.user_id = :user_id
 ORDER BY e.seq DESC
