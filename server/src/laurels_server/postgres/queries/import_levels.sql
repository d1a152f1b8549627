-- Stores the levels of the learners to open, in key order. What is not completed was attempted at a
-- time that nobody kept.
INSERT INTO progress (learner_key, level_id, best_score, attempts, xp_paid, time_spent_seconds,
                      first_completed_at, last_attempt_at)
SELECT o.learner_key, l.level_id, l.best_score, l.attempts, l.xp_paid, l.seconds, l.completed_at,
       coalesce(l.completed_at, now())
  FROM unnest(CAST(:learner_keys AS bigint[]), CAST(:nths AS bigint[])) AS o (learner_key, nth)
  JOIN import_accounts a ON a.nth = o.nth
 CROSS JOIN LATERAL unnest(a.level_ids, a.level_score, a.level_attempts, a.level_paid,
                           a.level_seconds, a.level_completed)
       AS l (level_id, best_score, attempts, xp_paid, seconds, completed_at)
