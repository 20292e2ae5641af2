"""A first `pulumi up` failed because it asked for its own outputs in the moment in which the engine wrote them."""

from __future__ import annotations

from types import SimpleNamespace

import pulumi
import pytest

from components.guardrails import previous_outputs
from components.guardrails.previous_outputs import earlier_outputs

STACK = "organization/prductr/sandbox"


class Engine:
    """Answers with an error for as often as it is told, then with outputs."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked: list[dict[str, str]] = []

    def invoke(self, token: str, arguments: dict[str, str]) -> SimpleNamespace:
        assert token == "pulumi:pulumi:readStackOutputs"
        self.asked.append(arguments)
        if len(self.asked) <= self.failures:
            raise Exception("failed to load checkpoint: EOF")  # the engine's SDK raises nothing more specific
        return SimpleNamespace(value={"name": STACK, "outputs": {"database": {"project_id": "late-moon-1"}}})


def asked(monkeypatch: pytest.MonkeyPatch, failures: int) -> Engine:
    engine = Engine(failures)
    monkeypatch.setattr(pulumi.runtime, "invoke", engine.invoke)
    for part, value in zip(("organization", "project", "stack"), STACK.split("/"), strict=True):
        monkeypatch.setattr(pulumi, f"get_{part}", lambda value=value: value)
    monkeypatch.setattr(previous_outputs, "FIRST_PAUSE", 0.0001)
    return engine


@pytest.mark.parametrize("failures", [0, 1, previous_outputs.ATTEMPTS - 1])
def test_outputs_are_read_again_when_the_state_is_just_being_written(
    monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    engine = asked(monkeypatch, failures)
    assert earlier_outputs() == {"database": {"project_id": "late-moon-1"}}
    assert engine.asked == [{"name": STACK}] * (failures + 1)


def test_outputs_that_stay_unreadable_are_the_engines_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = asked(monkeypatch, previous_outputs.ATTEMPTS)
    with pytest.raises(Exception, match="failed to load checkpoint: EOF"):
        earlier_outputs()
    assert len(engine.asked) == previous_outputs.ATTEMPTS
