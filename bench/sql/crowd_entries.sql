-- The crowd's ledger. Every round brings each learner one entry, in an order that scatters them, so
-- that the entries of one learner lie as far apart as there are learners.
-- $1 learners, $2 rounds, $3 stride, $4 the first moment, $5 the time between two entries
INSERT INTO xp_entries (seq, learner_key, amount, total_after, kind, source, reference, request_id,
                        counts_at, recorded_at)
SELECT seq, learner,
       CASE WHEN round = 0 THEN placement ELSE 15 END,
       placement + 15 * round,
       'LEVEL', 'training',
       CASE WHEN round = 0 THEN 'placement' ELSE 'puk_u1_l' || round END,
       'past-' || seq,
       at, at
  FROM (SELECT seq, round, learner, 10 * (1 + learner * 37 % 100) AS placement,
               CAST($4 AS timestamptz) + seq * CAST($5 AS interval) AS at
          FROM (SELECT seq, (seq - 1) / $1 AS round, 1 + (seq - 1) % $1 * $3 % $1 AS learner
                  FROM generate_series(CAST(1 AS bigint), CAST($1 AS bigint) * CAST($2 AS bigint))
                       AS seq) AS taken) AS earned
