-- Makes every server reload the catalog with its next award.
UPDATE catalog SET version = version + 1 RETURNING version
