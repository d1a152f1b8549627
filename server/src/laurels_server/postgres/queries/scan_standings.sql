-- The next placed learners by key, to fill a new projection; in board order, since Redis takes
-- neighbours faster. Two arrays cost the client a fraction of what as many rows would.
SELECT max(learner_key) AS last_key,
       array_agg(learner_key ORDER BY rank_key) AS learner_keys,
       array_agg(rank_key ORDER BY rank_key) AS rank_keys
  FROM (SELECT learner_key, rank_key
          FROM users
         WHERE learner_key > :after AND visibility = 'VISIBLE' AND total_xp > 0
         ORDER BY learner_key
         LIMIT :most) AS placed
