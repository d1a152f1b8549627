"""The schema, step by step; each step is an SQL file with its reasons."""
