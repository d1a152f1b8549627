-- The next placed learners by key, to fill a new projection.
SELECT learner_key, rank_key
  FROM users
 WHERE learner_key > :after AND visibility = 'VISIBLE' AND total_xp > 0
 ORDER BY learner_key
 LIMIT :most
