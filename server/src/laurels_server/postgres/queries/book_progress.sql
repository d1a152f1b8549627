-- Second step of an award transaction, the last before COMMIT; see the function in the third migration.
SELECT last_seq, last_recorded_at
  FROM book_progress(:now,
                     :booked_learners, :request_ids, :fingerprints, :inputs, :answers,
                     :record_learners, :record_levels, :best_scores, :attempts, :xp_paid,
                     :seconds_spent, :first_completed_at,
                     :kind, :source,
                     :entry_learners, :amounts, :totals_after, :entry_refs, :entry_requests)
