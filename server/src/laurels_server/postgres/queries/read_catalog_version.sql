-- The version of the catalog.
SELECT version FROM catalog
