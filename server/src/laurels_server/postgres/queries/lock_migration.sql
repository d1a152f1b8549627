-- One migration at a time, whoever starts it.
SELECT pg_advisory_xact_lock(CAST(x'6d696772617465' AS bigint))
