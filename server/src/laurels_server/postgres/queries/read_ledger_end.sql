-- The last entry of the ledger; no row while it is empty.
SELECT seq, recorded_at FROM xp_entries ORDER BY seq DESC LIMIT 1
