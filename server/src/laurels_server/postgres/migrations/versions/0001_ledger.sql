-- Learners, levels, progress, the ledger, and the answers kept for replays.
--
-- Hot tables carry no foreign keys: every writer holds the learner's row lock and reads the catalog
-- as one version, so a key check would only cost a lookup and a lock for each row.

-- Who a learner is. The only place that knows, so that erasing a learner is one row.
CREATE TABLE users (
    learner_key   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text COLLATE "C" NOT NULL UNIQUE,
    display_name  text NOT NULL DEFAULT '',
    visibility    text NOT NULL DEFAULT 'VISIBLE' CHECK (visibility IN ('VISIBLE', 'HIDDEN', 'BANNED')),
    total_xp      integer NOT NULL DEFAULT 0 CHECK (total_xp BETWEEN 0 AND 536870911),
    -- Number of ledger entries of this learner.
    version       bigint NOT NULL DEFAULT 0,
    -- When total_xp last changed; NULL until it first does.
    reached_at    timestamptz,
    registered_at timestamptz NOT NULL DEFAULT now(),
    -- The order of every leaderboard as one integer below 2^53; the rule is in domain/ranking.py.
    rank_key      bigint GENERATED ALWAYS AS (
        (CAST(total_xp AS bigint) << 24)
        | (16777215 - LEAST(16777215, GREATEST(0, CAST(
            floor(extract(epoch FROM (reached_at - TIMESTAMPTZ '2025-01-01 00:00:00+00')) / 60)
            AS bigint))))
    ) STORED
);

-- Answers any page of the board fresh, in board order.
CREATE INDEX users_board ON users (rank_key DESC, learner_key DESC)
    WHERE visibility = 'VISIBLE' AND total_xp > 0;

CREATE TABLE group_members (
    learner_key bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    group_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (learner_key, group_id)
);

-- The version of the catalog as a whole. Locked by whoever changes levels; read by every award.
CREATE TABLE catalog (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL
);
INSERT INTO catalog (version) VALUES (0);

CREATE TABLE levels (
    level_id               text COLLATE "C" PRIMARY KEY,
    title                  text NOT NULL,
    position               integer NOT NULL CHECK (position >= 0),
    xp_reward              integer NOT NULL CHECK (xp_reward >= 0),
    max_score              integer NOT NULL CHECK (max_score >= 0),
    pass_ratio             double precision NOT NULL CHECK (pass_ratio > 0 AND pass_ratio <= 1),
    prerequisite_level_ids text[] NOT NULL,
    xp_policy              text NOT NULL CHECK (xp_policy IN ('FIRST_PASS', 'BEST_SCORE')),
    retired                boolean NOT NULL
);

-- One row for each learner and level ever attempted. Completed means first_completed_at is set.
CREATE TABLE progress (
    learner_key        bigint NOT NULL,
    level_id           text COLLATE "C" NOT NULL,
    best_score         integer NOT NULL CHECK (best_score >= 0),
    attempts           integer NOT NULL CHECK (attempts > 0),
    xp_paid            integer NOT NULL CHECK (xp_paid >= 0),
    time_spent_seconds bigint NOT NULL CHECK (time_spent_seconds >= 0),
    first_completed_at timestamptz,
    last_attempt_at    timestamptz NOT NULL,
    PRIMARY KEY (learner_key, level_id)
) WITH (fillfactor = 85); -- repeats update in place; no index holds what they change

-- Every request id a learner ever used, what was asked and what was answered. Kept for ever.
CREATE TABLE submissions (
    learner_key bigint NOT NULL,
    request_id  text COLLATE "C" NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('PROGRESS', 'AWARD', 'ADJUSTMENT', 'REVERSAL')),
    fingerprint bytea NOT NULL,
    -- What was asked and answered. NULL for changes to the account, whose ledger entry says both.
    inputs      jsonb,
    answer      jsonb,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (learner_key, request_id),
    CHECK ((kind = 'PROGRESS') = (answer IS NOT NULL) AND (kind = 'PROGRESS') = (inputs IS NOT NULL))
);

