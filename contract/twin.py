"""The folder of a twin: what `launch mirror` writes and a sandbox begins from.

    twin.yaml         what the folder is: format, domain, rows, what could not be read
    cloudflare.yaml   documents as the vendor's API gives them, only the fields that are named in the code
    vercel.yaml       likewise; values of variables are marks
    neon.yaml         likewise, with the names of the SQL files of each branch
    workers/          the modules of each Worker
    database/         roles, schema and rows of each database, as SQL

No file holds a secret value: in its place is a mark, for which the sandbox invents one.
"""

from __future__ import annotations

FORMAT = 1
MANIFEST = "twin.yaml"
VENDORS = ("cloudflare", "vercel", "neon")

SECRET = "${secret}"  # noqa: S105 -- the mark in place of a secret
"""A value exists, but it is not included."""
DATABASE = "${database}"
"""The URL of the twin's own database, for its owner."""


def invented(name: str) -> str:
    """A twin's value in place of a secret: the same for the same name, and nobody's real one."""
    return f"twin-of-{name.lower().replace('_', '-')}"
