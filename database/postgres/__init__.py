"""A connection to PostgreSQL, its errors, and statements sent over it."""
