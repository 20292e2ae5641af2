"""Neon: its API v2, its front door for PostgreSQL clients and its SQL over HTTP, with a real server for each branch."""
