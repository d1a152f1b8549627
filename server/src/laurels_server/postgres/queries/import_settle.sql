-- Puts away those who are here already, and told of: what is left is to be written.
DELETE FROM import_accounts a
 USING import_checked s
 WHERE s.nth = a.nth AND s.state IN ('SAME', 'OTHERWISE', 'PLAYED')
