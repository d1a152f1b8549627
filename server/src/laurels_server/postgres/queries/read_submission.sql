-- What was booked under a request id; NULLs when nothing is, no row when the learner is unknown.
SELECT u.learner_key, s.kind, CAST(s.answer AS text) AS answer, s.recorded_at,
       tip.seq AS tip_seq, tip.recorded_at AS tip_recorded_at
  FROM users u
  LEFT JOIN submissions s ON s.learner_key = u.learner_key AND s.request_id = :request_id
  LEFT JOIN (SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1) AS tip ON true
 WHERE u.user_id = :user_id
