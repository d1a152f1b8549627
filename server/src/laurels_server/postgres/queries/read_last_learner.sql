-- The largest learner key there is; 0 while there is none.
SELECT coalesce(max(learner_key), 0) FROM users
