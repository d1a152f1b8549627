-- Whether writes are refused here: a standby, or set to read only.
SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'
