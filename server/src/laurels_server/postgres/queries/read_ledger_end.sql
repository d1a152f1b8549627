-- The last entry of the ledger, and when this was asked.
SELECT statement_timestamp() AS read_at, tip.seq, tip.recorded_at
  FROM (SELECT 1) AS always
  LEFT JOIN (SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1) AS tip ON true
