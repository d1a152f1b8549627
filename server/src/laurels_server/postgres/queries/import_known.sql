-- The learners of the files who are already here with something else.
SELECT user_id, line, total_xp, present_xp, state
  FROM import_checked
 WHERE state IN ('OTHERWISE', 'PLAYED')
 ORDER BY line
