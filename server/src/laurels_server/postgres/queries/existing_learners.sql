-- Which of these learners are registered, locked by someone or not.
SELECT user_id FROM users WHERE user_id = ANY(CAST(:user_ids AS text[]))
