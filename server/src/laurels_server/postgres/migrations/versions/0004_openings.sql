-- Learners who come from another system, with what they earned there.
--
-- One entry of the kind OPENING stands for all of it. Its amount is the total they came with; its
-- details say under `levels` what each level had paid of it, so that progress and ledger can still be
-- held to each other level by level. The rest of the amount was earned by other means. It was
-- recorded when it was imported, as seq order demands, and counts since the total was reached.

-- A learner opens once, whoever imports how often. First, because it alone reads the ledger: readers
-- can still go on meanwhile.
CREATE UNIQUE INDEX xp_entries_opening ON xp_entries (learner_key) WHERE kind = 'OPENING';

-- NOT VALID: whatever is there satisfied the narrower check, and need not be read again.
ALTER TABLE xp_entries DROP CONSTRAINT xp_entries_kind_check;
ALTER TABLE xp_entries ADD CONSTRAINT xp_entries_kind_check
    CHECK (kind IN ('LEVEL', 'AWARD', 'ADJUSTMENT', 'REVERSAL', 'RENAME', 'GROUPS', 'OPENING'))
    NOT VALID;
-- Whoever opens has nothing yet, and did not earn it later than it was recorded.
ALTER TABLE xp_entries ADD CONSTRAINT xp_entries_opening_check
    CHECK (kind <> 'OPENING' OR (amount = total_after AND details IS NOT NULL
                                 AND counts_at <= recorded_at))
    NOT VALID;
-- Appends one OPENING for each learner and gives them their totals, as append_entries does: call it
-- last and commit at once; the caller must hold the row locks of all the learners, none of whom ever
-- had any XP. The arrays run in parallel; reached_since may be NULL where nobody knows, and is then
-- the time at which it is recorded. Unlike append_entries it sets users.reached_at to that time and
-- not to the entry's.
CREATE FUNCTION open_accounts(
    learner_keys bigint[], totals integer[], earned_levels jsonb[], reached_since timestamptz[],
    OUT last_seq bigint, OUT last_recorded_at timestamptz
) LANGUAGE plpgsql VOLATILE
  SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    tip record;
BEGIN
    -- The lock of append_entries.
    PERFORM pg_advisory_xact_lock(x'6c617572656c73'::bigint);

    SELECT e.seq, e.recorded_at INTO tip FROM xp_entries e ORDER BY e.seq DESC LIMIT 1;
    last_recorded_at := greatest(clock_timestamp(), tip.recorded_at);

    INSERT INTO xp_entries (seq, learner_key, amount, total_after, kind, details, counts_at,
                            recorded_at)
    SELECT coalesce(tip.seq, 0) + o.nth, o.learner_key, o.total, o.total, 'OPENING',
           jsonb_build_object('levels', o.levels), coalesce(o.since, last_recorded_at),
           last_recorded_at
      FROM unnest(learner_keys, totals, earned_levels, reached_since) WITH ORDINALITY
           AS o (learner_key, total, levels, since, nth);

    last_seq := coalesce(tip.seq, 0) + cardinality(learner_keys);

    UPDATE users u
       SET total_xp   = o.total,
           version    = u.version + 1,
           reached_at = CASE WHEN o.total > 0 THEN coalesce(o.since, last_recorded_at) END
      FROM unnest(learner_keys, totals, reached_since) AS o (learner_key, total, since)
     WHERE u.learner_key = o.learner_key;
END
$$;
