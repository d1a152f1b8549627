"""Several server processes on one port, and whose turn it is to follow the ledger."""
