-- A learner who may hold no place: the XP to show, and whether that is so.
SELECT user_id, display_name, total_xp, rank_key, reached_at,
       visibility = 'VISIBLE' AND total_xp > 0 AS placed
  FROM users
 WHERE learner_key = :learner_key
