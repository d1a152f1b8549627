-- An award whose reference was known is answered by the entry made then, under another request id.
-- Its own id is kept all the same, so that it cannot be used for anything else: this says which entry
-- answers it. NULL where the entry bears the id itself, and for attempts.
ALTER TABLE submissions ADD COLUMN answered_by bigint;
