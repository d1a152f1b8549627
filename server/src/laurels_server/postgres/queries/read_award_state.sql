-- All that the decisions of a batch look at, in one round trip. Runs after the rows are locked,
-- never in the same statement, so that it sees what the previous holder of each lock committed.
SELECT clock_timestamp() AS now,
       (SELECT version FROM catalog) AS catalog_version,
       tip.seq AS tip_seq,
       tip.recorded_at AS tip_recorded_at,
       (SELECT array_agg(ROW(p.learner_key, p.level_id, p.best_score, p.attempts, p.xp_paid,
                             p.time_spent_seconds, p.first_completed_at))
          FROM (SELECT p.*
                  FROM unnest(CAST(:level_learner_keys AS bigint[]), CAST(:level_ids AS text[]))
                       AS wanted (learner_key, level_id)
                  JOIN progress p USING (learner_key, level_id)
                 UNION ALL
                SELECT p.*
                  FROM progress p
                 WHERE p.learner_key = ANY(CAST(:whole_learner_keys AS bigint[]))) AS p) AS records,
       (SELECT array_agg(ROW(s.learner_key, s.request_id, s.fingerprint, CAST(s.answer AS text)))
          FROM unnest(CAST(:request_learner_keys AS bigint[]), CAST(:request_ids AS text[]))
               AS wanted (learner_key, request_id)
          JOIN submissions s USING (learner_key, request_id)) AS booked
  FROM (SELECT 1) AS always
  LEFT JOIN (SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1) AS tip ON true
