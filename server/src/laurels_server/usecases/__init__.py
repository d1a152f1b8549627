"""What Laurels does, step by step, over PostgreSQL and Redis. Knows neither SQL nor protobuf."""
