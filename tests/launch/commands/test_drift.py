"""Reports of drift for people and machines. Prevents: drift that is not reported, secrets in its report, and a failed
check that counts as a launch as declared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract.paths import PROJECT
from contract.resource_types import DNS_RECORD, MIGRATIONS, NEON_PROJECT
from database.row_security.facts.difference import Difference, Need
from launch.drift.accounts import Accounts
from launch.drift.beside import Beside
from launch.drift.noise import RULES
from launch.drift.watch import Watch
from launch.inputs import complaints
from launch.report.findings import Finding, Verdict
from launch.report.remedies import COMMAND
from launch.stack.readable import PulumiError
from launch.stack.state import State
from tests.verbs import call

SECURITY = "pulumi-python:dynamic/sql:RowSecurity"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


def step(
    op: str,
    name: str,
    old: dict[str, Any],
    new: dict[str, Any] | None = None,
    *,
    diffs: list[str] | None = None,
    of: str = "shop:index/thing:Thing",
    custom: bool = True,
) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::bare::{of}::{name}"
    known = {"type": of, "urn": urn, "custom": custom}
    states = {"old": known | {"outputs": old}, "new": new and known | {"outputs": new}}
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": urn, "type": of, "diffs": diffs, **states}}}


def recorded(of: str, difference: str) -> dict[str, Any]:
    """A resource of the database that reports its differences itself."""
    return step("update", "own", {"drift": []}, {"drift": [difference]}, of=of)


def watched(*events: dict[str, Any]) -> Watch:
    watch = Watch()
    for event in events:
        watch(event)
    return watch


def test_each_changed_property_is_reported_with_both_values_and_noise_is_not() -> None:
    old, new = {"value": "strict", "at": 1}, {"value": "flexible", "at": 2}
    watch = watched(step("update", "ssl", old, new, diffs=["value"]), step("refresh", "dns", {"at": 1}, {"at": 2}))
    assert [(each.resource, each.differences, each.security) for each in watch.drifts] == [
        ("ssl", ('value is "flexible", was "strict"',), False)
    ]
    assert watch.looked_at == 2


def test_changes_that_the_provider_does_not_name_are_found_and_reported() -> None:
    watch = watched(
        step("delete", "record", {"name": "www"}),
        step("update", "project", {"a": 1, "gone": True}, {"a": 1, "new": [1]}),
    )
    assert [each.differences for each in watch.drifts] == [
        ("it is gone",),
        ("gone is missing, was true", "new is [1], was missing"),
    ]


def test_secrets_are_hidden_and_long_values_are_cut() -> None:
    watch = watched(step("update", "key", {"k": [SECRET]}, {"k": {"a": SECRET, "b": "x" * 500}}))
    ((text,),) = [each.differences for each in watch.drifts]
    assert text.startswith('k is {"a": "[secret]", "b": "xxx')
    assert text.endswith('…, was ["[secret]"]')
    assert "1b47061264138c4ac30d75fd1eb44270" not in text


def test_a_secret_that_differs_is_reported_although_it_looks_the_same() -> None:
    watch = watched(
        step("update", "named", {"value": SECRET}, {"value": SECRET}, diffs=["value"]),
        step("update", "unnamed", {"value": SECRET}, {"value": SECRET}),
    )
    assert [each.differences for each in watch.drifts] == [
        ("value differs, which is a secret",),
        ("a secret value differs",),
    ]


def difference(text: str, needs: Need = Need.UPDATE, *, security: bool = True) -> dict[str, Any]:
    """Return one difference of row security, as in its state."""
    return Difference(kind="policy", object="p", text=text, needs=needs, security=security).document()


def test_row_security_reports_its_own_drift_and_it_counts_as_security() -> None:
    old, new = {"drift": [], "fingerprint": "a"}, {"drift": [difference("policy p is gone")], "fingerprint": "b"}
    (found,) = watched(step("update", "rls", old, new, of=SECURITY)).drifts
    assert (found.differences, found.security) == (("policy p is gone",), True)


def test_drift_recorded_by_an_earlier_refresh_is_still_reported() -> None:
    same = {"drift": [difference("policy p is gone")], "fingerprint": "b"}
    (found,) = watched(step("refresh", "rls", same, same, of=SECURITY)).drifts
    assert (found.differences, found.security) == (("policy p is gone",), True)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (step("update", "ssl", {"value": 1}, {"value": 2}), f"`{COMMAND}` puts it right."),
        (step("update", "rls", {}, {"drift": [difference("is not declared")]}, of=SECURITY), "puts it right."),
        (step("update", "rls", {}, {"drift": [difference("", Need.PERSON)]}, of=SECURITY), "drop it"),
        (
            step(
                "update",
                "rls",
                {},
                {"drift": [difference("", Need.PERSON), difference("", Need.MIGRATION)]},
                of=SECURITY,
            ),
            "No update",
        ),
        (
            step("update", "m", {}, {"drift": ["the ledger no longer holds 0001"]}, of=MIGRATIONS),
            "pulumi up --replace '",
        ),
        (step("delete", "m", {"files": {}}, of=MIGRATIONS), "Restore launch.schema_migrations"),
        (step("delete", "project", {"name": "a"}, of=NEON_PROJECT), "Ask Neon"),
        (step("update", "project", {"name": "a"}, {"name": "b"}, of=NEON_PROJECT), "declared names at Neon"),
    ],
)
def test_the_repair_depends_on_the_resource_and_the_difference(event: dict[str, Any], expected: str) -> None:
    (found,) = watched(event).drifts
    assert expected in found.remedy
    puts_right = found.remedy == f"`{COMMAND}` puts it right."
    assert puts_right == (expected.endswith("puts it right.")), found.remedy


def test_a_difference_that_exposes_no_row_is_drift_but_no_security_drift() -> None:
    harmless = difference("constraint c is not declared", Need.PERSON, security=False)
    (found,) = watched(step("update", "rls", {}, {"drift": [harmless]}, of=SECURITY)).drifts
    assert (found.security, found.needs) == (False, ("person",))
    (found,) = watched(step("update", "rls", {}, {"drift": [harmless, difference("x")]}, of=SECURITY)).drifts
    assert (found.security, found.needs) == (True, ("person", "update"))


def test_drift_recorded_as_text_by_an_older_release_counts_as_security() -> None:
    (found,) = watched(step("update", "rls", {}, {"drift": ["policy p is gone"]}, of=SECURITY)).drifts
    assert (found.differences, found.security) == (("policy p is gone",), True)


def test_the_urn_to_replace_is_the_resources_own() -> None:
    (found,) = watched(recorded(MIGRATIONS, "the ledger no longer holds 0001_a.sql")).drifts
    assert f"'urn:pulumi:dev::bare::{MIGRATIONS}::own'" in found.remedy


def test_components_and_the_engines_own_resources_are_no_drift() -> None:
    watch = watched(
        step("update", "site", {"a": 1}, {"a": 2}, custom=False),
        step("update", "vercel", {"a": 1}, {"a": 2}, of="pulumi:providers:vercel"),
    )
    assert (watch.drifts, watch.looked_at) == ([], 0)


Command = Callable[..., tuple[int, str, str]]


@dataclass
class Stacked:
    """A stack whose engine emits these events, with sound accounts and hosts."""

    events: tuple[dict[str, Any], ...]
    failing: bool = False
    off: tuple[str, ...] = ()
    written: list[str] = field(default_factory=lambda: ["once"])
    """The time of the state's last write, at each reading; the last value stays."""
    pending: tuple[str, ...] = ()
    name: str = "prod"
    environment: dict[str, str] = field(default_factory=dict)
    looks: int = 0

    def state(self) -> State:
        resources = [
            {"urn": event["resOutputsEvent"]["metadata"]["urn"], "type": "shop:index/thing:Thing", "custom": True}
            for event in self.events
            if "resOutputsEvent" in event
        ]
        stack = {
            "urn": "urn:stack",
            "type": "pulumi:pulumi:Stack",
            "outputs": {"protections_off": {key: {} for key in self.off}},
        }
        moment = self.written.pop(0) if len(self.written) > 1 else self.written[0]
        return State(
            {
                "manifest": {"time": moment},
                "resources": [stack, *resources],
                "pending_operations": [
                    {"resource": {"urn": f"urn::{name}"}, "type": "creating"} for name in self.pending
                ],
            }
        )

    def provider_settings(self) -> dict[str, str]:
        return {}

    def look(self, watch: Watch) -> None:
        self.looks += 1
        for event in self.events:
            watch(event)
        if self.failing:
            raise PulumiError("`pulumi refresh` failed")


