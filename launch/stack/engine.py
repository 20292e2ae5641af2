"""The Pulumi engine: the one on PATH if it is complete and new enough, otherwise one that is built once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from contract.paths import PROJECT
from contract.problem import Problem
from launch.stack.environment import exemptions, proxies
from toolchain.cache import ToolError, cache
from toolchain.engine import build
from toolchain.report import Report, say

OLDEST = (3, 254, 0)
"""The first release with everything that the program uses.

Before 3.252 the update after an import deleted the imported resource if the provider's id differs from the import id,
as it does for every Cloudflare record (pulumi/pulumi#14836). Since 3.254 an import file accepts inputs.
"""

_COMPANIONS = ("pulumi-language-python", "pulumi-resource-pulumi-python")


class EngineError(Problem):
    """There is no engine and none can be built, or its output cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A complete Pulumi engine."""

    program: Path
    """The `pulumi` executable."""
    built: bool
    """Whether we built it, in which case we add our own language hosts."""

    def environment(self) -> dict[str, str]:
        """Return what a shell needs for plain `pulumi` to be this engine and to run programs with this interpreter."""
        path = os.environ.get("PATH", os.defpath).split(os.pathsep)
        folder = str(self.program.parent)
        variables = {"PATH": os.pathsep.join([folder, *(entry for entry in path if entry != folder)])}
        if self.built:
            variables |= {"LAUNCH_PROJECT": str(PROJECT), "PULUMI_PYTHON_CMD": sys.executable}
        if proxies(os.environ):
            variables |= exemptions(os.environ)  # otherwise the program cannot reach the engine
        return variables


def find(report: Report = say) -> Engine:
    """Return the engine to use, built now if necessary (takes minutes). Raises EngineError."""
    program = _on_path()
    if program is not None:
        complaint = _complaint(program)
        if complaint is None:
            return Engine(program=program, built=False)
        report(f"{complaint} Using one built from source instead.")
    try:
        return Engine(program=build.build(report) / "pulumi", built=True)
    except ToolError as error:
        raise EngineError(error.what, where=error.where, remedy=error.remedy) from error


def _on_path() -> Path | None:
    """Return the user's own `pulumi`. In a shell prepared with `launch env`, ours comes first on PATH."""
    ours = cache().resolve()
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    others = [folder for folder in folders if not Path(folder).resolve().is_relative_to(ours)]
    found = shutil.which("pulumi", path=os.pathsep.join(others))
    return Path(found) if found else None


def _complaint(program: Path) -> str | None:
    """Return why the engine cannot be used; None if it can."""
    done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    if found is None:
        return f"{program} does not report its version."
    if tuple(map(int, found.groups())) < OLDEST:
        return f"{program} is {found[0]}, older than v{'.'.join(map(str, OLDEST))}."
    beside = f"{program.resolve().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    missing = [name for name in _COMPANIONS if shutil.which(name, path=beside) is None]
    return f"{program} has no {' and no '.join(missing)} beside it." if missing else None
