"""A run's knowledge of the state. Prevents: a first `pulumi up` that fails because it reads its own outputs at the
moment at which the engine writes them; an engine that fails when it is queried for the resources of a new stack.
"""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.guardrails import known_state as module
from components.guardrails.known_state import known_state

STACK = "organization/prductr/sandbox"
OUTPUTS = {"database": {"project_id": "late-moon-1"}}
RECORD = "urn:pulumi:sandbox::prductr::prductr:launch:Records$cloudflare:index/dnsRecord:DnsRecord::dns-apex"
DEPLOYMENT = "urn:pulumi:sandbox::prductr::prductr:launch:WebApp$vercel:index/deployment:Deployment::landing-deployment"
RESOURCES = {RECORD: {"outputs": {}}, DEPLOYMENT: {"outputs": {"url": "landing-1.vercel.app"}}}


class Engine:
    """Returns an error the given number of times, then outputs."""

    def __init__(self, failures: int, outputs: dict[str, Any]) -> None:
        self.failures = failures
        self.outputs = outputs
        self.asked: list[str] = []

    def invoke(self, token: str, arguments: dict[str, str]) -> SimpleNamespace:
        self.asked.append(token.rpartition(":")[2])
        if len(self.asked) <= self.failures:
            raise Exception("failed to load checkpoint: EOF")  # the engine's SDK raises nothing more specific
        outputs = {"readStackOutputs": self.outputs, "readStackResourceOutputs": RESOURCES}[self.asked[-1]]
        assert set(arguments.values()) == {STACK}
        return SimpleNamespace(value={"outputs": outputs})


def asked(monkeypatch: pytest.MonkeyPatch, failures: int, outputs: dict[str, Any]) -> Engine:
    engine = Engine(failures, outputs)
    monkeypatch.setattr(pulumi.runtime, "invoke", engine.invoke)
    for part, value in zip(("organization", "project", "stack"), STACK.split("/"), strict=True):
        monkeypatch.setattr(pulumi, f"get_{part}", lambda value=value: value)
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.0001)
    return engine


@pytest.mark.parametrize("failures", [0, 1, module.ATTEMPTS - 1])
def test_the_state_is_read_again_while_it_is_being_written(monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
    engine = asked(monkeypatch, failures, OUTPUTS)
    state = known_state()
    assert state.outputs == OUTPUTS
    assert state.holds("cloudflare:index/dnsRecord:DnsRecord", "dns-apex")
    assert not state.holds("cloudflare:index/dnsRecord:DnsRecord", "dns-spf")
    assert state.deployments == {"landing-1.vercel.app"}
    assert engine.asked == ["readStackOutputs"] * (failures + 1) + ["readStackResourceOutputs"]


def test_a_state_that_stays_unreadable_raises_the_engines_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = asked(monkeypatch, module.ATTEMPTS, OUTPUTS)
    with pytest.raises(Exception, match="failed to load checkpoint: EOF"):
        known_state()
    assert len(engine.asked) == module.ATTEMPTS


@pytest.mark.parametrize(
    "deployment", [None, {}, {"resources": [{"urn": RECORD}, {"urn": DEPLOYMENT, "delete": True}]}]
)
def test_before_the_first_success_the_state_is_read_by_the_engines_export(
    monkeypatch: pytest.MonkeyPatch, deployment: dict[str, Any] | None
) -> None:
    engine = asked(monkeypatch, 0, {})
    done = SimpleNamespace(returncode=0, stdout=json.dumps({"deployment": deployment}), stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    monkeypatch.setattr(module, "_engine", lambda: "pulumi")
    state = known_state()
    assert engine.asked == ["readStackOutputs"]
    assert state.resources == ({("cloudflare:index/dnsRecord:DnsRecord", "dns-apex")} if deployment else frozenset())


def test_a_failed_export_ends_the_run_with_the_engines_message(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, 0, {})
    done = SimpleNamespace(returncode=1, stdout="", stderr="error: no such bucket")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    monkeypatch.setattr(module, "_engine", lambda: "pulumi")
    with pytest.raises(pulumi.RunError, match=r"(?s)nothing was changed.*no such bucket"):
        known_state()
