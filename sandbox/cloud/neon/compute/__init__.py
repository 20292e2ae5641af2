"""The PostgreSQL servers behind branches, and their history."""
