"""The first `up` of a stack met a production that was already there: names taken, an apex down, keys lost. The page
that leads around all of it is walked here, on today's production with its data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from launch.local.up import keep_up
from launch.stack.stack import SANDBOX, Stack
from sandbox.processes import processes
from tests.end_to_end.takeover import NEW, OLD, Production, Rows, flags_without_apex, to_import
from tests.end_to_end.world import Launch, new_sandbox, run

TODAY = {
    "prductr:neonAuthUrl": "https://ep-quiet-harbor.neonauth.eu-central-1.aws.neon.build/neondb/auth",
    "prductr:databaseHistorySeconds": 86400,
    "prductr:nodeVersion": "24.x",
    "prductr:mailSenders": ["include:_spf.example.com"],
    "prductr:mailFromOthers": "fail",
    "prductr:dmarcPolicy": "reject",
    "prductr:dmarcReports": ["dmarc@prductr.com"],
    "prductr:takingOver": True,
}
"""What the settings must say so that an update leaves production's own choices as they are."""
MAIL = {
    "prductr.com": "v=spf1 include:_spf.example.com -all",
    "_dmarc.prductr.com": "v=DMARC1; p=reject; rua=mailto:dmarc@prductr.com",
}
POLICY = "create policy projects_select_policy on public.projects for select using (true)"
CROSSING = "update public.cost_events set organization_id = %s where id = 'cost-project-acme-1-1'"


Plan = dict[str, tuple[str, list[str]]]
"""Of each resource that was imported the planned operation, and the properties that it would change."""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What was seen on the way."""

    production: Production
    key: str
    """USER_SECRETS_MASTER_KEY, before."""
    crossing: list[tuple[Any, ...]]
    """What the page's query listed while a row belonged to two tenants."""
    before: Rows
    renamed: str
    """What a preview said while the branch at Neon had another name."""
    stopped: str
    """What a preview said while there was a policy of another hand."""
    planned: Plan
    apex: list[str]
    """What answered for the apex while the stack took over, look by look."""
    dashboard: list[str]
    """What answered for the dashboard meanwhile."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Today's production, taken over step by step."""
    folder = tmp_path_factory.mktemp("takeover")
    environment = new_sandbox(folder / "sandbox") | {"LAUNCH_SANDBOX_SCENARIO": "production"}
    try:
        run(sys.executable, "-m", "launch", "sandbox", "start", environment=environment)
        launch = Launch(folder=folder / "sandbox")
        Stack(name=SANDBOX, environment=launch.environment()).create()
        yield walked(Production(launch=launch, settings=launch.settings(folder, **TODAY)), folder)
    finally:
        run(sys.executable, "-m", "launch", "down", environment=environment)
        assert not (folder / "sandbox").exists()
        assert processes.family(folder / "sandbox") == []


def walked(production: Production, folder: Path) -> Walk:
    """The page, from its first step to its last."""
    furnish(production)
    with production.owner() as connection:
        connection.execute(CROSSING, ("org-globex",))
        crossing = production.listed("Rows that belong to two tenants")
        connection.execute(CROSSING, ("org-acme",))
    before, key = production.rows(), production.variable("USER_SECRETS_MASTER_KEY")
    production.pulumi("config", "set", "--secret", "prductr:userSecretsMasterKey", key)

    ids = production.ids()
    declared = production.bring_in(folder / "import.json", {name: ids[name] for name in to_import()})
    renamed = production.pulumi("preview", code=None)
    production.branch("main")
    production.pulumi("refresh", "--yes", "--skip-preview")
    stopped = production.pulumi("preview", code=None)
    production.pulumi("config", "set", "prductr:removeForeignPolicies", "true")
    planned = plan(production)

    with production.watched("prductr.com") as apex, production.watched("dashboard.prductr.com") as dashboard:
        production.make_room(declared)
        production.pulumi("up", *flags_without_apex(), "--yes", "--skip-preview")
        take_apex(production)
        production.move_apex(NEW, OLD)
        production.pulumi("refresh", "--yes", "--skip-preview")
        take_apex(production)
        production.pulumi("up", "--yes", "--skip-preview")
        production.pulumi("config", "set", "prductr:removeForeignPolicies", "false")
        production.pulumi("config", "set", "prductr:takingOver", "false")
        production.pulumi("up", "--yes", "--skip-preview")
    return Walk(
        production=production,
        key=key,
        crossing=crossing,
        before=before,
        renamed=renamed,
        stopped=stopped,
        planned=planned,
        apex=apex,
        dashboard=dashboard,
    )


def furnish(production: Production) -> None:
    """What the scenario lacks and a production may have."""
    launch, zone = production.launch, production.launch.zone()
    for name, text in MAIL.items():
        launch.cloudflare("POST", f"/zones/{zone}/dns_records", name=name, type="TXT", content=f'"{text}"', ttl=3600)
    target = {"from_value": {"status_code": 301, "target_url": {"value": "https://blog.example.com"}}}
    blog = {"expression": '(http.request.uri.path eq "/blog")', "action": "redirect", "action_parameters": target}
    phase = "http_request_dynamic_redirect"
    launch.cloudflare("POST", f"/zones/{zone}/rulesets", name="default", kind="zone", phase=phase, rules=[blog])
    with production.owner() as connection:
        connection.execute(POLICY)
    production.branch("production")


