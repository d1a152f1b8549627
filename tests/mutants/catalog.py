"""The guards that promises rest on, and the breaks that must not go unnoticed."""

from typing import Final

from tests.mutants.mutant import Mutant

MUTANTS: Final = (
    # Counted once, never lost.
    Mutant(
        "totals are read without a lock",
        "postgres/migrations/versions/0003_fewer_trips.sql",
        "                   FOR NO KEY UPDATE) AS l;",
        ") AS l;",
        ["tests/faults/test_award_concurrency.py", "tests/faults/test_award_contention.py"],
    ),
    Mutant(
        "answered though nothing was committed",
        "postgres/database.py",
        'await driver.execute("COMMIT")',
        'await driver.execute("ROLLBACK")',
        ["tests/integration/test_booking.py"],
    ),
    Mutant(
        "answered though the commit failed",
        "postgres/database.py",
        "raise CommitUnknown(str(failure)) from failure",
        "return result",
        ["tests/faults/test_commit.py"],
    ),
    Mutant(
        "an earlier answer is not looked up",
        "postgres/migrations/versions/0003_fewer_trips.sql",
        "AND request_id = w.request_id",
        "AND request_id = w.request_id AND false",
        ["tests/contract/test_replays.py"],
    ),
    Mutant(
        "other content under a known request_id is taken for a repeat",
        "domain/progress.py",
        "earlier.answer is None or earlier.fingerprint != submission.fingerprint()",
        "earlier.answer is None",
        ["tests/contract/test_replays.py"],
    ),
    Mutant(
        "a known reference is awarded again",
        "domain/account.py",
        "if state.awarded is not None:",
        "if False and state.awarded is not None:",
        ["tests/contract/test_xp.py"],
    ),
    Mutant(
        "an entry is reversed twice",
        "domain/account.py",
        "if state.target_reversed:",
        "if False and state.target_reversed:",
        ["tests/contract/test_xp.py"],
    ),
    Mutant(
        "totals are clamped",
        "domain/xp.py",
        "raise XpOutOfRange(total, amount)",
        "return min(max(total + amount, 0), XP_MAX)",
        ["tests/contract/test_xp.py"],
    ),
    Mutant(
        "appends do not take turns",
        "postgres/migrations/versions/0001_ledger.sql",
        "    PERFORM pg_advisory_xact_lock(x'6c617572656c73'::bigint);\n",
        "",
        ["tests/integration/test_ledger.py"],
    ),
    Mutant(
        "the ledger goes back in time with the clock",
        "postgres/migrations/versions/0001_ledger.sql",
        "greatest(clock_timestamp(), tip.recorded_at)",
        "clock_timestamp()",
        ["tests/faults/test_clock.py"],
    ),
    Mutant(
        "a transaction may idle for ever",
        "postgres/engine.py",
        "idle_in_transaction_timeout_ms: int = 2_000",
        "idle_in_transaction_timeout_ms: int = 0",
        ["tests/faults/test_frozen_server.py"],
    ),
    Mutant(
        "an award decides by the catalog of yesterday",
        "usecases/booking.py",
        "if state.catalog_version == catalog.version:",
        "if catalog.version >= 0:",
        ["tests/contract/test_catalog_in_use.py"],
    ),
    Mutant(
        "a learner held by someone else is taken for unknown",
        "usecases/booking.py",
        "held = await awards.existing_learners(connection, absent) if absent else set()",
        "held = set()",
        ["tests/faults/test_award_contention.py"],
    ),
    # In step.
    Mutant(
        "corrections do not go down in Redis (ZADD GT)",
        "redis/scripts/apply.lua",
        "redis.call('ZADD', KEYS[2], unpack(ARGV, last_off + 1))",
        "redis.call('ZADD', KEYS[2], 'GT', unpack(ARGV, last_off + 1))",
        ["tests/contract/test_xp.py", "tests/integration/test_relay.py"],
    ),
    Mutant(
        "a pass does not compare the watermark",
        "redis/scripts/apply.lua",
        "if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] or meta[3] ~= ARGV[3] then",
        "if meta[1] ~= ARGV[1] then",
        ["tests/integration/test_relay.py", "tests/faults/test_state_machine.py"],
    ),
    Mutant(
        "a pass does not count the members",
        "redis/scripts/apply.lua",
        "if meta[4] ~= tostring(redis.call('ZCARD', KEYS[2])) then",
        "if false then",
        ["tests/faults/test_store_redis.py"],
    ),
    Mutant(
        "a page is served from a board that lost members",
        "redis/boards.py",
        "if moment.total != int(members):",
        "if False:",
        ["tests/faults/test_store_redis.py", "tests/integration/test_relay.py"],
    ),
    Mutant(
        "a refused pass is taken for done",
        "redis/projection.py",
        "return Applied(cast(str, await self._apply(keys=keys, args=arguments)))",
        "await self._apply(keys=keys, args=arguments)\n            return Applied.APPLIED",
        ["tests/integration/test_relay.py"],
    ),
    Mutant(
        "a Redis error in a build is swallowed",
        "usecases/rebuild.py",
        "                members = await _fill_part(projection, building, number, part)\n"
        "                learners += len(part)\n"
        "                if members != learners:\n",
        "                with contextlib.suppress(ProjectionAway):\n"
        "                    await _fill_part(projection, building, number, part)\n"
        "                learners += len(part)\n"
        "                if False:\n"
        "                    members = 0\n",
        ["tests/integration/test_relay.py"],
    ),
    Mutant(
        "another history is followed",
        "usecases/passes.py",
        "if fresh.diverged:",
        "if False and fresh.diverged:",
        ["tests/integration/test_relay.py", "tests/faults/test_store_postgres.py"],
    ),
    Mutant(
        "a page is said to be newer than it is",
        "postgres/queries/read_feed.sql",
        "SELECT transaction_timestamp() AS read_at,",
        "SELECT transaction_timestamp() + interval '50 ms' AS read_at,",
        ["tests/faults/test_store_redis.py"],
    ),
    Mutant(
        "a build does not catch up before it is put in place",
        "usecases/rebuild.py",
        "            async for upto in _catch_up(database, projection, building):\n"
        "                yield Building(learners, 1.0, upto)\n",
        "",
        ["tests/integration/test_relay.py", "tests/faults/test_state_machine.py"],
    ),
    Mutant(
        "a build replaces whatever is there",
        "redis/scripts/flip.lua",
        "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then",
        "if false then",
        ["tests/integration/test_relay.py"],
    ),
    Mutant(
        "a build takes the watermark back",
        "redis/scripts/flip.lua",
        "if old[1] == new[1] and tonumber(old[2] or 0) > tonumber(new[2]) then",
        "if false then",
        ["tests/integration/test_relay.py"],
    ),
    Mutant(
        "a part of a build that comes late overwrites what is newer",
        "redis/scripts/fill.lua",
        "if #ARGV > 2 and tonumber(ARGV[2]) > filled then",
        "if #ARGV > 1 then",
        ["tests/integration/test_relay.py"],
    ),
    Mutant(
        "the pool lends connections that are closed",
        "postgres/engine.py",
        "raise DisconnectionError",
        "return",
        ["tests/integration/test_database.py"],
    ),
    Mutant(
        "plans may read whole tables",
        "postgres/engine.py",
        '"enable_seqscan": "off"',
        '"enable_seqscan": "on"',
        ["tests/integration/test_plans.py"],
    ),
    # Reads.
    Mutant(
        "every reader waits for a dead Redis",
        "usecases/fallback.py",
        "self.is_open = True",
        "self.is_open = False",
        ["tests/faults/test_store_redis.py", "tests/faults/test_redis_fallback.py"],
    ),
    Mutant(
        "no reader is turned away from PostgreSQL",
        "usecases/fallback.py",
        "if self._under_way >= self._most:",
        "if False:",
        ["tests/unit/test_fallback.py"],
    ),
    Mutant(
        "a consistency token is not waited for",
        "usecases/leaderboard.py",
        "if include is None or watermark(answer) >= include.seq:",
        "if True:",
        ["tests/integration/test_relay.py", "tests/contract/test_leaderboard_reads.py"],
    ),
    Mutant(
        "a kept page answers for a consistency token",
        "rpc/leaderboard.py",
        "self._leaderboard.kept(asked.start, asked.size) if asked.include is None else None",
        "self._leaderboard.kept(asked.start, asked.size)",
        ["tests/contract/test_kept_answers.py"],
    ),
    Mutant(
        "ties go to whoever registered first",
        "postgres/queries/board_page_from.sql",
        "     ORDER BY rank_key DESC, learner_key DESC\n    OFFSET",
        "     ORDER BY rank_key DESC, learner_key\n    OFFSET",
        ["tests/contract/test_leaderboard_agreement.py"],
    ),
    # The audit itself.
    Mutant(
        "an audit takes what moves for wrong",
        "usecases/audit.py",
        "if before[key] == after[key]:",
        "if True:",
        ["tests/contract/test_audit_under_load.py"],
    ),
    Mutant(
        "an audit does not look for strangers",
        "postgres/queries/audit_strangers.sql",
        " WHERE u.learner_key IS NULL",
        " WHERE false",
        ["tests/contract/test_audit_all.py", "tests/contract/test_audit.py"],
    ),
    Mutant(
        "an error hides that gRPC had tried before",
        "rpc/errors.py",
        'metadata["previous_attempts"] = str(value)',
        "pass",
        ["tests/contract/test_previous_attempts.py"],
    ),
)
