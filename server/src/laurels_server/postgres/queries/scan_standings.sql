-- The next placed learners by key, to fill a new projection: two arrays, which cost the client a
-- fraction of what as many rows would.
SELECT array_agg(learner_key ORDER BY learner_key) AS learner_keys,
       array_agg(rank_key ORDER BY learner_key) AS rank_keys
  FROM (SELECT learner_key, rank_key
          FROM users
         WHERE learner_key > :after AND visibility = 'VISIBLE' AND total_xp > 0
         ORDER BY learner_key
         LIMIT :most) AS placed
