-- What was booked under a request id; NULLs when nothing is, no row when the learner is unknown.
SELECT s.recorded_at, CAST(s.answer AS text) AS answer, coalesce(s.answered_by, e.seq) AS entry_seq,
       tip.seq AS tip_seq, tip.recorded_at AS tip_recorded_at
  FROM users u
  LEFT JOIN submissions s ON s.learner_key = u.learner_key AND s.request_id = :request_id
  LEFT JOIN xp_entries e ON e.learner_key = u.learner_key AND e.request_id = :request_id
                        AND e.request_id <> '' AND e.kind <> 'LEVEL'
  LEFT JOIN (SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1) AS tip ON true
 WHERE u.user_id = :user_id
