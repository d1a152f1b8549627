-- What an import has read and not yet written. Of this connection only: when it ends, whatever became
-- of the import, they are gone.

-- A line of the users file. Without a total it was refused, which leaves the learner out.
CREATE TEMP TABLE import_users (
    line         bigint NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    display_name text,
    total_xp     integer,
    reached_at   timestamptz
);

-- A line of the progress file. Without a level it was refused, which leaves the learner out.
CREATE TEMP TABLE import_progress (
    line               bigint NOT NULL,
    user_id            text COLLATE "C" NOT NULL,
    level_id           text COLLATE "C",
    xp_paid            integer,
    best_score         integer,
    attempts           integer,
    time_spent_seconds bigint,
    completed_at       timestamptz
);
