-- Books what the learners came with; see the function in the fourth migration. Last statement before
-- COMMIT.
SELECT last_seq
  FROM (SELECT array_agg(o.learner_key ORDER BY o.nth) AS learner_keys,
               array_agg(CAST(a.total_xp AS integer) ORDER BY o.nth) AS totals,
               array_agg(a.levels ORDER BY o.nth) AS levels,
               array_agg(a.reached_at ORDER BY o.nth) AS reached
          FROM unnest(CAST(:learner_keys AS bigint[]), CAST(:nths AS bigint[]))
               AS o (learner_key, nth)
          JOIN import_accounts a ON a.nth = o.nth) AS opened
 CROSS JOIN LATERAL open_accounts(learner_keys, totals, levels, reached)
