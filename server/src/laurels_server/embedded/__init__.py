"""PostgreSQL and Valkey started from Python wheels, for `laurels dev` and the tests only.

A newcomer with nothing but Python then runs Laurels against the real servers. In production the
two are somebody else's, and of all this only the names in `files` are imported.
"""
