"""The rules of the game, and nothing else: no I/O, no clock, no imports of ours from outside."""
