-- Ledger entries by number.
SELECT e.seq, e.recorded_at, e.amount, e.total_after, e.kind, e.source, e.reference, e.request_id,
       e.actor, e.reason, e.counts_at, r.seq AS reverses_seq, r.recorded_at AS reverses_recorded_at
  FROM xp_entries e
  LEFT JOIN xp_entries r ON r.seq = e.reverses
 WHERE e.seq = ANY(CAST(:seqs AS bigint[]))
