-- The crowd itself, as its ledger leaves it. On disk the learners lie in the order of their last
-- entries and not of their keys: an award moves the row of whoever gets it.
-- $1 learners, $2 rounds, $3 stride, $4 the first moment, $5 the time between two entries
INSERT INTO users (learner_key, user_id, display_name, total_xp, version, reached_at)
       OVERRIDING SYSTEM VALUE
SELECT learner,
       'learner-' || lpad(CAST(learner AS text), greatest(6, length(CAST(learner AS text))), '0'),
       'Learner ' || learner || ' of the Falcon troop',
       10 * (1 + learner * 37 % 100) + 15 * ($2 - 1),
       $2,
       CAST($4 AS timestamptz) + seq * CAST($5 AS interval)
  FROM (SELECT seq, 1 + (seq - 1) % $1 * $3 % $1 AS learner
          FROM generate_series(CAST($1 AS bigint) * (CAST($2 AS bigint) - 1) + 1,
                               CAST($1 AS bigint) * CAST($2 AS bigint)) AS seq) AS last
