"""One stack of the project as the engine's reading commands show it.

Each command starts the engine once, without Pulumi's automation, which takes a third of a second to import.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contract.paths import PROJECT
from contract.problem import Problem
from launch.stack import event_log
from launch.stack.past import Update, updates
from launch.stack.reading import CommandFailedError, Reader, patiently
from launch.stack.state import State

SANDBOX = "sandbox"
"""The stack of the sandbox."""


class PulumiError(Problem):
    """An operation of Pulumi failed. Its output is in the message or has already been shown."""


class MissingStackError(PulumiError):
    """The backend responded, and does not have the stack."""


@dataclass(frozen=True, kw_only=True)
class ReadableStack:
    """A stack and the environment in which its commands run."""

    name: str
    environment: dict[str, str]
    folder: Path = PROJECT
    settings: Path | None = None
    """Another settings file than the project's for this stack."""

    @property
    def project(self) -> str:
        """The project's name."""
        return str(yaml.safe_load((self.folder / "Pulumi.yaml").read_text())["name"])

    def look(self, watch: Callable[[Mapping[str, Any]], object]) -> None:
        """Compare the state with reality; change neither.

        `watch` receives the engine's events, all at once when the engine has ended, even if it failed. Raises
        PulumiError.
        """
        arguments = ("refresh", "--preview-only", "--suppress-outputs", "--stack", self.name, "--event-log")

        def once() -> tuple[Mapping[str, Any], ...]:
            with tempfile.TemporaryDirectory(prefix="launch-look-") as folder:
                log = Path(folder) / "events.json"
                try:
                    self._reader().run(*arguments, str(log))
                except CommandFailedError as error:
                    if not error.half_written:
                        for event in event_log.read(log):
                            watch(event)
                    raise
                return event_log.read(log)

        with self._read("refresh --preview-only"):
            for event in patiently(once):
                watch(event)

    def state(self) -> State:
        """Return the whole state, from one start of the engine, with secrets in clear text. Raises PulumiError."""
        arguments = ("stack", "export", "--show-secrets", "--stack", self.name)
        with self._read("stack export"):
            return self._reader().read(arguments, State.of)

    def planned(self, *, refresh: bool = False, plan: Path | None = None) -> tuple[Mapping[str, Any], ...]:
        """Return the engine's events of a preview, which may have failed. Changes nothing but the file `plan`.

        The engine writes what an update may do to `plan`; `refresh` reads the actual resources first. Raises
        PulumiError if the preview did not finish.
        """
        arguments = ["--stack", self.name]  # the exit code does not reveal that a stack in PULUMI_STACK is missing
        arguments += [*(["--refresh"] if refresh else []), *(["--save-plan", str(plan)] if plan else [])]
        arguments += ["--config-file", str(self.settings)] if self.settings else []
        log = event_log.preview(self.folder, {**self.environment, "PULUMI_STACK": self.name}, arguments)
        if log.code == event_log.NO_STACK:
            raise self._missing()
        if not log.ended:
            what = f"`pulumi preview` did not finish:\n{log.complaint}"
            raise PulumiError(what, where=f"stack {self.name}", remedy="Its output names the cause.")
        return log.events

    def history(self) -> list[Update]:
        """Return all operations on the stack in the backend's history, newest first. Raises PulumiError."""
        with self._read("stack history"):
            return self._reader().read(
                ("stack", "history", "--json", "--stack", self.name), lambda text: updates(json.loads(text or "[]"))
            )

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """Return the outputs by name. Without `secrets`, secret ones are the text [secret]. Raises PulumiError."""
        shown = ["--show-secrets"] if secrets else []
        with self._read("stack output"):
            found: dict[str, Any] = self._reader().read(
                ("stack", "output", "--json", *shown, "--stack", self.name), json.loads
            )
        return found

    def _reader(self) -> Reader:
        return Reader(folder=self.folder, environment=self.environment)

    @contextmanager
    def _read(self, command: str) -> Iterator[None]:
        """Raise failures of a reading command as one clear error."""
        try:
            yield
        except CommandFailedError as error:
            if error.no_such_stack:
                raise self._missing() from None
            raise PulumiError(f"`pulumi {command}` of stack {self.name} failed:\n{error.complaint}") from None

    def _missing(self) -> MissingStackError:
        backend = self.environment.get("PULUMI_BACKEND_URL") or "the backend that `pulumi whoami --verbose` names"
        if self.name == SANDBOX:
            remedy = "Create it with `make up`."
        else:
            remedy = (
                f"Create it with `pulumi stack init {self.name}`, or use the backend that has it (`pulumi login`, or "
                "PULUMI_BACKEND_URL)."
            )
        return MissingStackError(f"there is no stack {self.name}", where=backend, remedy=remedy)
