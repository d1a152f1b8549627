-- Gives learners other names; their rows are locked and the ledger gets an entry of each rename.
UPDATE users u
   SET display_name = n.display_name
  FROM unnest(CAST(:learner_keys AS bigint[]), CAST(:display_names AS text[]))
       AS n (learner_key, display_name)
 WHERE u.learner_key = n.learner_key
