"""`launch verify` as a command. Prevents: exit code 0 for a launch that could not be checked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from launch.drift.beside import Beside
from launch.report.findings import Check, FailedError, Finding, Verdict, worst
from launch.strangers import Stranger
from launch.verify.checks.verification import vantage
from launch.verify.run import run
from tests.launch.verify.conftest import HOSTS, Launch, unused_port
from tests.verbs import Result, call


@dataclass(frozen=True)
class DeployedStack:
    """A stack that was deployed with these outputs."""

    found: dict[str, Any]
    environment: dict[str, str]
    name: str = "sandbox"

    def outputs(self, *, secrets: bool) -> dict[str, Any]:
        assert secrets, "the application's URL is a secret output"
        return self.found


class Command(Protocol):
    """Invokes the command for a stack with these outputs."""

    def __call__(self, outputs: dict[str, Any], environment: dict[str, str], *arguments: str) -> Result: ...


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    def invoke(outputs: dict[str, Any], environment: dict[str, str], *arguments: str) -> Result:
        deployed = DeployedStack(outputs, environment)
        monkeypatch.setattr("launch.commands.verify.named", lambda name: deployed if name == "sandbox" else None)
        return call("verify", "--stack", "sandbox", *arguments)

    return invoke


def test_people_get_a_table_and_machines_a_document(launched: Launch, command: Command) -> None:
    shown = command(launched.outputs(), launched.environment)
    assert shown.exit_code == 0
    assert "The launch is as declared." in shown.output
    assert shown.output.startswith("Verification of stack sandbox\n  seen from: LAUNCH_DNS_SERVER=127.0.0.1:")
    for host in launched.hosts:
        assert host in shown.output
    machine = command(launched.outputs(), launched.environment, "--json")
    document = json.loads(machine.stdout)
    assert (machine.exit_code, document["verdict"], document["exit_code"]) == (0, "passed", 0)
    assert document["counts"] == {"passed": 35, "noted": 0, "not checked": 0, "failed": 0, "unsafe": 0}
    assert document["stack"] == "sandbox"
    assert f"LAUNCH_CONNECT_TO={launched.environment['LAUNCH_CONNECT_TO']}" in document["seen_from"]
    assert {"subject", "check", "verdict", "detail", "remedy", "seconds"} <= document["checks"][0].keys()


def test_a_stand_in_for_the_internet_is_named_and_never_reported_as_the_internet() -> None:
    assert vantage({"PATH": "/bin", "LAUNCH_DNS_SERVER": ""}) == "the internet"
    for variable in ("LAUNCH_DNS_SERVER", "LAUNCH_CONNECT_TO", "PGHOSTADDR", "PGPORT"):
        assert vantage({variable: "127.0.0.1"}) == f"{variable}=127.0.0.1"


def test_a_failure_is_exit_code_2_and_names_a_remedy(launched: Launch, command: Command) -> None:
    launched.clouds.forget("prductr.com", "A")
    result = command(launched.outputs(), launched.environment)
    assert result.exit_code == 2
    assert "The launch is not as declared." in result.output
    assert "- prductr.com: Run `pulumi up --refresh` to create its DNS record again." in result.output


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("missing", ["LAUNCH_DNS_SERVER", "LAUNCH_CONNECT_TO"])
def test_an_unreachable_edge_is_not_checked_and_exit_code_1(launched: Launch, command: Command, missing: str) -> None:
    nobody = f"127.0.0.1:{unused_port()}"
    environment = launched.environment | {missing: f"{nobody},{nobody}" if missing == "LAUNCH_CONNECT_TO" else nobody}
    result = command(launched.outputs(), environment, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["counts"]["failed"], document["counts"]["unsafe"]) == (1, 0, 0)
    green = {(check["subject"], check["check"]) for check in document["checks"] if check["verdict"] == "passed"}
    known = {(host, "resolves") for host in launched.hosts} if missing == "LAUNCH_CONNECT_TO" else set()
    names = ("answers the application", "answers the service", "isolates tenants", "declared rules hold")
    assert green == known | {("database", name) for name in names} | {("protections", "are on"), ("upkeep", "has run")}


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("LAUNCH_DNS_SERVER", "dora", "LAUNCH_DNS_SERVER is 'dora'"),
        ("LAUNCH_CONNECT_TO", "127.0.0.1:1", "Give ADDRESS:PORT,ADDRESS:PORT"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "SSL_CERT_FILE is '/nowhere/ca.pem', which cannot be read (No such file"),
        ("SSL_CERT_FILE", __file__, "which cannot be read ("),
    ],
)
def test_a_malformed_variable_is_one_clear_error(
    launched: Launch, command: Command, variable: str, value: str, complaint: str
) -> None:
    result = command(launched.outputs(), launched.environment | {variable: value})
    assert result.exit_code == 1
    assert complaint in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("outputs", [{}, {"hosts": {}}, {"hosts": {"prductr.com": {}}}])
def test_a_stack_without_these_outputs_is_an_error(command: Command, outputs: dict[str, Any]) -> None:
    result = command(outputs, {})
    assert result.exit_code == 1
    assert "Run `pulumi up` first" in result.stderr
    reported = json.loads(command(outputs, {}, "--json").stdout)
    assert result.stderr.startswith(f"Error: {reported['error']}")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"hosts": {}}, "has no application and no redirect and no site and no worker"),
        ({"hosts": {"prductr.com": HOSTS["prductr.com"]}}, "has no application and no redirect and no worker"),
        ({"hosts": HOSTS | {"echome.prductr.com": {"kind": "worker", "by": "echome", "expect": {}}}}, "'version'"),
        ({"hosts": HOSTS | {"prductr.com": HOSTS["prductr.com"] | {"expect": {"status": ["x"]}}}}, "malformed"),
    ],
)
def test_outputs_that_leave_a_part_of_the_launch_unproved_are_an_error(
    launched: Launch, command: Command, change: dict[str, Any], complaint: str
) -> None:
    result = command(launched.outputs() | change, launched.environment)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert "Run `pulumi up` first" in result.stderr
    assert "Traceback" not in result.output


def findings(*checks: Check, seconds: float = 20) -> list[Finding]:
    """Return the checks' findings, each also reported as it came."""
    reported: list[Finding] = []
    found = asyncio.run(run(checks, seconds=seconds, done=reported.append))
    assert sorted(reported, key=id) == sorted(found, key=id)
    return found


