-- Locks the learners' rows in key order, as every writer does, so that writers never deadlock.
-- Totals are those after the wait. Unknown learners are simply missing. The sum keeps the planner from
-- walking through all keys in that order.
SELECT learner_key, user_id, total_xp
  FROM users
 WHERE user_id = ANY(CAST(:user_ids AS text[]))
 ORDER BY learner_key + 0
   FOR NO KEY UPDATE