@pytest.fixture
def stacked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stacked]:
    """Makes `launch drift` find this stack under any name, with sound accounts and hosts."""

    def make(*events: dict[str, Any], **more: Any) -> Stacked:  # noqa: ANN401 -- fields
        found = Stacked(events, **more)
        well = Finding(subject="www", name="answers", verdict=Verdict.PASSED, detail="200")
        monkeypatch.setattr("launch.commands.drift.named", lambda _name: found)
        monkeypatch.setattr("launch.drift.accounts.accounts", lambda *_: Accounts(beside=Beside(), secrets=()))
        monkeypatch.setattr("launch.verify.checks.inspected", lambda *_, **__: (well,))
        return found

    return make


@pytest.fixture
def command(stacked: Callable[..., Stacked]) -> Command:
    """Runs `launch drift` for a stack whose engine emits these events; returns exit code and output."""

    def invoke(*events: dict[str, Any], arguments: tuple[str, ...] = (), **more: Any) -> tuple[int, str, str]:  # noqa: ANN401
        stacked(*events, **more)
        done = call("drift", *arguments)
        return done.exit_code, done.stdout, done.stderr

    return invoke


def test_a_value_that_the_vendor_never_returns_is_reported_as_not_checked(command: Command) -> None:
    variable = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
    events = [
        step("refresh", name, {"sensitive": sensitive}, {"sensitive": sensitive}, of=variable)
        for name, sensitive in (("key", True), ("flag", False))
    ]
    code, output, _ = command(*events)
    assert code == 0
    assert re.search(r"^key +value +noted +not checked", output, re.MULTILINE)
    document = json.loads(command(*events, arguments=("--json",))[1])
    assert (document["not_checked"], document["verdict"]) == (["key"], "passed")


