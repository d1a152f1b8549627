-- As lock_learners, but leaves out, without waiting, the learners whose rows someone else holds.
SELECT learner_key, user_id, total_xp
  FROM users
 WHERE user_id = ANY(CAST(:user_ids AS text[]))
 ORDER BY learner_key
   FOR NO KEY UPDATE SKIP LOCKED
