-- Lifts, for this transaction, the limits that keep ordinary statements short: a migration may wait
-- for another one, and may rewrite a table.
SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)
