-- Who learners are, to show beside their scores.
SELECT learner_key, user_id, display_name FROM users
 WHERE learner_key = ANY(CAST(:learner_keys AS bigint[]))
