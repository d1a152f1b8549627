-- Keeps the request id of a change to an account; its ledger entry says what was asked and answered.
INSERT INTO submissions (learner_key, request_id, kind, fingerprint, recorded_at)
VALUES (:learner_key, :request_id, :kind, :fingerprint, now())
