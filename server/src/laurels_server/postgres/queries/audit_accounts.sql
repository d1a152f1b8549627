-- The learners with a key beyond :after and up to :upto, in one snapshot: the places they hold, and
-- every account whose total, entries or levels do not add up. Entries of nobody are told too.
WITH chunk AS MATERIALIZED (
    SELECT learner_key, user_id, total_xp, version, reached_at,
           CASE WHEN visibility = 'VISIBLE' AND total_xp > 0 THEN rank_key END AS place
      FROM users
     WHERE learner_key > :after AND learner_key <= :upto
),
entries AS MATERIALIZED (
    SELECT learner_key, seq, amount, total_after, kind, reference, details,
           -- What an opening stands for was reached elsewhere, and before.
           CASE WHEN kind = 'OPENING' THEN counts_at ELSE recorded_at END AS reached_at,
           sum(amount) OVER (PARTITION BY learner_key ORDER BY seq) AS running
      FROM xp_entries
     WHERE learner_key > :after AND learner_key <= :upto
),
accounts AS (
    SELECT learner_key, sum(amount) AS ledger_sum, count(*) AS entries,
           max(reached_at) FILTER (WHERE amount <> 0) AS moved_at, min(seq) AS first_seq,
           min(seq) FILTER (WHERE running <> total_after) AS wrong_seq
      FROM entries
     GROUP BY learner_key
),
wrong_accounts AS (
    SELECT coalesce(c.learner_key, a.learner_key) AS learner_key, c.user_id, c.total_xp, c.version,
           c.reached_at,
           coalesce(a.ledger_sum, 0) AS ledger_sum, coalesce(a.entries, 0) AS entries, a.moved_at,
           e.seq AS wrong_seq, e.running, e.total_after, a.first_seq
      FROM chunk c
      FULL JOIN accounts a USING (learner_key)
      LEFT JOIN entries e ON e.seq = a.wrong_seq
     WHERE c.total_xp IS DISTINCT FROM coalesce(a.ledger_sum, 0)
        OR c.version IS DISTINCT FROM coalesce(a.entries, 0)
        OR c.reached_at IS DISTINCT FROM a.moved_at
        OR a.wrong_seq IS NOT NULL
),
opened_levels AS (
    -- An opening says itself what each level had paid of it. What is no such number is nothing.
    SELECT e.learner_key, e.seq, e.amount AS opened, l.level_id,
           CASE WHEN jsonb_typeof(l.paid) = 'number' THEN
                CASE WHEN CAST(l.paid AS numeric) BETWEEN 0 AND 536870911
                          AND trunc(CAST(l.paid AS numeric)) = CAST(l.paid AS numeric)
                     THEN CAST(l.paid AS integer) ELSE 0 END
                ELSE 0 END AS paid
      FROM entries e
     CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(e.details -> 'levels') = 'object'
                                        THEN e.details -> 'levels' ELSE '{}' END)
           AS l (level_id, paid)
     WHERE e.kind = 'OPENING'
),
booked_levels AS (
    SELECT learner_key, reference AS level_id, amount
      FROM entries
     WHERE kind = 'LEVEL'
     UNION ALL
    SELECT learner_key, level_id, paid
      FROM opened_levels
),
wrong_levels AS (
    SELECT learner_key, level_id, coalesce(p.xp_paid, 0) AS paid, coalesce(b.booked, 0) AS booked
      FROM (SELECT learner_key, level_id, xp_paid
              FROM progress
             WHERE learner_key > :after AND learner_key <= :upto) AS p
      FULL JOIN (SELECT learner_key, level_id, sum(amount) AS booked
                   FROM booked_levels
                  GROUP BY learner_key, level_id) AS b USING (learner_key, level_id)
     WHERE coalesce(p.xp_paid, 0) <> coalesce(b.booked, 0)
     UNION ALL
    -- All levels of an opening cannot have paid more than there was.
    SELECT learner_key, '', sum(paid), opened
      FROM opened_levels
     GROUP BY learner_key, seq, opened
    HAVING sum(paid) > opened
)
SELECT (SELECT count(*) FROM chunk) AS learners,
       (SELECT array_agg(learner_key ORDER BY learner_key) FROM chunk WHERE place IS NOT NULL)
           AS placed_keys,
       (SELECT array_agg(place ORDER BY learner_key) FROM chunk WHERE place IS NOT NULL) AS places,
       (SELECT array_agg(ROW(learner_key, user_id, total_xp, version, reached_at, ledger_sum,
                             entries, moved_at, wrong_seq, running, total_after, first_seq)
                         ORDER BY learner_key) FROM wrong_accounts) AS wrong_accounts,
       (SELECT array_agg(ROW(learner_key, coalesce(c.user_id, ''), level_id, paid, booked)
                         ORDER BY learner_key, level_id)
          FROM wrong_levels LEFT JOIN chunk c USING (learner_key)) AS wrong_levels
