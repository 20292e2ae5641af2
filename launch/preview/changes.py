"""The changes of a preview, from the engine's events: each resource once, property by property."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from launch.preview import values
from launch.preview.values import MISSING

_MARKUP = re.compile(r"<\{%.*?%\}>")
_ROOT = "pulumi:pulumi:Stack"
_LAST = "preview failed"
"""The engine's last message in a preview that has already reported why it failed."""
_WRAPPED = "Exception calling application: "
"""gRPC's prefix to an error of a dynamic resource."""

Step = Mapping[str, Any]
"""The metadata of a step, as in an event."""


class Kind(StrEnum):
    """What becomes of a resource."""

    REPLACE = "replace"
    DELETE = "delete"
    UPDATE = "update"
    CREATE = "create"
    IMPORT = "import"
    FORGET = "forget"
    """It leaves the state and stays at the vendor."""


_KINDS = {
    "replace": Kind.REPLACE,
    "delete": Kind.DELETE,
    "update": Kind.UPDATE,
    "create": Kind.CREATE,
    "import": Kind.IMPORT,
    "import-replacement": Kind.REPLACE,
    "discard": Kind.FORGET,
    "discard-replaced": Kind.FORGET,
}
"""A replacement is three steps, of which one counts. A read or an unchanged resource is not a change."""


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property that changes."""

    path: str
    before: str
    after: str
    """Both for people, on one line; a secret is `[secret]` in both."""
    replaces: bool = False
    """Whether it causes the replacement of the resource."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource."""

    kind: Kind
    urn: str
    type: str
    properties: tuple[Property, ...] = ()
    unprotected: bool = False
    """Whether it was protected and no longer would be."""
    retained: bool = False
    """Whether the vendor keeps it when it leaves the stack."""
    digest: str = ""
    """SHA-256 of all its inputs before and after, with secrets as `[secret]`."""
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    after: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Its inputs as in the events; empty in a preview that was loaded from a file."""

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def noun(self) -> str:
        """Its type for people, such as `cloudflare DnsRecord`."""
        package, _, kind = self.type.partition(":")
        return f"{package.removeprefix('pulumi-python')} {kind.rpartition(':')[2]}".strip()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The result of a preview."""

    succeeded: bool
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    errors: tuple[str, ...] = ()
    """Why it failed."""
    warnings: tuple[str, ...] = ()
    protections_off: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Protections that the configuration switches off: key -> meaning, and reason and last day if they are excused."""

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        """Return the changes of these kinds, by URN."""
        return tuple(each for each in self.changes if each.kind in kinds)


def read(events: Iterable[Mapping[str, Any]]) -> Changes:
    """Return the changes that the events of one preview report."""
    steps: dict[str, Step] = {}
    imported: set[str] = set()
    outputs: Mapping[str, Any] = {}
    messages: list[tuple[str, str, str]] = []
    summary: Mapping[str, Any] = {}
    for event in events:
        if pre := event.get("resourcePreEvent"):
            step = pre["metadata"]
            if step["op"] in _KINDS and _real(step):
                # A replacement is several steps with one URN; only one of them counts.
                steps[step["urn"]] = step
                if step["op"] == "import":
                    imported.add(step["urn"])  # an update of differing properties may follow in this run
        elif done := event.get("resOutputsEvent"):
            if done["metadata"]["type"] == _ROOT:
                outputs = (done["metadata"].get("new") or {}).get("outputs") or {}
        elif diagnostic := event.get("diagnosticEvent"):
            messages.append((diagnostic["severity"], diagnostic.get("urn") or "", _plain(diagnostic["message"])))
        elif ended := event.get("summaryEvent"):
            summary = ended
    succeeded = summary.get("result") == "succeeded"
    off = outputs.get("protections_off") or {}
    return Changes(
        succeeded=succeeded,
        # Sorted, because the engine's order differs from run to run.
        changes=tuple(_change(steps[urn], imported=urn in imported) for urn in sorted(steps)),
        unchanged=(summary.get("resourceChanges") or {}).get("same", 0),
        errors=() if succeeded else tuple(_errors(messages)),
        warnings=tuple(dict.fromkeys(_line(urn, text) for severity, urn, text in messages if severity == "warning")),
        protections_off={key: dict(entry) for key, entry in off.items()} if isinstance(off, Mapping) else {},
    )


def _real(step: Step) -> bool:
    """Return whether it stands for an object at a vendor; components and the engine's providers do not."""
    state = step.get("new") or step.get("old") or {}
    return bool(state.get("custom")) and not step["type"].startswith("pulumi:providers:")


def _change(step: Step, *, imported: bool) -> Change:
    old, new = step.get("old") or {}, step.get("new") or {}
    before, after = old.get("inputs") or {}, new.get("inputs") or {}
    kind = Kind.IMPORT if imported else _KINDS[step["op"]]
    gone = kind in (Kind.DELETE, Kind.FORGET)
    content = json.dumps([values.masked(before), {} if gone else values.masked(after)], sort_keys=True)
    return Change(
        kind=kind,
        urn=step["urn"],
        type=step["type"],
        properties=() if gone or kind is Kind.CREATE else tuple(_properties(step, old, after)),
        unprotected=bool(old.get("protect")) and not gone and not new.get("protect"),
        retained=bool(old.get("retainOnDelete")),
        digest=hashlib.sha256(content.encode()).hexdigest(),
        before=before,
        after={} if gone else after,
    )


def _properties(step: Step, old: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Property]:
    """Yield the properties that the provider names, or else those of the inputs that differ."""
    before = old.get("inputs") or {}
    keys = set(step.get("keys") or ())
    detailed = step.get("detailedDiff") or {}
    named = list(detailed) or [path for key in step.get("diffs") or () for path in _within(key, before, after)]
    for path in named or values.differing(before, after):
        kind = detailed.get(path, {}).get("diffKind", "")
        one, other = _either(path, before, old.get("outputs") or {}), values.at(after, path)
        if kind.startswith("add"):
            one = MISSING
        if kind.startswith("delete"):
            other = MISSING
        elif other is MISSING and not kind.startswith("delete") and path in detailed:
            other = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # the provider computes it
        shown = values.shown(one, other)
        replaces = kind.endswith("-replace") or str(values.steps(path)[0]) in keys
        yield Property(path=path, before=shown[0], after=shown[1], replaces=replaces)


def _within(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return list(values.differing(before.get(key, MISSING), after.get(key, MISSING), key)) or [key]


def _either(path: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- as JSON has it
    found = values.at(inputs, path)
    return values.at(outputs, path) if found is MISSING else found


def _errors(messages: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield why a preview failed: the engine's errors, or else what the program wrote to standard error."""
    errors = [(urn, text) for severity, urn, text in messages if severity == "error" and text != _LAST]
    notes = "\n".join(text for severity, _, text in messages if severity == "info#err")
    yield from dict.fromkeys(_line(urn, text) for urn, text in errors)
    if notes and not errors:
        yield values.without_password(notes.removeprefix("error: "))
    if not notes and not errors:
        yield _LAST


def _line(urn: str, text: str) -> str:
    name = "" if not urn or f"::{_ROOT}::" in urn else urn.rpartition("::")[2]
    return values.without_password(f"{name}: {text}" if name else text)


def _plain(message: str) -> str:
    return _MARKUP.sub("", message).rstrip().removeprefix(_WRAPPED)
