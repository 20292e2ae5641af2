"""How clients reach a database: the front door and SQL over HTTP."""

from sandbox.cloud.neon.access import sql_over_http
from sandbox.cloud.neon.access.front_door import FrontDoor

__all__ = [
    "FrontDoor",
    "sql_over_http",
]
