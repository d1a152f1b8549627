-- The whole catalog at one version, in one snapshot.
SELECT c.version, l.level_id, l.title, l.position, l.xp_reward, l.max_score, l.pass_ratio,
       l.prerequisite_level_ids, l.xp_policy, l.retired
  FROM catalog c
  LEFT JOIN levels l ON true
