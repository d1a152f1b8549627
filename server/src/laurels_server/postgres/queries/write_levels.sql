-- Creates or replaces levels, as rows of one JSON array because prerequisites are arrays of
-- different lengths.
INSERT INTO levels
SELECT l.*
  FROM jsonb_populate_recordset(CAST(NULL AS levels), CAST(CAST(:levels AS text) AS jsonb)) AS l
    ON CONFLICT (level_id) DO UPDATE
   SET title                  = excluded.title,
       position               = excluded.position,
       xp_reward              = excluded.xp_reward,
       max_score              = excluded.max_score,
       pass_ratio             = excluded.pass_ratio,
       prerequisite_level_ids = excluded.prerequisite_level_ids,
       xp_policy              = excluded.xp_policy,
       retired                = excluded.retired
