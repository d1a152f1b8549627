-- The clock that all rules go by.
SELECT clock_timestamp()
