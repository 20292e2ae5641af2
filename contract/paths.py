"""Where the project is: the folder with Pulumi.yaml, and the folders in it that several rooms read."""

from __future__ import annotations

from pathlib import Path


def _project() -> Path:
    """The checkout that this file belongs to, or the nearest one above if the packages are installed elsewhere."""
    checkout = Path(__file__).resolve().parent.parent
    here = Path.cwd()
    for folder in (checkout, here, *here.parents):
        if (folder / "Pulumi.yaml").is_file() and (folder / "sql").is_dir():
            return folder
    return checkout


PROJECT = _project()
"""The project's folder."""
SQL = PROJECT / "sql"
"""Migrations, declared row security, checks and queries."""
WORKERS = PROJECT / "workers"
"""The Workers' modules."""