-- The ledger and the change feed: every change to a learner's standing, in one total order.
-- seq is 1..n without gaps, and recorded_at never decreases along it.
CREATE TABLE xp_entries (
    seq         bigint PRIMARY KEY,
    learner_key bigint NOT NULL,
    amount      integer NOT NULL,
    total_after integer NOT NULL CHECK (total_after BETWEEN 0 AND 536870911),
    kind        text NOT NULL CHECK (kind IN ('LEVEL', 'AWARD', 'ADJUSTMENT', 'REVERSAL',
                                                   'RENAME', 'GROUPS')),
    source      text NOT NULL DEFAULT '',
    reference   text NOT NULL DEFAULT '',
    request_id  text NOT NULL DEFAULT '',
    actor       text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    details     jsonb,
    -- The entry that a reversal takes back.
    reverses    bigint,
    -- When it counts: recorded_at, or for a reversal that of the entry it takes back.
    counts_at   timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    CHECK ((kind = 'REVERSAL') = (reverses IS NOT NULL))
);
-- A learner's own account, in order.
CREATE INDEX xp_entries_account ON xp_entries (learner_key, seq);
-- A reference counts once for each learner and source; also finds the entry it made.
CREATE UNIQUE INDEX xp_entries_award ON xp_entries (learner_key, source, reference)
    WHERE kind = 'AWARD' AND reference <> '';
-- An entry is reversed at most once.
CREATE UNIQUE INDEX xp_entries_reversed ON xp_entries (reverses) WHERE reverses IS NOT NULL;
-- Finds the entry of a change to the account by its request id. Leaves levels out: their answers
-- are kept in submissions.
CREATE UNIQUE INDEX xp_entries_request ON xp_entries (learner_key, request_id)
    WHERE request_id <> '' AND kind <> 'LEVEL';

-- Appends entries to the ledger, in the order given, and moves the learners' totals to match: the
-- one statement that makes total_xp. Call it last and commit at once, because it holds the
-- ledger's lock until then; the caller must hold the row locks of all the learners.
-- The arrays run in parallel, one element an entry; an entry without a counts_at of its own counts
-- when it is recorded. Returns the last seq and its recorded_at.
CREATE FUNCTION append_entries(
    learner_keys bigint[], amounts integer[], totals_after integer[], kinds text[], sources text[],
    refs text[], request_ids text[], actors text[], reasons text[], details jsonb[],
    reversed bigint[], counts_at timestamptz[],
    OUT last_seq bigint, OUT last_recorded_at timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    tip record;
BEGIN
    -- 'laurels' in ASCII. Held to the end of the commit, so seq order is commit order.
    PERFORM pg_advisory_xact_lock(x'6c617572656c73'::bigint);

    SELECT e.seq, e.recorded_at INTO tip FROM xp_entries e ORDER BY e.seq DESC LIMIT 1;
    last_recorded_at := greatest(clock_timestamp(), tip.recorded_at);

    INSERT INTO xp_entries (seq, learner_key, amount, total_after, kind, source, reference,
                            request_id, actor, reason, details, reverses, counts_at, recorded_at)
    SELECT coalesce(tip.seq, 0) + e.nth, e.learner_key, e.amount, e.total_after, e.kind, e.source,
           e.reference, e.request_id, e.actor, e.reason, e.detail, e.reverses,
           coalesce(e.counts_at, last_recorded_at), last_recorded_at
      FROM unnest(learner_keys, amounts, totals_after, kinds, sources, refs, request_ids, actors,
                  reasons, details, reversed, counts_at) WITH ORDINALITY
           AS e (learner_key, amount, total_after, kind, source, reference, request_id, actor,
                 reason, detail, reverses, counts_at, nth);

    last_seq := coalesce(tip.seq, 0) + cardinality(learner_keys);

    UPDATE users u
       SET total_xp   = moved.total_after,
           version    = u.version + moved.entries,
           reached_at = CASE WHEN moved.changed THEN last_recorded_at ELSE u.reached_at END
      FROM (SELECT e.learner_key, count(*) AS entries, bool_or(e.amount <> 0) AS changed,
                   (array_agg(e.total_after ORDER BY e.nth DESC))[1] AS total_after
              FROM unnest(learner_keys, amounts, totals_after) WITH ORDINALITY
                   AS e (learner_key, amount, total_after, nth)
             GROUP BY e.learner_key) moved
     WHERE u.learner_key = moved.learner_key;
END
$$;
