-- Makes the learners' groups exactly these pairs.
WITH gone AS (
    DELETE FROM group_members g
     WHERE g.learner_key = ANY(CAST(:learner_keys AS bigint[]))
       AND NOT EXISTS (SELECT FROM unnest(CAST(:member_keys AS bigint[]), CAST(:group_ids AS text[]))
                              AS m (learner_key, group_id)
                        WHERE m.learner_key = g.learner_key AND m.group_id = g.group_id)
)
INSERT INTO group_members (learner_key, group_id)
SELECT m.learner_key, m.group_id
  FROM unnest(CAST(:member_keys AS bigint[]), CAST(:group_ids AS text[]))
       AS m (learner_key, group_id)
    ON CONFLICT DO NOTHING
