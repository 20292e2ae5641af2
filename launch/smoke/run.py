"""One cell of the matrix: a command in a fresh copy, and its judgement."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from launch.report import FailedError, UncheckedError, Verdict
from launch.smoke import copies, judgement, plugins, process
from launch.smoke.matrix import Matrix, Test
from launch.smoke.results import Run, Showstopper

_VERSION_SECONDS = 30.0
_SHOWN = 5
_LOOK = "Run it by hand in a copy of the checkout, and look at its output."


class StoppedError(FailedError):
    """A showstopper was found."""

    def __init__(self, kind: Showstopper, detail: str) -> None:
        super().__init__(detail, _LOOK)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The environment of tests: the matrix, and the folders given for it."""

    matrix: Matrix
    plugins: Mapping[str, Path]
    checkouts: Mapping[str, Path]
    by: str
    _versions: dict[str, str] = field(default_factory=dict, init=False)

    def run(self, test: Test, repository: str) -> Run:
        """Return the result of one cell. If something is missing, the cell is `not checked`, never passed."""
        cell = Run(
            plugin=test.plugin,
            command=test.command,
            repository=repository,
            verdict=Verdict.UNCHECKED,
            detail="",
            by=self.by,
        )
        try:
            plugin = self._given(self.plugins, test.plugin, "plugin")
            checkout = self._given(self.checkouts, repository, "checkout")
            manifest = plugins.manifest(plugin, test)
            head, changed = copies.commit(checkout)
            cell = replace(
                cell,
                plugin_version=str(manifest.get("version", "")),
                plugin_commit=copies.commit(plugin)[0],
                repository_commit=head,
                repository_changed=changed,
                runner_version=self._version(),
            )
            with tempfile.TemporaryDirectory(prefix="launch-smoke-", ignore_cleanup_errors=True) as folder:
                return self._tried(cell, test, plugin.resolve(), checkout, Path(folder) / repository)
        except UncheckedError as error:
            return replace(cell, detail=f"not run: {error.what}", remedy=error.remedy)
        except copies.CopyError as error:
            return replace(cell, detail=f"not run: {error.where}: {error.what}", remedy=error.remedy)

    def _tried(self, cell: Run, test: Test, plugin: Path, checkout: Path, folder: Path) -> Run:
        copies.copy(checkout, folder)
        before = copies.digests(folder)
        runner = self.matrix.runner
        cell = replace(cell, started=datetime.now(UTC).isoformat(timespec="seconds"))
        try:
            ended = process.run(
                runner.command(test, plugin), folder=folder, seconds=runner.timeout_seconds, also=runner.environment
            )
        except OSError as error:
            raise UncheckedError(f"{runner.words[0]} cannot be started ({error.strerror})", "Install it.") from None
        after = copies.digests(folder)
        result = _result(ended.output)
        cell = replace(cell, seconds=ended.seconds, cost_usd=_number(result.get("total_cost_usd")))
        try:
            self._judge(test, folder, before, after, ended, result)
        except StoppedError as error:
            stopper = error.kind
            return replace(cell, verdict=Verdict.FAILED, detail=error.what, remedy=error.remedy, showstopper=stopper)
        except UncheckedError as error:
            return replace(cell, detail=f"not run: {error.what}", remedy=error.remedy)
        made = sum(before.get(name) != digest for name, digest in after.items())
        return replace(cell, verdict=Verdict.PASSED, detail=f"{made} files made or changed in {ended.seconds:.0f} s")

    def _judge(
        self,
        test: Test,
        folder: Path,
        before: Mapping[str, str],
        after: Mapping[str, str],
        ended: process.Ended,
        result: Mapping[str, Any],
    ) -> None:
        """Raise StoppedError for the first showstopper, and UncheckedError if the service refused the run."""
        changed = {name: digest for name, digest in after.items() if before.get(name) != digest}
        guarded = {name.lower() for name in self.matrix.untouched}
        touched = [name for name in before if Path(name).name.lower() in guarded and after.get(name) != before[name]]
        if touched:
            raise StoppedError(Showstopper.OVERWRITTEN, f"overwrote {_listed(touched)}")
        if ended.code is None:
            raise StoppedError(Showstopper.TIMEOUT, f"took longer than {self.matrix.runner.timeout_seconds:g} s")
        if result.get("is_error") is True and result.get("terminal_reason") == "api_error":
            # Nothing was learned about the plugin: not signed in, no network, no quota.
            status = result.get("api_error_status")
            what = "the model's service refused it" + (f" (status {status})" if status else "")
            raise UncheckedError(what, "Sign in to Claude Code, or give ANTHROPIC_API_KEY; then run it again.")
        if ended.code != 0:
            how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
            raise StoppedError(Showstopper.CRASH, f"ended with {how}")
        if ended.cut or not result:
            what = f"printed more than {process.LARGEST >> 20} MiB" if ended.cut else "printed no result in JSON"
            raise StoppedError(Showstopper.OUTPUT, what)
        if result.get("is_error") is not False:
            raise StoppedError(Showstopper.CRASH, f"ended with an error: {str(result.get('subtype'))[:80]}")
        denied = result.get("permission_denials")
        if denied:
            names = [str(each.get("tool_name")) if isinstance(each, dict) else str(each) for each in denied]
            raise StoppedError(Showstopper.PROMPT, f"asked for permission to use {_listed(sorted(set(names)))}")
        if not changed and str(result.get("result", "")).rstrip().endswith("?"):
            raise StoppedError(Showstopper.PROMPT, "asked a question, and left no file")
        wrong = list(judgement.faults(test, folder, changed))
        if wrong:
            raise StoppedError(Showstopper.OUTPUT, "; ".join(wrong[:_SHOWN]))

    def _version(self) -> str:
        """Return the runner's version. Raises UncheckedError if it is missing."""
        words = self.matrix.runner.version
        if "runner" not in self._versions:
            try:
                done = process.run(words, folder=Path(tempfile.gettempdir()), seconds=_VERSION_SECONDS)
            except OSError:
                remedy = "Install it, or name another in plan/smoke.yaml."
                raise UncheckedError(f"{words[0]} is not installed", remedy) from None
            if done.code != 0:
                how = "took too long" if done.code is None else f"ended with {done.code}"
                raise UncheckedError(f"`{' '.join(words)}` {how}", "Reinstall it.")
            self._versions["runner"] = done.output.decode("utf-8", "replace").strip()[:100]
        return self._versions["runner"]

    @staticmethod
    def _given(folders: Mapping[str, Path], name: str, option: str) -> Path:
        if name not in folders:
            raise UncheckedError(f"no {option} {name} was given", f"Give it: --{option} {name}=FOLDER.")
        if not folders[name].is_dir():
            raise UncheckedError(f"{folders[name]} is not a folder", f"Give another: --{option} {name}=FOLDER.")
        return folders[name]


def _result(output: bytes) -> dict[str, Any]:
    """Return the result that the runner printed, or an empty one."""
    try:
        found = json.loads(output)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("type") == "result" else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
