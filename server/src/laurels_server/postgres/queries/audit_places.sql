-- Where these learners stand now, and how far the ledger goes, in one snapshot. Keys of nobody are
-- answered too, without a user_id.
SELECT k.learner_key, u.user_id,
       CASE WHEN u.visibility = 'VISIBLE' AND u.total_xp > 0 THEN u.rank_key END AS place,
       u.version, (SELECT coalesce(max(seq), 0) FROM xp_entries) AS tip_seq
  FROM unnest(CAST(:learner_keys AS bigint[])) AS k (learner_key)
  LEFT JOIN users u USING (learner_key)
