"""The contents of this stack's state when a run begins: its outputs and its resources.

The outputs come from the last successful update; the resources also from an update that failed half-way.

    state = known_state()
    state.outputs.get("database")
    state.holds("cloudflare:index/dnsRecord:DnsRecord", "dns-apex")
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psutil
import pulumi

from contract.resource_types import VERCEL_DEPLOYMENT

ATTEMPTS = 8
FIRST_PAUSE = 0.05
"""Seconds; each pause is twice as long as the previous one, six seconds in all."""

T = TypeVar("T")


@dataclass(frozen=True)
class KnownState:
    """The stack according to its state."""

    outputs: Mapping[str, Any] = field(default_factory=dict)
    """By name; empty before the first successful update. They hold secrets in clear text."""
    resources: frozenset[tuple[str, str]] = frozenset()
    """Type token and name of each resource."""
    ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The vendor's id of each resource, if its outputs have one."""
    deployments: frozenset[str] = frozenset()
    """URLs of the resources that are deployments at Vercel."""

    def holds(self, kind: str, name: str) -> bool:
        """Return whether the state has this resource."""
        return (kind, name) in self.resources


def known_state() -> KnownState:
    """Read the state once, before the first declaration. Raises the engine's error if the state stays unreadable.

    A StackReference would keep a copy of the outputs in the state. A hook that requested them would wait for ever if
    the run fails meanwhile: the engine then answers no more requests, and waits for the hook.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    outputs = _patiently(lambda: _asked("readStackOutputs", {"name": stack}))
    if outputs:
        found = _patiently(lambda: _asked("readStackResourceOutputs", {"stackName": stack}))
        return _state(outputs, {urn: each["outputs"] for urn, each in found.items()})
    # The engine crashes on a request for the resources of a stack that has never been updated (3.259).
    return _state({}, _exported())


def _asked(function: str, arguments: dict[str, str]) -> Mapping[str, Any]:
    outputs: Mapping[str, Any] = pulumi.runtime.invoke(f"pulumi:pulumi:{function}", arguments).value["outputs"]
    return outputs


def _exported() -> Mapping[str, Mapping[str, Any]]:
    """Return URN -> outputs, from the engine's own command. No secret is decrypted for it."""
    command = [_engine(), "stack", "export", "--stack", pulumi.get_stack()]
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment, check=False
    )
    if done.returncode:
        raise pulumi.RunError(f"The state of this stack cannot be read; nothing was changed.\n{done.stderr.strip()}")
    deployment = json.loads(done.stdout).get("deployment") or {}
    return {
        each["urn"]: each.get("outputs") or {} for each in deployment.get("resources") or () if not each.get("delete")
    }


def _engine() -> str:
    """Return the path of the engine that runs this program. It need not be on PATH."""
    for parent in psutil.Process().parents():
        if parent.name() == "pulumi":
            return parent.exe()
    found = shutil.which("pulumi")
    if found is None:
        raise pulumi.RunError("`pulumi` neither runs this program nor is on PATH.")
    return found


def _state(outputs: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]) -> KnownState:
    keys = {urn: (urn.split("::", 3)[2].rpartition("$")[2], urn.split("::", 3)[3]) for urn in resources}
    deployments = (resources[urn] for urn, (kind, _) in keys.items() if kind == VERCEL_DEPLOYMENT)
    ids = {keys[urn]: str(each.get("siteTag") or each.get("id") or "") for urn, each in resources.items()}
    urls = frozenset(str(each.get("url")) for each in deployments)
    return KnownState(outputs, frozenset(keys.values()), ids, urls)


def _patiently(read: Callable[[], T]) -> T:
    """Retry `read` until it succeeds or the pauses are used up.

    The engine writes its checkpoint as a run begins, and a `file://` backend does not replace the file and its
    attributes atomically: a reader at that moment finds half a file, and a moment later a whole one.
    """
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            return read()
        except Exception as error:  # the SDK raises nothing more specific
            pulumi.log.debug(f"reading the state again: {error}")
        time.sleep(pause)
        pause *= 2
    return read()
