"""PostgreSQL and Valkey started from Python wheels, for `laurels dev` and the tests only.

A newcomer with nothing but Python then runs Laurels against the real servers. In production the
two are somebody else's, and nothing here is imported.
"""

from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.servers import EmbeddedServers, embedded_servers, temporary_servers
from laurels_server.embedded.valkey import EmbeddedValkey

__all__ = [
    "EmbeddedPostgres",
    "EmbeddedServerError",
    "EmbeddedServers",
    "EmbeddedValkey",
    "embedded_servers",
    "temporary_servers",
]
