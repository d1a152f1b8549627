"""One method for each RPC, a file for each service. Both clients are made of these."""
