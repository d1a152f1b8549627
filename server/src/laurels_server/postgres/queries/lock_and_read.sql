-- First step of an award transaction; see the function in the third migration.
SELECT *
  FROM lock_and_read(CAST(:wanted_users AS text[]), :wait,
                     CAST(:level_users AS text[]), CAST(:level_ids AS text[]),
                     CAST(:whole_users AS text[]),
                     CAST(:request_users AS text[]), CAST(:request_ids AS text[]))