def test_an_undeclared_object_is_named_while_it_exists_and_is_no_drift_once_tolerated(
    command: Command,
) -> None:
    same = {
        "drift": [],
        "unprotected": ["copies", "fresh"],
        "foreign": ["relation copies 0123456789ab", "function helper(a integer) 0123456789ab"],
    }
    code, output, _ = command(step("refresh", "rls", same, same, of=SECURITY))
    reported = ["function helper(a integer)", "relation copies (unprotected)"]
    assert code == 0
    for each in reported:
        assert re.search(rf"^{re.escape(each)} +declaration +noted +left alone", output, re.MULTILINE)
    machine = command(step("refresh", "rls", same, same, of=SECURITY), arguments=("--json",))[1]
    assert json.loads(machine)["left_alone"] == reported


def test_the_exit_code_distinguishes_drift_from_security_drift(command: Command) -> None:
    drifted = step("update", "ssl", {"value": 1}, {"value": 2})
    unsafe = step("update", "rls", {"drift": []}, {"drift": [difference("FORCE is off on tasks")]}, of=SECURITY)
    code, output, _ = command(step("refresh", "ssl", {}, {}))
    assert (code, output.splitlines()[-1]) == (0, "Nothing drifted.")
    code, output, _ = command(drifted)
    assert code == 2
    assert "value is 2, was 1" in output
    code, output, _ = command(drifted, unsafe)
    assert code == 3
    assert output.index("FORCE is off on tasks") < output.index("value is 2, was 1"), "the worst stands first"
    assert output.endswith(f"  - rls, ssl: `{COMMAND}` puts it right.\n")


def test_machines_get_a_document(command: Command) -> None:
    code, output, _ = command(step("delete", "www", {"a": 1}), arguments=("--json",))
    (found,) = json.loads(output)["drift"]
    assert list(complaints(json.loads(output), "drift")) == []
    assert (code, json.loads(output)["exit_code"], json.loads(output)["looked_at"]) == (2, 2, 1)
    assert found == {
        "resource": "www",
        "type": "shop:index/thing:Thing",
        "differences": ["it is gone"],
        "needs": [],
        "security": False,
        "remedy": f"`{COMMAND}` puts it right.",
    }


def test_a_protection_that_is_off_is_reported_and_is_no_drift(command: Command) -> None:
    unchanged = step("refresh", "www", {"a": 1}, {"a": 1})
    code, output, _ = command(unchanged, off=("enableRls",))
    assert code == 0
    assert re.search(r"^enableRls +protection +noted +PROTECTION OFF: enableRls is false", output, re.MULTILINE)
    code, output, _ = command(unchanged, off=("enableRls",), arguments=("--json",))
    assert (code, json.loads(output)["protections_off"]) == (0, ["enableRls"])


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_stack_with_nothing_to_examine_does_not_pass(command: Command, arguments: tuple[str, ...]) -> None:
    code, output, printed = command(arguments=arguments)
    assert (code, printed.count("\n")) == (1, 1)
    if arguments:
        reported = json.loads(output)
        assert (reported["where"], reported["remedy"]) == ("stack prod", "Run `pulumi up` first.")
        assert "nothing is deployed" in reported["error"]
    else:
        assert output == ""


