-- The last migration that has run.
SELECT version_num FROM alembic_version
