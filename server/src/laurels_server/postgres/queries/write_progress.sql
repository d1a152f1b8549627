-- Stores what a batch decided, except the ledger: progress rows as they now stand, and the answers
-- kept under request ids.
WITH kept AS (
    INSERT INTO submissions
           (learner_key, request_id, kind, fingerprint, inputs, answer, recorded_at)
    SELECT s.learner_key, s.request_id, 'PROGRESS', s.fingerprint, CAST(s.inputs AS jsonb),
           CAST(s.answer AS jsonb), CAST(:now AS timestamptz)
      FROM unnest(CAST(:booked_learner_keys AS bigint[]), CAST(:request_ids AS text[]),
                  CAST(:fingerprints AS bytea[]), CAST(:inputs AS text[]), CAST(:answers AS text[]))
           AS s (learner_key, request_id, fingerprint, inputs, answer)
)
INSERT INTO progress (learner_key, level_id, best_score, attempts, xp_paid, time_spent_seconds,
                      first_completed_at, last_attempt_at)
SELECT p.*, CAST(:now AS timestamptz)
  FROM unnest(CAST(:learner_keys AS bigint[]), CAST(:level_ids AS text[]),
              CAST(:best_scores AS integer[]), CAST(:attempts AS integer[]),
              CAST(:xp_paid AS integer[]), CAST(:time_spent_seconds AS bigint[]),
              CAST(:first_completed_at AS timestamptz[])) AS p
    ON CONFLICT (learner_key, level_id) DO UPDATE
   SET best_score         = excluded.best_score,
       attempts           = excluded.attempts,
       xp_paid            = excluded.xp_paid,
       time_spent_seconds = excluded.time_spent_seconds,
       first_completed_at = excluded.first_completed_at,
       last_attempt_at    = excluded.last_attempt_at
