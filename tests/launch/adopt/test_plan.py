"""A plan must show the outcome of each resource, and refuse dangerous cases: several candidates, another stack's
resources, a lost key, a database that would be replaced.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.automation import EngineEvent, OpType
from pulumi.automation.events import (
    DiagnosticEvent,
    ResourcePreEvent,
    StepEventMetadata,
    StepEventStateMetadata,
)

from contract import resource_types as kinds
from launch.adopt import Change, InTheWay, Outcome, Plan, Refusal, Row, refusals, report, rows
from launch.adopt.steps import Steps
from launch.report import Verdict
from launch.report import json as documents
from vendors.adoptable import Candidate, Match, Obstacle, Other, Way

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
APEX = Candidate(what="DNS record A prductr.com", identifier="r1", import_id="z/r1")


def urn(name: str) -> str:
    return f"urn:pulumi:prod::prductr::a$b::{name}"


def event(
    op: OpType,
    kind: str,
    name: str,
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    **more: Any,  # noqa: ANN401 -- fields of the event
) -> EngineEvent:
    def state(inputs: dict[str, Any] | None) -> StepEventStateMetadata | None:
        if inputs is None:
            return None
        return StepEventStateMetadata(
            type=kind, urn=urn(name), id="r1", parent="", inputs=inputs, outputs={}, provider="", custom=True
        )

    metadata = StepEventMetadata(op=op, urn=urn(name), type=kind, provider="", old=state(old), new=state(new), **more)
    return EngineEvent(sequence=0, timestamp=0, resource_pre_event=ResourcePreEvent(metadata=metadata))


def previewed(*events: EngineEvent) -> Steps:
    watch = Steps()
    for each in events:
        watch(each)
    return watch


def row(watch: Steps, match: Match | None = None) -> Row | None:
    (step,) = watch.found.values()
    return rows.of_resource(step, match)


def test_an_import_and_its_update_are_one_row_with_each_property() -> None:
    old = {"ttl": 1, "value": SECRET}
    new = {"ttl": 300, "comment": "prductr launch stack", "value": SECRET}
    watch = previewed(
        event(OpType.IMPORT, kinds.DNS_RECORD, "dns-apex", None, old),
        event(OpType.UPDATE, kinds.DNS_RECORD, "dns-apex", old, new, diffs=["comment", "ttl", "value"]),
    )
    found = row(watch, Match(kind=kinds.DNS_RECORD, name="dns-apex", candidates=(APEX,)))
    assert found is not None
    assert (found.outcome, found.identifier, found.there) == (Outcome.CHANGED, "z/r1", "DNS record A prductr.com")
    assert found.changes == (
        Change(name="comment", before="nothing", after='"prductr launch stack"'),
        Change(name="ttl", before="1", after="300"),
        Change(name="value", before='"[secret]"', after='"[secret]"'),
    )


def test_a_change_inside_a_property_is_named_by_its_path_and_no_secret_is_shown() -> None:
    from pulumi.automation.events import DiffKind, PropertyDiff

    old = {"branch": {"name": "production", "role": "o"}, "rules": [{"to": "a"}], "key": {"inner": SECRET}}
    new = {"branch": {"name": "main", "role": "o"}, "rules": [{"to": "b"}], "key": {"inner": SECRET}}
    paths = ("branch.name", "rules[0].to", "key.inner", "key.inner.deeper")
    differs = {path: PropertyDiff(diff_kind=DiffKind.UPDATE, input_diff=False) for path in paths}
    watch = previewed(
        event(OpType.UPDATE, kinds.NEON_PROJECT, "it", old, new, diffs=["branch", "rules"], detailed_diff=differs)
    )
    found = row(watch)
    assert found is not None
    assert {(each.name, each.before, each.after) for each in found.changes} == {
        ("branch.name", '"production"', '"main"'),
        ("rules[0].to", '"a"', '"b"'),
        ("key.inner", '"[secret]"', '"[secret]"'),
        ("key.inner.deeper", '"[secret]"', '"[secret]"'),
    }


@pytest.mark.parametrize(
    ("op", "outcome"),
    [
        (OpType.IMPORT, Outcome.ADOPTED),
        (OpType.CREATE, Outcome.CREATED),
        (OpType.UPDATE, Outcome.CHANGED),
        (OpType.DELETE, Outcome.DELETED),
        (OpType.REPLACE, Outcome.REPLACED),
        (OpType.CREATE_REPLACEMENT, Outcome.REPLACED),
    ],
)
def test_each_operation_has_its_outcome(op: OpType, outcome: Outcome) -> None:
    found = row(previewed(event(op, kinds.DNS_RECORD, "dns-apex", {}, {})))
    assert found is not None
    assert found.outcome is outcome


def test_an_unchanged_resource_has_no_row() -> None:
    assert row(previewed(event(OpType.SAME, kinds.DNS_RECORD, "dns-apex", {}, {}))) is None


def test_components_and_providers_have_no_rows() -> None:
    component = event(OpType.CREATE, "prductr:launch:WebApp", "landing", None, {})
    assert component.resource_pre_event is not None
    assert component.resource_pre_event.metadata.new is not None
    component.resource_pre_event.metadata.new.custom = False
    provider = event(OpType.CREATE, "pulumi:providers:vercel", "default", None, {})
    assert previewed(component, provider).found == {}


def test_one_of_several_candidates_is_never_silently_created() -> None:
    match = Match(kind=kinds.DNS_RECORD, name="dns-spf", candidates=(APEX, APEX))
    found = row(previewed(event(OpType.CREATE, kinds.DNS_RECORD, "dns-spf", None, {})), match)
    assert found is not None
    assert found.outcome is Outcome.AMBIGUOUS
    (refusal,) = refusals.of_matches([match])
    assert "several candidates match" in refusal.what
    assert "id r1" in refusal.what


@pytest.mark.parametrize(
    ("kind", "op", "refused"),
    [
        (kinds.NEON_PROJECT, OpType.CREATE_REPLACEMENT, True),
        (kinds.NEON_PROJECT, OpType.DELETE, True),
        (kinds.VERCEL_PROJECT, OpType.REPLACE, True),
        (kinds.ZONE_SETTING, OpType.DELETE, True),
        (kinds.NEON_PROJECT, OpType.UPDATE, False),
        (kinds.DNS_RECORD, OpType.REPLACE, False),
    ],
)
def test_no_database_project_or_zone_is_replaced_or_deleted(kind: str, op: OpType, refused: bool) -> None:
    found = list(rows.losses(previewed(event(op, kind, "it", {"a": 1}, {"a": 2}, diffs=["a"])).found))
    assert bool(found) is refused
    assert all("a is 1, declared 2" in each.what for each in found)


def test_an_import_that_could_only_be_replaced_is_refused() -> None:
    from pulumi.automation.events import DiffKind, PropertyDiff

    change = {"branch": PropertyDiff(diff_kind=DiffKind.UPDATE_REPLACE, input_diff=False)}
    watch = previewed(
        event(OpType.IMPORT, kinds.NEON_PROJECT, "it", {"branch": 1}, {"branch": 2}, detailed_diff=change)
    )
    (refusal,) = rows.losses(watch.found)
    assert refusal.what == "it would be replaced: branch is 1, declared 2"


def test_a_resource_of_another_stack_is_refused_by_name() -> None:
    match = Match(kind=kinds.DNS_RECORD, name="dns-apex", candidates=(APEX,))
    (refusal,) = refusals.of_other_stacks([match], {(kinds.DNS_RECORD, "r1"): "staging"})
    assert "belongs to stack staging" in refusal.what
    assert list(refusals.of_other_stacks([match], {(kinds.RULESET, "r1"): "staging"})) == []


def test_without_todays_key_nothing_is_adopted() -> None:
    key = Candidate(what="variable USER_SECRETS_MASTER_KEY of …", identifier="v", import_id="p/v")
    match = Match(kind=kinds.VERCEL_VARIABLE, name="dashboard-user-secrets-master-key", candidates=(key,))
    (refusal,) = refusals.of_master_key([match], {})
    assert refusal.subject == "USER_SECRETS_MASTER_KEY"
    assert list(refusals.of_master_key([match], {"prductr:userSecretsMasterKey": "k"})) == []
    assert list(refusals.of_master_key([], {})) == []


def obstacle(way: Way, *, consent: bool) -> Obstacle:
    return Obstacle(kind="record", what="DNS record A x", identifier="r9", way=way, why="is there", consent=consent)


@pytest.mark.parametrize(
    ("way", "consent", "allowed", "refused"),
    [
        (Way.REMOVE, False, False, False),
        (Way.REMOVE, True, False, True),
        (Way.REMOVE, True, True, False),
        (Way.PERSON, False, True, True),
        (Way.MOVE, False, False, False),
    ],
)
def test_a_resource_that_somebody_may_need_is_removed_only_when_named(
    way: Way, consent: bool, allowed: bool, refused: bool
) -> None:
    there = InTheWay(resource="x", urn=urn("x"), obstacle=obstacle(way, consent=consent), allowed=allowed)
    found = list(refusals.of_in_the_way([there]))
    assert bool(found) is refused
    if consent and refused:
        assert "--allow r9" in found[0].remedy


def test_a_preview_error_is_a_refusal_unless_a_more_precise_one_exists() -> None:
    watch = Steps()
    diagnostic = DiagnosticEvent(
        urn=urn("schema-row-security"), message="policy x is not declared", color="", severity="error"
    )
    watch(EngineEvent(sequence=0, timestamp=0, diagnostic_event=diagnostic))
    (refusal,) = refusals.of_errors(watch.errors, [])
    assert (refusal.subject, refusal.what) == ("schema-row-security", "policy x is not declared")
    rows_of_two = Refusal(subject="t", name="before the migrations", what="w", remedy="r")
    assert list(refusals.of_errors([("schema-migrations", "rows have to be …")], [rows_of_two])) == []
    assert len(list(refusals.of_errors([], []))) == 1


def test_the_report_fails_while_anything_is_refused_and_its_json_is_complete() -> None:
    match = Match(kind=kinds.DNS_RECORD, name="dns-apex", obstacles=(obstacle(Way.REMOVE, consent=True),))
    found = row(previewed(event(OpType.CREATE, kinds.DNS_RECORD, "dns-apex", None, {})), match)
    assert found is not None
    other = Other(what="DNS record CNAME *.prductr.com", where="the zone", effect="stays as it is")
    table = (found, *rows.in_the_way(match), rows.left_alone(other))
    refusal = Refusal(subject="x", name="n", what="w", remedy="r")
    plan = Plan(stack="prod", rows=table, refusals=(refusal,), in_the_way=(), others=(other,))
    refused = report(plan)
    assert refused.verdict is Verdict.FAILED
    document = json.loads(documents.render(refused))
    assert [each["outcome"] for each in document["rows"]] == ["created", "in the way", "left alone"]
    assert document["refusals"] == [{"subject": "x", "name": "n", "what": "w", "remedy": "r"}]
    assert report(Plan(stack="prod", rows=table, refusals=(), in_the_way=(), others=())).verdict is Verdict.PASSED
    unseen = Plan(stack="prod", rows=table, refusals=(), in_the_way=(), others=(), unchecked=("it sleeps",))
    assert report(unseen).verdict is Verdict.UNCHECKED
