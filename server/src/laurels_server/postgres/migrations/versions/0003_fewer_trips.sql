-- Functions for the two steps of an award transaction.
--
-- All they look up are a batch's keys in primary keys. Without statistics, or with those of a table that
-- was small, the planner would rather go through whole tables, and a new database was five times slower
-- for it. Our connections switch off the plain way to do so; what joins by sorting or hashing a table
-- is switched off here, and OFFSET 0 has each key looked up by itself. A sum
-- in ORDER BY keeps the planner from walking through all keys to have them in order.

-- Locks the learners' rows in key order, as every writer does, so that writers never deadlock; then
-- reads all that the decisions of a batch look at. Volatile, so that each statement in it has a
-- snapshot of its own: what is read is what the previous holder of each lock committed.
-- Without wait_for_locks, rows that someone else holds are left out. Unknown learners are left out
-- too, and so are levels never attempted and request ids never used. The levels of whole_users are
-- all read. Learners are three parallel arrays; records and booked are seven and four.
CREATE FUNCTION lock_and_read(
    wanted_users text[], wait_for_locks boolean, level_users text[], level_ids text[],
    whole_users text[], request_users text[], request_ids text[],
    OUT read_at timestamptz, OUT catalog_version bigint,
    OUT tip_seq bigint, OUT tip_recorded_at timestamptz,
    OUT learner_keys bigint[], OUT user_ids text[], OUT totals integer[],
    OUT record_learners bigint[], OUT record_levels text[], OUT best_scores integer[],
    OUT attempts integer[], OUT xp_paid integer[], OUT seconds_spent bigint[],
    OUT first_completed_at timestamptz[],
    OUT booked_learners bigint[], OUT booked_requests text[], OUT fingerprints bytea[],
    OUT answers text[]
) LANGUAGE plpgsql VOLATILE
  SET enable_mergejoin = off AS $$
BEGIN
    IF wait_for_locks THEN
        SELECT array_agg(l.learner_key), array_agg(l.user_id), array_agg(l.total_xp)
          INTO learner_keys, user_ids, totals
          FROM (SELECT u.learner_key, u.user_id, u.total_xp
                  FROM users u
                 WHERE u.user_id = ANY(wanted_users)
                 ORDER BY u.learner_key + 0
                   FOR NO KEY UPDATE) AS l;
    ELSE
        SELECT array_agg(l.learner_key), array_agg(l.user_id), array_agg(l.total_xp)
          INTO learner_keys, user_ids, totals
          FROM (SELECT u.learner_key, u.user_id, u.total_xp
                  FROM users u
                 WHERE u.user_id = ANY(wanted_users)
                 ORDER BY u.learner_key + 0
                   FOR NO KEY UPDATE SKIP LOCKED) AS l;
    END IF;

    SELECT clock_timestamp(), c.version INTO read_at, catalog_version FROM catalog c;
    SELECT e.seq, e.recorded_at INTO tip_seq, tip_recorded_at
      FROM xp_entries e ORDER BY e.seq DESC LIMIT 1;

    SELECT array_agg(p.learner_key), array_agg(p.level_id), array_agg(p.best_score),
           array_agg(p.attempts), array_agg(p.xp_paid), array_agg(p.time_spent_seconds),
           array_agg(p.first_completed_at)
      INTO record_learners, record_levels, best_scores, attempts, xp_paid, seconds_spent,
           first_completed_at
      FROM (SELECT p.*
              FROM unnest(level_users, level_ids) AS w (user_id, level_id)
              JOIN unnest(user_ids, learner_keys) AS l (user_id, learner_key) USING (user_id)
             CROSS JOIN LATERAL (SELECT *
                                   FROM progress
                                  WHERE learner_key = l.learner_key AND level_id = w.level_id
                                 OFFSET 0) AS p
             UNION ALL
            SELECT p.*
              FROM unnest(whole_users) AS w (user_id)
              JOIN unnest(user_ids, learner_keys) AS l (user_id, learner_key) USING (user_id)
             CROSS JOIN LATERAL (SELECT *
                                   FROM progress
                                  WHERE learner_key = l.learner_key
                                 OFFSET 0) AS p) AS p;

    SELECT array_agg(s.learner_key), array_agg(s.request_id), array_agg(s.fingerprint),
           array_agg(CAST(s.answer AS text))
      INTO booked_learners, booked_requests, fingerprints, answers
      FROM unnest(request_users, request_ids) AS w (user_id, request_id)
      JOIN unnest(user_ids, learner_keys) AS l (user_id, learner_key) USING (user_id)
     CROSS JOIN LATERAL (SELECT *
                           FROM submissions
                          WHERE learner_key = l.learner_key AND request_id = w.request_id
                         OFFSET 0) AS s;
END
$$;

-- Stores what a batch decided: the answers kept under request ids, progress rows as they now stand
-- (each learner and level once), and last the ledger's entries, all of one kind and source. Commit at
-- once: see append_entries. Returns the ledger's new end; NULL when nothing was appended.
CREATE FUNCTION book_progress(
    decided_at timestamptz,
    booked_learners bigint[], request_ids text[], fingerprints bytea[], inputs text[],
    answers text[],
    record_learners bigint[], record_levels text[], best_scores integer[], attempts integer[],
    xp_paid integer[], seconds_spent bigint[], first_completed_at timestamptz[],
    kind text, source text,
    entry_learners bigint[], amounts integer[], totals_after integer[], entry_refs text[],
    entry_requests text[],
    OUT last_seq bigint, OUT last_recorded_at timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    entries integer[] := ARRAY[cardinality(entry_learners)];
    nothing text[] := array_fill(CAST('' AS text), entries);
BEGIN
    INSERT INTO submissions
           (learner_key, request_id, kind, fingerprint, inputs, answer, recorded_at)
    SELECT s.learner_key, s.request_id, 'PROGRESS', s.fingerprint, CAST(s.inputs AS jsonb),
           CAST(s.answer AS jsonb), decided_at
      FROM unnest(booked_learners, request_ids, fingerprints, inputs, answers)
           AS s (learner_key, request_id, fingerprint, inputs, answer);

    INSERT INTO progress (learner_key, level_id, best_score, attempts, xp_paid,
                          time_spent_seconds, first_completed_at, last_attempt_at)
    SELECT p.*, decided_at
      FROM unnest(record_learners, record_levels, best_scores, book_progress.attempts,
                  book_progress.xp_paid, seconds_spent, book_progress.first_completed_at) AS p
        ON CONFLICT ON CONSTRAINT progress_pkey DO UPDATE
       SET best_score         = excluded.best_score,
           attempts           = excluded.attempts,
           xp_paid            = excluded.xp_paid,
           time_spent_seconds = excluded.time_spent_seconds,
           first_completed_at = excluded.first_completed_at,
           last_attempt_at    = excluded.last_attempt_at;

    IF cardinality(entry_learners) > 0 THEN
        SELECT e.last_seq, e.last_recorded_at INTO last_seq, last_recorded_at
          FROM append_entries(
                   entry_learners, amounts, totals_after, array_fill(kind, entries),
                   array_fill(source, entries), entry_refs, entry_requests, nothing, nothing,
                   array_fill(CAST(NULL AS jsonb), entries),
                   array_fill(CAST(NULL AS bigint), entries),
                   array_fill(CAST(NULL AS timestamptz), entries)) AS e;
    END IF;
END
$$;

ALTER FUNCTION append_entries
    SET enable_hashjoin = off SET enable_mergejoin = off;
