"""Our own guards broken on purpose, one at a time: each break must make a test fail."""
