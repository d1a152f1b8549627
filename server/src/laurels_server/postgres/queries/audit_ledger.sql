-- The next entries of the ledger, and those that do not follow on from the one before: numbers
-- without gaps, times that never decrease. (:after, :after_recorded_at) is the last one checked.
WITH run AS MATERIALIZED (
    SELECT seq, recorded_at
      FROM xp_entries
     WHERE seq > :after
     ORDER BY seq
     LIMIT :most
),
steps AS (
    SELECT seq, recorded_at,
           lag(seq, 1, CAST(:after AS bigint)) OVER (ORDER BY seq) AS previous,
           lag(recorded_at, 1, CAST(:after_recorded_at AS timestamptz)) OVER (ORDER BY seq)
               AS previous_recorded_at
      FROM run
)
SELECT count(*) AS entries, max(seq) AS last_seq,
       (SELECT recorded_at FROM run ORDER BY seq DESC LIMIT 1) AS last_recorded_at,
       array_agg(ROW(seq, recorded_at, previous, previous_recorded_at) ORDER BY seq)
           FILTER (WHERE seq <> previous + 1 OR recorded_at < previous_recorded_at) AS broken,
       (SELECT max(seq) FROM xp_entries) AS tip_seq
  FROM steps
