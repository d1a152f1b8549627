-- Registers the learners that are new, in user_id order so that two callers never wait in a circle.
INSERT INTO users (user_id, display_name)
SELECT n.user_id, n.display_name
  FROM unnest(CAST(:user_ids AS text[]), CAST(:display_names AS text[]))
       AS n (user_id, display_name)
 ORDER BY n.user_id COLLATE "C"
    ON CONFLICT (user_id) DO NOTHING
RETURNING learner_key, user_id
