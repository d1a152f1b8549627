-- The key of the learner in the middle of those beyond :after and up to :upto; NULL for nobody.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY learner_key)
  FROM users
 WHERE learner_key > :after AND learner_key <= :upto
