"""PostgreSQL, the truth. The only room that knows SQL; every query is a file in `queries/`."""
