-- Held by whoever changes levels, so that changes are checked against a catalog that stands still.
SELECT version FROM catalog FOR UPDATE
