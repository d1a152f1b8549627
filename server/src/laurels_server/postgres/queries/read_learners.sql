-- Learners with their groups, sorted.
SELECT u.learner_key, u.user_id, u.display_name, u.total_xp, u.registered_at,
       coalesce((SELECT array_agg(g.group_id ORDER BY g.group_id)
                   FROM group_members g WHERE g.learner_key = u.learner_key),
                CAST(ARRAY[] AS text[])) AS group_ids
  FROM users u
 WHERE u.user_id = ANY(CAST(:user_ids AS text[]))
