-- Registers those of a chunk who are new. Keys are given out in the chunk's order; the rows are
-- inserted in user_id order, so that two callers never wait in a circle. Says whether that was all of
-- them: then nobody else knows their rows.
WITH wanted AS MATERIALIZED (
    SELECT a.user_id, a.display_name
      FROM import_accounts a
     WHERE a.chunk = :chunk AND NOT a.bad
           AND NOT EXISTS (SELECT FROM users u WHERE u.user_id = a.user_id)
     ORDER BY a.nth
),
keyed AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('users', 'learner_key')) AS learner_key, *
      FROM wanted
),
inserted AS (
    INSERT INTO users (learner_key, user_id, display_name) OVERRIDING SYSTEM VALUE
    SELECT learner_key, user_id, display_name
      FROM keyed
     ORDER BY user_id
        ON CONFLICT (user_id) DO NOTHING
    RETURNING learner_key
)
SELECT (SELECT count(*) FROM inserted)
       = (SELECT count(*) FROM import_accounts WHERE chunk = :chunk AND NOT bad) AS all_are_new
