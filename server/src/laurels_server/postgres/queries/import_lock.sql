-- Locks a chunk's learners in key order, as every writer does, so that writers never deadlock.
SELECT count(*)
  FROM (SELECT u.learner_key
          FROM import_accounts a
          JOIN users u USING (user_id)
         WHERE a.chunk = :chunk AND NOT a.bad
         ORDER BY u.learner_key + 0
           FOR NO KEY UPDATE OF u) AS locked
