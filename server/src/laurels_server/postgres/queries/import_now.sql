-- No time in the files may be later than this.
SELECT clock_timestamp()
