-- What a role's sessions get that bears on our promises, and which PostgreSQL this is.
SELECT current_setting('server_version_num')::integer AS version_number,
       split_part(current_setting('server_version'), ' ', 1) AS version,
       pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS read_only,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('synchronous_standby_names') <> '' AS has_standbys,
       current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS survives_crash
