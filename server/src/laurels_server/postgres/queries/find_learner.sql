-- The key behind a user_id.
SELECT learner_key FROM users WHERE user_id = :user_id
