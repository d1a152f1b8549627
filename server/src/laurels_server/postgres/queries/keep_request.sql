-- Keeps the request id of a change to an account; a ledger entry says what was asked and answered:
-- the one that bears this id or, where it was made under another one, :answered_by.
INSERT INTO submissions (learner_key, request_id, kind, fingerprint, answered_by, recorded_at)
VALUES (:learner_key, :request_id, :kind, :fingerprint, CAST(:answered_by AS bigint), now())