def test_a_failed_refresh_is_not_checked_whatever_it_had_found(command: Command) -> None:
    error = {"diagnosticEvent": {"severity": "error", "message": "no such host\n", "color": "never"}}
    code, output, _ = command(step("delete", "www", {"a": 1}), error, failing=True, arguments=("--json",))
    document = json.loads(output)
    assert (code, document["verdict"], document["drift"]) == (1, "not checked", [])
    (found,) = [each for each in document["checks"] if each["verdict"] == "not checked"]
    assert found["detail"] == "`pulumi refresh` failed\nno such host"


def test_a_difference_during_another_run_is_not_reported_as_drift(
    stacked: Callable[..., Stacked],
) -> None:
    moving = stacked(step("delete", "www", {"a": 1}), written=["a", "b", "c", "d"])
    done = call("drift", "--json")
    assert (done.exit_code, done.document["verdict"], done.document["another_run"]) == (1, "not checked", True)
    assert (moving.looks, done.document["drift"]) == (2, [])
    settled = stacked(step("delete", "www", {"a": 1}), written=["a", "b", "b"])
    done = call("drift", "--json")
    assert (done.exit_code, done.document["another_run"], settled.looks) == (2, False, 2)


def test_an_unsafe_finding_is_reported_even_during_another_run(stacked: Callable[..., Stacked]) -> None:
    unsafe = step("update", "rls", {"drift": []}, {"drift": [difference("FORCE is off on tasks")]}, of=SECURITY)
    stacked(unsafe, step("delete", "www", {"a": 1}), written=["a", "b", "c", "d"])
    assert call("drift").exit_code == 3


def test_a_clean_check_reads_the_state_once(stacked: Callable[..., Stacked]) -> None:
    clean = stacked(step("refresh", "www", {"a": 1}, {"a": 1}), written=["a", "never read"])
    assert call("drift").exit_code == 0
    assert (clean.looks, clean.written) == (1, ["never read"])


def test_pending_operations_are_named_and_do_not_pass(command: Command) -> None:
    code, output, _ = command(step("refresh", "www", {}, {}), pending=("dns-apex",))
    assert code == 1
    assert "an update is running, or was killed before it had finished: dns-apex" in output


def test_a_recomputed_value_is_noise_by_a_named_rule_and_anything_else_is_drift(
    command: Command,
) -> None:
    old = {"content": "192.0.2.1", "modifiedOn": "a", "meta": "x"}
    noisy = step("update", "dns-apex", old, old | {"modifiedOn": "b", "meta": "y"}, of=DNS_RECORD)
    code, output, _ = command(noisy, arguments=("--json",))
    document = json.loads(output)
    assert (code, document["drift"]) == (0, [])
    (noise,) = document["noise"]
    assert (noise["resource"], noise["rule"], noise["hazard"]) == ("dns-apex", "dns-record-metadata", "C1")
    assert noise["properties"] == ["meta", "modifiedOn"]
    assert noise["issues"]
    changed = step("update", "dns-apex", old, old | {"modifiedOn": "b", "content": "198.51.100.7"}, of=DNS_RECORD)
    code, output, _ = command(changed, arguments=("--json",))
    (found,) = json.loads(output)["drift"]
    assert (code, found["differences"]) == (2, ['content is "198.51.100.7", was "192.0.2.1"'])


def test_a_property_that_no_rule_names_is_drift_even_where_another_type_has_a_rule_for_it(command: Command) -> None:
    code, _, _ = command(step("update", "www", {"modifiedOn": "a"}, {"modifiedOn": "b"}))
    assert code == 2


def test_each_rule_of_noise_names_its_hazard_and_the_issues_behind_it() -> None:
    page = (PROJECT / "docs" / "hazards.md").read_text()
    for rule in RULES:
        assert f'<a id="{rule.hazard.lower()}">' in page, rule.name
        assert all(re.fullmatch(r"[\w-]+/[\w-]+#\d+", issue) for issue in rule.issues), rule.name
        assert rule.properties
        line = next(line for line in page.splitlines() if f'id="{rule.hazard.lower()}"' in line)
        assert all(f"#{issue.rpartition('#')[2]}" in line for issue in rule.issues), rule.name
