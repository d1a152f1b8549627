-- All that the decision on one change to an account looks at. Runs after the learner's row is
-- locked, never in the same statement.
SELECT s.fingerprint, coalesce(s.answered_by, b.seq) AS booked_seq, a.seq AS awarded_seq,
       t.seq AS target_seq,
       EXISTS (SELECT FROM xp_entries r WHERE r.reverses = t.seq) AS target_reversed,
       tip.seq AS tip_seq, tip.recorded_at AS tip_recorded_at
  FROM (SELECT 1) AS always
  LEFT JOIN submissions s
    ON s.learner_key = :learner_key AND s.request_id = :request_id
  LEFT JOIN xp_entries b
    ON b.learner_key = :learner_key AND b.request_id = :request_id AND b.request_id <> ''
   AND b.kind <> 'LEVEL'
  LEFT JOIN xp_entries a
    ON a.learner_key = :learner_key AND a.source = :source AND a.reference = :reference
   AND a.kind = 'AWARD' AND a.reference <> ''
  LEFT JOIN xp_entries t
    ON t.seq = CAST(:target_seq AS bigint)
   AND t.recorded_at = CAST(:target_recorded_at AS timestamptz)
   AND t.learner_key = :learner_key
  LEFT JOIN (SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1) AS tip ON true
