"""Redis, a copy. The only room that knows it; what runs there is in `scripts/`.

Keys, below the root `<prefix>:{s0}` (the braces keep a shard on one node of a Redis Cluster):

- `:current` names the generation that readers use;
- `:generations` is the set of all that were begun, so that none is left behind unseen;
- `:<generation>:meta` holds what the generation is complete up to, and how many members it has;
- `:<generation>:global` is the all-time board: member = learner key, zero-padded; score = rank key.
"""
