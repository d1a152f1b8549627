-- The learner key up to which to read next: :most learners, or fewer where they have more than
-- :entries_most entries. NULL where no more than that is left.
SELECT least((SELECT learner_key
                FROM users
               WHERE learner_key > :after
               ORDER BY learner_key
              OFFSET :most - 1 LIMIT 1),
             (SELECT learner_key
                FROM xp_entries
               WHERE learner_key > :after
               ORDER BY learner_key
              OFFSET :entries_most - 1 LIMIT 1))
