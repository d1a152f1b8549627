-- What the projection needs next, in one snapshot: whether the entry it stands at is still there,
-- how far the ledger goes, and the present standing of every learner with an entry in between, each
-- looked up by itself (OFFSET 0) whatever the planner thinks of the tables.
WITH fresh AS MATERIALIZED (
    SELECT seq, learner_key, recorded_at
      FROM xp_entries
     WHERE seq > :watermark
     ORDER BY seq
     LIMIT :most
)
SELECT transaction_timestamp() AS read_at,
       (SELECT recorded_at FROM xp_entries WHERE seq = :watermark) AS watermark_recorded_at,
       (SELECT max(seq) FROM xp_entries) AS tip_seq,
       (SELECT max(seq) FROM fresh) AS last_seq,
       (SELECT max(recorded_at) FROM fresh) AS last_recorded_at,
       (SELECT array_agg(ROW(u.learner_key,
                             CASE WHEN u.visibility = 'VISIBLE' AND u.total_xp > 0
                                  THEN u.rank_key END))
          FROM (SELECT DISTINCT learner_key FROM fresh) AS moved
         CROSS JOIN LATERAL (SELECT *
                               FROM users
                              WHERE learner_key = moved.learner_key
                             OFFSET 0) AS u) AS standings
