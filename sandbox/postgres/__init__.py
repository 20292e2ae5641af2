"""A PostgreSQL server of our own."""

from sandbox.postgres.scratch import VOLATILE, scratch_server
from sandbox.postgres.server import Postgres, PostgresError, installation

__all__ = ["VOLATILE", "Postgres", "PostgresError", "installation", "scratch_server"]
