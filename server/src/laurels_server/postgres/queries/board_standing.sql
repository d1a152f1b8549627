-- One learner's place on the all-time board and the neighbours around it, in one snapshot. A
-- learner without a place has no neighbours and NULL counts; an unknown one has no row.
WITH me AS MATERIALIZED (
    SELECT learner_key, user_id, display_name, total_xp, rank_key, reached_at,
           visibility = 'VISIBLE' AND total_xp > 0 AS placed
      FROM users
     WHERE user_id = :user_id
),
above AS (
    SELECT u.learner_key, u.user_id, u.display_name, u.rank_key
      FROM users u, me
     WHERE me.placed AND u.visibility = 'VISIBLE' AND u.total_xp > 0
       AND (u.rank_key, u.learner_key) > (me.rank_key, me.learner_key)
     ORDER BY u.rank_key, u.learner_key
     LIMIT :neighbors
),
below AS (
    SELECT u.learner_key, u.user_id, u.display_name, u.rank_key
      FROM users u, me
     WHERE me.placed AND u.visibility = 'VISIBLE' AND u.total_xp > 0
       AND (u.rank_key, u.learner_key) < (me.rank_key, me.learner_key)
     ORDER BY u.rank_key DESC, u.learner_key DESC
     LIMIT :neighbors
),
first_shown AS (
    SELECT rank_key FROM above
     UNION ALL
    SELECT rank_key FROM me
     ORDER BY rank_key DESC
     LIMIT 1
)
SELECT transaction_timestamp() AS as_of,
       (SELECT count(*) FROM users WHERE visibility = 'VISIBLE' AND total_xp > 0) AS total,
       me.user_id, me.display_name, me.total_xp, me.rank_key, me.reached_at,
       me.placed,
       (SELECT count(*) FROM users u
         WHERE u.visibility = 'VISIBLE' AND u.total_xp > 0
           AND (u.rank_key, u.learner_key) > (me.rank_key, me.learner_key)) AS ahead,
       (SELECT count(*) FROM users u
         WHERE u.visibility = 'VISIBLE' AND u.total_xp > 0
           AND u.rank_key >= (((SELECT rank_key FROM first_shown) >> 24) + 1) << 24) AS better,
       (SELECT count(*) FROM users u
         WHERE u.visibility = 'VISIBLE' AND u.total_xp > 0
           AND u.rank_key < (me.rank_key >> 24) << 24) AS lesser,
       (SELECT array_agg(ROW(learner_key, user_id, display_name, rank_key)
                         ORDER BY rank_key DESC, learner_key DESC) FROM above) AS above,
       (SELECT array_agg(ROW(learner_key, user_id, display_name, rank_key)
                         ORDER BY rank_key DESC, learner_key DESC) FROM below) AS below
  FROM me
