"""PostgreSQL servers run by the sandbox."""

from sandbox.postgres.scratch import VOLATILE, scratch_server
from sandbox.postgres.server import Finish, Postgres, PostgresError, installation

__all__ = ["VOLATILE", "Finish", "Postgres", "PostgresError", "installation", "scratch_server"]
