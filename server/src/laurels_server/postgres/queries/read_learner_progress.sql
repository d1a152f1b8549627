-- A learner and all of their progress, in one snapshot; one row with NULL level_id when there is
-- none, no row when the learner is unknown.
SELECT u.learner_key, u.total_xp, p.level_id, p.best_score, p.attempts, p.xp_paid,
       p.time_spent_seconds, p.first_completed_at
  FROM users u
  LEFT JOIN progress p USING (learner_key)
 WHERE u.user_id = :user_id
