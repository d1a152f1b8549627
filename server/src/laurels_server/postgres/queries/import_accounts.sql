-- One row for each learner of the files, with all of their levels, in the order in which they are to
-- be registered: among equals on a board, who registered later stands first, so whoever reached the
-- total first comes last. `chunk` gathers what one transaction writes.
-- import_told.sql tells why those are left out that are `refused`, `repeated`, `unknown` or
-- `overpaid`; `bad` is any of it.
CREATE TEMP TABLE import_accounts AS
WITH users_lines AS (
    SELECT *, total_xp IS NOT NULL AND user_id = lag(user_id) OVER (ORDER BY user_id, line)
              AS again
      FROM import_users
),
named AS (
    SELECT user_id, min(line) AS line, bool_or(total_xp IS NULL) AS refused,
           array_agg(line) FILTER (WHERE again) AS repeated,
           min(display_name) AS display_name, min(total_xp) AS total_xp,
           min(reached_at) AS reached_at
      FROM users_lines
     GROUP BY user_id
),
progress_lines AS (
    SELECT *, level_id = lag(level_id) OVER (PARTITION BY user_id ORDER BY level_id, line) AS again
      FROM import_progress
),
earned AS (
    SELECT user_id, min(line) AS line, bool_or(level_id IS NULL) AS refused,
           array_agg(line) FILTER (WHERE again) AS repeated,
           sum(xp_paid) AS paid, max(completed_at) AS completed_at,
           jsonb_object_agg(level_id, xp_paid) FILTER (WHERE level_id IS NOT NULL) AS levels,
           array_agg(level_id) AS level_ids, array_agg(xp_paid) AS level_paid,
           array_agg(best_score) AS level_score, array_agg(attempts) AS level_attempts,
           array_agg(time_spent_seconds) AS level_seconds,
           array_agg(completed_at) AS level_completed
      FROM progress_lines
     GROUP BY user_id
),
accounts AS (
    SELECT user_id, n.line AS users_line, e.line AS progress_line,
           coalesce(n.display_name, '') AS display_name,
           coalesce(n.total_xp, e.paid) AS total_xp,
           coalesce(n.reached_at, e.completed_at) AS reached_at,
           coalesce(e.paid, 0) AS paid,
           coalesce(e.levels, '{}') AS levels,
           e.level_ids, e.level_paid, e.level_score, e.level_attempts, e.level_seconds,
           e.level_completed,
           n.repeated AS repeated_users, e.repeated AS repeated_levels,
           coalesce(n.refused, false) OR coalesce(e.refused, false) AS refused,
           CAST(:with_users AS boolean) AND n.user_id IS NULL AS unknown,
           coalesce(e.paid, 0)
               > least(coalesce(n.total_xp, 536870911), 536870911) AS overpaid
      FROM named n
      FULL JOIN earned e USING (user_id)
)
SELECT *, refused OR unknown OR overpaid OR repeated_users IS NOT NULL
              OR repeated_levels IS NOT NULL AS bad,
       row_number() OVER registered AS nth,
       CAST(sum(1 + coalesce(cardinality(level_ids), 0)) OVER registered AS bigint)
           / CAST(:chunk_rows AS bigint) AS chunk
  FROM accounts
WINDOW registered AS (ORDER BY reached_at DESC, users_line, user_id ROWS UNBOUNDED PRECEDING)
