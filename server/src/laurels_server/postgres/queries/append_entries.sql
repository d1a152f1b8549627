-- Appends to the ledger and moves the totals; see the function in the first migration. Last
-- statement before COMMIT.
SELECT last_seq, last_recorded_at
  FROM append_entries(CAST(:learner_keys AS bigint[]), CAST(:amounts AS integer[]),
                      CAST(:totals_after AS integer[]), CAST(:kinds AS text[]),
                      CAST(:sources AS text[]), CAST(:references AS text[]),
                      CAST(:request_ids AS text[]), CAST(:actors AS text[]),
                      CAST(:reasons AS text[]), CAST(CAST(:details AS text[]) AS jsonb[]),
                      CAST(:reversed AS bigint[]), CAST(:counts_at AS timestamptz[]))
