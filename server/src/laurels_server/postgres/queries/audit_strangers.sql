-- Those of the learner keys that hold no place on the board.
SELECT k.learner_key
  FROM unnest(CAST(:learner_keys AS bigint[])) AS k (learner_key)
  LEFT JOIN users u ON u.learner_key = k.learner_key AND u.visibility = 'VISIBLE' AND u.total_xp > 0
 WHERE u.learner_key IS NULL
