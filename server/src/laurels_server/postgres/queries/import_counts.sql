-- What there is to write, and what not.
SELECT (SELECT count(*) FROM import_accounts WHERE bad) AS left_out,
       count(*) FILTER (WHERE state IN ('NEW', 'FRESH')) AS learners,
       coalesce(sum(level_count) FILTER (WHERE state IN ('NEW', 'FRESH')), 0) AS levels,
       count(*) FILTER (WHERE state = 'SAME') AS unchanged,
       count(*) FILTER (WHERE state IN ('OTHERWISE', 'PLAYED')) AS differing,
       array_agg(DISTINCT chunk ORDER BY chunk) FILTER (WHERE state IN ('NEW', 'FRESH'))
           AS chunks
  FROM import_checked
