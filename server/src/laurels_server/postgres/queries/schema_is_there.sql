-- Whether any migration has run.
SELECT to_regclass('alembic_version') IS NOT NULL
