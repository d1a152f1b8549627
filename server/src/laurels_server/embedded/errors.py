"""What can go wrong with an embedded server, for the developer who reads it in a terminal."""


class EmbeddedServerError(Exception):
    """An embedded server cannot run. The message is one line: what happened and what to do."""