def test_one_check_that_hangs_or_breaks_hides_no_other_and_is_not_green() -> None:
    async def hang() -> str:
        await asyncio.sleep(3600)
        return "late"

    async def defect() -> str:
        raise ValueError("a secret that must not be shown")

    async def fail() -> str:
        raise FailedError("wrong", "repair it")

    async def succeed() -> str:
        return "right"

    checks = [Check(subject="s", name=one.__name__, run=one) for one in (hang, defect, fail, succeed)]
    found = findings(*checks, seconds=0.5)
    assert [finding.verdict.value for finding in found] == ["not checked", "not checked", "failed", "passed"]
    assert [finding.detail for finding in found] == [
        "no result within 0.5 s",
        "the check itself failed: ValueError",
        "wrong",
        "right",
    ]


def test_the_worst_finding_decides_and_no_finding_is_no_proof() -> None:
    def of(*verdicts: Verdict) -> int:
        return worst(Finding(subject="s", name="n", verdict=verdict, detail="") for verdict in verdicts).exit_code

    assert of(Verdict.PASSED, Verdict.PASSED) == 0
    assert of(Verdict.PASSED, Verdict.UNCHECKED) == 1
    assert of(Verdict.UNCHECKED, Verdict.FAILED) == 2
    assert of(Verdict.UNSAFE, Verdict.FAILED, Verdict.PASSED) == 3
    assert of() == 1


def test_orphans_are_named_on_request_and_count(
    launched: Launch, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = Stranger(
        vendor="Vercel", beside="landing", what="domain a.example", effect="is served", remedy="Remove it."
    )
    orphan = Stranger(vendor="Neon", beside="org", what="project p", effect="is billed", remedy="", harmless=True)
    monkeypatch.setattr("launch.drift.around", lambda _: Beside((rival, orphan)))
    document = command(launched.outputs(), launched.environment, "--orphans", "--json").document
    assert (document["exit_code"], document["counts"]["failed"], document["counts"]["noted"]) == (2, 1, 1)
    assert [each["what"] for each in document["beside"] + document["orphans"]] == ["domain a.example", "project p"]
    plain = command(launched.outputs(), launched.environment, "--json").document
    assert (plain["exit_code"], "orphans" in plain) == (0, False)
