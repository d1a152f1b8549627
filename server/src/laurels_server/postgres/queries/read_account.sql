-- A learner's account.
SELECT total_xp, reached_at, version FROM users WHERE user_id = :user_id