def plan(production: Production) -> Plan:
    """What a preview would do to what was imported; it does not list what stays as it is."""
    steps = json.loads(production.launch.pulumi("preview", "--json", "--config-file", production.settings).stdout)[
        "steps"
    ]
    changed = {each["urn"].rpartition("::")[2]: each for each in steps}
    found = {name: changed.get(name, {"op": "same"}) for name in to_import()}
    return {name: (each["op"], sorted(each.get("detailedDiff") or {})) for name, each in found.items()}


def take_apex(production: Production) -> None:
    """Move the apex to the landing project, where the next run finds it."""
    production.move_apex(OLD, NEW)
    said = production.pulumi("up", "--yes", "--skip-preview")
    assert f"domain prductr.com of the Vercel project {NEW} exists" in said


def test_the_pages_query_lists_a_row_that_belongs_to_two_tenants(walk: Walk) -> None:
    assert walk.crossing == [("cost_events", "cost-project-acme-1-1", "organization and project")]
    assert walk.production.listed("Rows that belong to two tenants") == []
    assert walk.production.listed("Organizations without an owner") == []


def test_with_todays_values_in_the_settings_nothing_of_weight_is_planned_for_what_was_imported(walk: Walk) -> None:
    assert len(walk.planned) == 7
    assert {operation for operation, _ in walk.planned.values()} <= {"same", "update"}
    assert walk.planned["database-project"] == ("same", [])
    harmless = {"comment", "ttl", "waitForReady", "enableAffectedProjectsDeployments"}
    assert {key for _, keys in walk.planned.values() for key in keys} <= harmless, walk.planned


def test_a_branch_of_another_name_is_refused_until_it_is_renamed_and_refreshed(walk: Walk) -> None:
    assert "database-project create replacement [diff: ~branch]" in walk.renamed
    assert "unable to replace resource" in walk.renamed
    assert "unable to replace resource" not in walk.stopped


def test_a_policy_of_another_hand_stops_the_preview_and_goes_on_request(walk: Walk) -> None:
    assert "policy projects_select_policy on projects is not declared" in walk.stopped
    assert "pulumi config set removeForeignPolicies true" in walk.stopped
    with walk.production.owner() as connection:
        left = connection.execute("select count(*) from pg_policies where schemaname = 'public'")
        assert left.fetchone() == (60,)


def test_no_row_and_no_value_was_lost(walk: Walk) -> None:
    after = walk.production.rows()
    assert len(walk.before) == 15
    assert sum(map(len, walk.before.values())) > 900
    for table, rows in walk.before.items():
        assert rows.keys() == after[table].keys(), table
        for id_, row in rows.items():
            assert row.items() <= after[table][id_].items(), (table, id_)


def test_stored_user_secrets_stay_readable(walk: Walk) -> None:
    assert walk.production.variable("USER_SECRETS_MASTER_KEY") == walk.key
    (deployment,) = [
        each
        for each in walk.production.stored("vercel.deployments", name=OLD)
        if each["meta"].get("environment")  # the stack's, not the one from before
    ]
    assert deployment["env"]["USER_SECRETS_MASTER_KEY"] == walk.key
    assert "prductr_app" in deployment["env"]["CONDUCTOR_DATABASE_URL"]


def test_mail_policies_say_what_they_said(walk: Walk) -> None:
    records = walk.production.launch.cloudflare("GET", f"/zones/{walk.production.launch.zone()}/dns_records?type=TXT")
    assert {record["name"]: record["content"] for record in records} == {
        name: f'"{text}"' for name, text in MAIL.items()
    }


def test_neither_host_missed_an_answer_and_the_apex_went_back_and_forth_at_once(walk: Walk) -> None:
    assert len(walk.apex) > 50
    assert [answer for answer, _ in groupby(walk.apex)] == ["dashboard", "landing", "dashboard", "landing"]
    assert set(walk.dashboard) == {"dashboard"}


def test_nothing_of_conductor_is_left_at_vercel(walk: Walk) -> None:
    domains = walk.production.stored("vercel.project_domains")
    assert {domain["name"] for domain in domains if domain["apexName"] == "prductr.com"} == {
        "prductr.com",
        "dashboard.prductr.com",
    }


def test_in_the_end_all_is_as_declared(walk: Walk) -> None:
    launch = walk.production.launch
    keep_up(launch.home)
    report = launch.verified(code=0)
    assert {check["verdict"] for check in report["checks"]} == {"passed"}, report
    found = json.loads(launch.launch("drift", "--json", code=0).stdout)
    assert (found["drift"], found["beside"]) == ([], [])
    walk.production.pulumi("preview", "--expect-no-changes")
