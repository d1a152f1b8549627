-- A page of the all-time board from the place after :skipped learners, in one snapshot.
WITH page AS MATERIALIZED (
    SELECT learner_key, user_id, display_name, rank_key
      FROM users
     WHERE visibility = 'VISIBLE' AND total_xp > 0
     ORDER BY rank_key DESC, learner_key DESC
    OFFSET :skipped
     LIMIT :most
)
SELECT transaction_timestamp() AS as_of,
       (SELECT count(*) FROM users WHERE visibility = 'VISIBLE' AND total_xp > 0) AS total,
       CAST(:skipped AS bigint) AS skipped,
       (SELECT count(*) FROM users
         WHERE visibility = 'VISIBLE' AND total_xp > 0
           AND rank_key >= (((SELECT max(rank_key) FROM page) >> 24) + 1) << 24) AS better,
       (SELECT array_agg(ROW(learner_key, user_id, display_name, rank_key)
                         ORDER BY rank_key DESC, learner_key DESC) FROM page) AS entries
