-- When an entry was recorded.
SELECT recorded_at FROM xp_entries WHERE seq = :seq
