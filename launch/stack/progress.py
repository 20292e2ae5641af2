"""Progress of an update: a line for each change, and every problem once, at the end."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import DiagnosticEvent, OpType, StepEventMetadata

_DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "create-replacement": "replaced",
    "delete-replaced": "removed",
    "import": "imported",
    "import-replacement": "imported",
    "read": "read",
    "discard": "forgotten",
    "read-discard": "forgotten",
}
"""The engine's step names, and the past tense of each. Other steps change nothing."""
_COUNTED = {"same": "unchanged", "refresh": "unchanged", "replace": "replaced", **_DONE}
_STYLES = {"error": "red", "warning": "yellow"}
_MARKUP = re.compile(r"<\{%.*?%\}>")
_WRAPPED = "Exception calling application: "
"""gRPC's prefix for an error of a dynamic resource."""
_ROOT = "::pulumi:pulumi:Stack::"
"""Part of the URN of the stack itself. Its messages need no name."""
_LAST_WORDS = 5.0
"""Seconds to wait for the engine's last event, which may arrive after its command has ended."""
_NAMED = 3
"""How many of the resources in progress the live line names."""


class Progress:
    """Receives the engine's events. On a terminal, one live line shows what is in progress."""

    def __init__(self, doing: str, console: Console | None = None) -> None:
        self.showed_errors = False
        """Whether the engine reported an error."""
        self._doing = doing
        self._console = console or Console(stderr=True, soft_wrap=True, highlight=False)
        self._begun: dict[str, float] = {}
        self._shown: set[str] = set()
        self._problems: dict[tuple[str, str], list[str]] = {}
        """Severity and text, with the resources that reported it. The stack itself has no name."""
        self._went_through: set[str] = set()
        """Names of resources that were changed successfully."""
        self._summary = ""
        self._ended = threading.Event()
        self._ended.set()
        self._status = Status(f"{doing} …", console=self._console) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.wait(_LAST_WORDS)
        if self._status:
            self._status.stop()
        for (severity, text), names in self._problems.items():
            self._problem(severity, text, names)
        if self._summary:
            self._console.print(f"{self._doing}{' stopped' if error else ''}: {self._summary}")

    def __call__(self, event: EngineEvent) -> None:
        """Handle one event; called on the automation API's own thread."""
        if event.cancel_event is not None:  # despite its name, this marks the end of the events
            self._ended.set()
            return
        self._ended.clear()
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            if _real(step):
                self._begun[step.urn] = time.monotonic()
        elif event.res_outputs_event:
            self._finished(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._line("failed", event.res_op_failed_event.metadata, "red")
        elif event.diagnostic_event:
            self._diagnostic(event.diagnostic_event)
        elif event.stdout_event:
            self._console.print(Text(_plain(event.stdout_event.message)))
        elif event.summary_event:
            changes = counted(event.summary_event.resource_changes or {})
            self._summary = f"{changes} in {event.summary_event.duration_seconds} s."
        self._refresh()

    def _problem(self, severity: str, text: str, names: list[str]) -> None:
        """Add a problem. An error that a plugin retried until it succeeded does not count as one of the run."""
        repeated = [name for name in names if severity == "error" and name in self._went_through]
        for kind, some in (("tried again", repeated), (severity, [name for name in names if name not in repeated])):
            if some:
                message = f"{', '.join(some)}: {text}" if some != [""] else text
                self._console.print(Text(f"{kind}: {message}", _STYLES[severity] if kind == severity else "dim"))

    def _finished(self, step: StepEventMetadata) -> None:
        done = _DONE.get(step.op)
        if done and _real(step):
            self._went_through.add(_name(step.urn))
            self._line(done, step)
        else:
            self._begun.pop(step.urn, None)

    def _line(self, done: str, step: StepEventMetadata, style: str = "") -> None:
        seconds = time.monotonic() - self._begun.pop(step.urn, time.monotonic())
        package, _, kind = step.type.partition(":")
        what = f"{package} {kind.rpartition(':')[2]}"
        self._console.print(Text(f"  {done:<9} {_name(step.urn):<36} {what:<34} {seconds:5.1f} s", style))

    def _diagnostic(self, event: DiagnosticEvent) -> None:
        text = _plain(event.message).removeprefix(_WRAPPED)
        if event.severity == "debug" or event.ephemeral or not text:
            return
        self.showed_errors |= event.severity == "error"
        name = _name(event.urn) if event.urn and _ROOT not in event.urn else ""
        message = f"{name}: {text}" if name else text
        if message in self._shown:
            return
        self._shown.add(message)
        if event.severity in _STYLES:
            self._problems.setdefault((event.severity, text), []).append(name)
        else:
            # The program's own refusal, on its standard error, which the engine forwards line by line.
            refusal = text.startswith("error: ")
            self.showed_errors |= refusal
            self._console.print(Text(f"  {message}", "red" if refusal else "dim"))

    def _refresh(self) -> None:
        if self._status:
            names = [_name(urn) for urn in self._begun]
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            self._status.update(Text(f"{self._doing} … {', '.join(names[:_NAMED])}{more}"))


def counted(changes: Mapping[OpType, int]) -> str:
    """Return the engine's summary in words, such as `2 created, 46 unchanged`."""
    totals: dict[str, int] = {}
    for operation, number in changes.items():
        # A replacement is counted as a whole and by its parts.
        if operation not in ("create-replacement", "delete-replaced"):
            done = _COUNTED.get(operation, operation)
            totals[done] = totals.get(done, 0) + number
    ordered = sorted(totals.items(), key=lambda entry: entry[0] == "unchanged")
    return ", ".join(f"{number} {done}" for done, number in ordered if number) or "nothing to do"


def _real(step: StepEventMetadata) -> bool:
    """Return whether the step is about an object at a vendor.

    A component only names its parts, and a provider is only the engine's access to a vendor.
    """
    state = step.new or step.old
    return state is not None and bool(state.custom) and not step.type.startswith("pulumi:providers:")


def _plain(message: str) -> str:
    """Return a message of the engine without its colours."""
    return _MARKUP.sub("", message).strip()


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
