-- What the crowd's ledger was paid for, in the same scattered order.
-- $1 learners, $2 rounds, $3 stride, $4 the first moment, $5 the time between two entries
INSERT INTO progress (learner_key, level_id, best_score, attempts, xp_paid, time_spent_seconds,
                      first_completed_at, last_attempt_at)
SELECT learner,
       CASE WHEN round = 0 THEN 'placement' ELSE 'puk_u1_l' || round END,
       100, 1,
       CASE WHEN round = 0 THEN 10 * (1 + learner * 37 % 100) ELSE 15 END,
       60,
       at, at
  FROM (SELECT (seq - 1) / $1 AS round, 1 + (seq - 1) % $1 * $3 % $1 AS learner,
               CAST($4 AS timestamptz) + seq * CAST($5 AS interval) AS at
          FROM generate_series(CAST(1 AS bigint), CAST($1 AS bigint) * CAST($2 AS bigint))
               AS seq) AS taken
