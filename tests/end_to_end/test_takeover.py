"""The first `up` of a stack met an existing production: names taken, an apex down, keys lost. The verbs that avoid
all of this run here on today's production with its data: refused at first, killed on the way, completed, taken back,
and done again."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest

from launch.adopt import AdoptionError, Apply, Journal
from launch.local.up import keep_up
from launch.stack import SANDBOX, Stack
from sandbox.processes import processes
from sandbox.state.store import Store
from tests.end_to_end.takeover import KILLED, MAIL, NEW, OLD, TODAY, Production, Rows
from tests.end_to_end.world import Launch, new_sandbox, run

POLICY = "create policy projects_select_policy on public.projects for select using (true)"
CROSSING = "update public.cost_events set organization_id = %s where id = 'cost-project-acme-1-1'"
SAMPLE = "create table public.playing_with_neon (id int primary key)"
TWICE = (
    "insert into public.organization_members (id, organization_id, user_id, role) select 'twice', organization_id,"
    " user_id, 'viewer' from public.organization_members order by id limit 1"
)
OWNERLESS = "insert into public.organizations (id, name, slug) values ('org-lost', 'Lost', 'lost')"
OTHERS = "create role reporting_of_somebody login"
SEED = 20261130
FURTHEST = 45
"""About as many changes at the clouds as one apply makes."""
Document = dict[str, Any]
pytestmark = pytest.mark.timeout(3000)


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The results of the whole procedure."""

    production: Production
    key: str
    """The earlier USER_SECRETS_MASTER_KEY."""
    before: Rows
    records: dict[tuple[str, str], str]
    """The earlier DNS records: name and type, and the content of each."""
    refused: Document
    """The plan with every obstacle."""
    stopped: Document
    """The plan with an undeclared policy, and a ruleset whose removal nobody had allowed."""
    untouched: bool
    """Whether the clouds saw no change while it was refused."""
    planned: Document
    killed: int
    """How the killed apply ended."""
    interrupted: tuple[int, str]
    """How the interrupted apply ended, and its complaint."""
    did_not_serve: str
    """The message while the landing project served the page of another site."""
    repeated: list[str]
    """Resources that existed twice at the end."""
    rows_adopted: Rows
    back: Document
    records_back: dict[tuple[str, str], str]
    apex: list[str]
    """The application that served the apex, request by request."""
    dashboard: list[str]
    """The application that served the dashboard meanwhile."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Today's production, taken over."""
    folder = tmp_path_factory.mktemp("takeover")
    environment = new_sandbox(folder / "sandbox") | {"LAUNCH_SANDBOX_SCENARIO": "production"}
    try:
        run(sys.executable, "-m", "launch", "sandbox", "start", environment=environment)
        launch = Launch(folder=folder / "sandbox")
        Stack(name=SANDBOX, environment=launch.environment()).create()
        journal = folder / "adoption.jsonl"
        yield walked(Production(launch=launch, settings=launch.settings(folder, **TODAY), journal=journal))
    finally:
        run(sys.executable, "-m", "launch", "down", environment=environment)
        assert not (folder / "sandbox").exists()
        assert processes.family(folder / "sandbox") == []


def walked(production: Production) -> Walk:
    """Run every verb, from the first plan to the second adoption."""
    furnish(production)
    launch, key = production.launch, production.variable("USER_SECRETS_MASTER_KEY")
    changes = launch.changes()
    refused = production.adopt("plan", code=2)
    untouched = launch.changes() == changes
    put_right(production)
    production.pulumi("config", "set", "--secret", "prductr:userSecretsMasterKey", key)
    before, records = production.rows(), contents(production)
    stopped = production.adopt("apply", code=2)
    (ruleset,) = [row["identifier"] for row in stopped["rows"] if row["kind"] == "ruleset"]
    allow = ("--allow", ruleset)
    production.pulumi("config", "set", "prductr:removeForeignPolicies", "true")
    planned = production.adopt("plan", *allow)

    chosen = random.Random(SEED)  # noqa: S311 -- repeatable on purpose
    with production.watched("prductr.com") as apex, production.watched("dashboard.prductr.com") as dashboard:
        killed = production.killed(chosen.randint(1, FURTHEST), *allow)
        interrupted = production.interrupted(chosen.randint(1, FURTHEST), *allow)
        did_not_serve = move_to_what_does_not_serve(production, ruleset)
        production.adopt("apply", *allow)
        repeated, rows_adopted = production.repeated(), production.rows()
        back = production.adopt("back")
        records_back = contents(production)
        # Recreated, it has another id, whose removal nobody has allowed yet.
        (again,) = (each["id"] for each in production.stored("cloudflare.rulesets", name="default"))
        production.adopt("apply", "--allow", again)
        production.pulumi("config", "set", "prductr:removeForeignPolicies", "false")
        production.pulumi("up", "--yes", "--skip-preview")
    return Walk(
        production=production,
        key=key,
        before=before,
        records=records,
        refused=refused,
        stopped=stopped,
        untouched=untouched,
        planned=planned,
        killed=killed,
        interrupted=interrupted,
        did_not_serve=did_not_serve,
        repeated=repeated,
        rows_adopted=rows_adopted,
        back=back,
        records_back=records_back,
        apex=apex,
        dashboard=dashboard,
    )


def furnish(production: Production) -> None:
    """Add resources that the scenario lacks and a production may have, most of them obstacles."""
    launch, zone = production.launch, production.launch.zone()
    for name, text in MAIL.items():
        launch.cloudflare("POST", f"/zones/{zone}/dns_records", name=name, type="TXT", content=f'"{text}"', ttl=3600)
    target = {"from_value": {"status_code": 301, "target_url": {"value": "https://blog.example.com"}}}
    blog = {"expression": '(http.request.uri.path eq "/blog")', "action": "redirect", "action_parameters": target}
    phase = "http_request_dynamic_redirect"
    launch.cloudflare("POST", f"/zones/{zone}/rulesets", name="default", kind="zone", phase=phase, rules=[blog])
    with production.owner() as connection:
        for statement in (POLICY, SAMPLE, TWICE, OWNERLESS, OTHERS):
            connection.execute(statement.encode())
        connection.execute(CROSSING.encode(), ("org-globex",))
    production.branch("production")


def put_right(production: Production) -> None:
    """Do what the refused plan requested, except for the policy and the ruleset."""
    with production.owner() as connection:
        connection.execute(CROSSING.encode(), ("org-acme",))
        connection.execute("create schema aside; alter table public.playing_with_neon set schema aside")
        connection.execute("delete from public.organization_members where id = 'twice'")
        connection.execute("delete from public.organizations where id = 'org-lost'")
    production.branch("main")


def contents(production: Production) -> dict[tuple[str, str], str]:
    """Return the content of each DNS record, with the fields that visitors can notice."""
    return {
        (each["name"], each["type"]): f"{each['content']} {each['proxied']} {each['ttl']}"
        for each in production.stored("cloudflare.dns_records")
    }


def move_to_what_does_not_serve(production: Production, ruleset: str) -> str:
    """Adopt while the landing project serves a page that is not the declared one; return the last step's message."""

    def confirm(title: str, _: str) -> bool:
        if title.startswith("move prductr.com"):
            rebuilt(production, "0" * 32)
        return True

    journal = Journal.open(production.journal, SANDBOX)
    apply = Apply(stack=production.stack(), journal=journal, confirm=confirm, say=lambda _: None, serving_seconds=0.5)
    with pytest.raises(AdoptionError) as failure:
        apply.run(allowed=[ruleset])
    assert production.holder("prductr.com") == OLD
    rebuilt(production, None)
    return str(failure.value)


def rebuilt(production: Production, token: str | None) -> None:
    """Make the landing project's deployment show another analytics token, or again the one of its environment."""
    store = Store(production.launch.home.store_path)
    try:
        (deployment,) = production.deployments(NEW)
        (variable,) = store.find("vercel.env", key="NEXT_PUBLIC_CF_BEACON_TOKEN")
        environment = {**deployment["env"], "NEXT_PUBLIC_CF_BEACON_TOKEN": token or variable["value"]}
        store.put("vercel.deployments", deployment["id"], {**deployment, "env": environment})
    finally:
        store.close()


def refusals(document: Document) -> dict[str, str]:
    """Return the refusals by their subject."""
    return {each["subject"]: each["what"] for each in document["refusals"]}


def test_all_obstacles_are_refused_together_each_with_a_remedy(walk: Walk) -> None:
    found = refusals(walk.refused)
    assert found["cost_events cost-project-acme-1-1"].startswith("its organization is not that of its project")
    assert found["playing_with_neon"] == "is not in the baseline"
    assert "is a second membership (viewer)" in found["organization_members twice"]
    assert found["organizations org-lost"] == "has no owner (Lost)"
    assert "today's key is not in the settings" in found["USER_SECRETS_MASTER_KEY"]
    named = [each["what"] for each in walk.refused["refusals"] if each["subject"] == "database-project"]
    assert any("default branch is named 'production'" in each for each in named), named
    assert any("it would be replaced" in each for each in named), named
    assert all(each["remedy"] for each in walk.refused["refusals"])
    assert walk.untouched


def test_a_refused_apply_does_nothing_and_reports_the_plans_refusals(walk: Walk) -> None:
    found = refusals(walk.stopped)
    assert "policy projects_select_policy on projects is not declared" in str(found)
    assert "leaves no room for the stack's" in found["redirects-ruleset"]
    assert walk.stopped["verdict"] == "failed"


def test_with_todays_settings_no_major_change_is_planned_for_adopted_resources(walk: Walk) -> None:
    adopted = {row["name"]: row for row in walk.planned["rows"] if row["outcome"] in ("adopted", "changed")}
    assert len(adopted) == 15
    assert adopted["database-project"]["outcome"] == "adopted"
    assert {row["identifier"] for row in adopted.values()} != {""}
    settings = {name: row["changes"] for name, row in adopted.items() if row["kind"] == "ZoneSetting"}
    assert settings["zone-ssl"] == [{"name": "value", "before": '"flexible"', "after": '"strict"'}]
    harmless = {"comment", "ttl", "waitForReady", "enableAffectedProjectsDeployments"}
    sensitive = {"dashboard-neon-auth-cookie-secret", "dashboard-user-secrets-master-key"}
    for name, row in adopted.items():
        if name not in settings:
            assert {each["name"] for each in row["changes"]} <= harmless | ({"value"} if name in sensitive else set())
    assert walk.key not in json.dumps(walk.planned)


def test_obstacles_are_listed_with_the_action_of_apply(walk: Walk) -> None:
    ways = {(row["name"], row["kind"]) for row in walk.planned["rows"] if row["outcome"] == "in the way"}
    assert ways == {
        ("landing-domain", "domain"),
        ("dashboard-conductor-database-url", "variable"),
        ("conductor-domain", "record"),
        ("conductor-domain", "domain"),
        ("redirects-ruleset", "ruleset"),
    }


def test_an_apply_that_is_killed_is_gone_on_from_and_nothing_is_made_twice(walk: Walk) -> None:
    assert walk.killed == KILLED
    assert walk.repeated == []


def test_an_apply_that_is_interrupted_says_how_to_continue(walk: Walk) -> None:
    code, complaint = walk.interrupted
    assert code == 1
    assert "it was interrupted" in complaint
    assert "Run `launch adopt apply` again" in complaint
    assert "Traceback" not in complaint


def test_a_domain_whose_new_project_does_not_serve_goes_back_to_the_old_one(walk: Walk) -> None:
    assert "the new project did not serve it, so the old one has it again" in walk.did_not_serve
    assert "the beacon's token is 0000" in walk.did_not_serve


def test_the_adoptions_update_made_and_changed_only_resources_that_the_plan_lists(walk: Walk) -> None:
    listed = {row["name"] for row in walk.planned["rows"]}
    held = {
        each["urn"].rpartition("::")[2]
        for each in walk.production.launch.state()["resources"]
        if each.get("custom") and not each["type"].startswith("pulumi:")
    }
    assert len(held) > 40
    assert held <= listed


def test_no_row_and_no_value_was_lost(walk: Walk) -> None:
    assert len(walk.before) == 15
    assert sum(map(len, walk.before.values())) > 900
    for after in (walk.rows_adopted, walk.production.rows()):
        for table, rows in walk.before.items():
            assert rows.keys() == after[table].keys(), table
            for id_, row in rows.items():
                assert row.items() <= after[table][id_].items(), (table, id_)


def test_undeclared_objects_of_the_database_are_left_alone_except_for_the_policy(walk: Walk) -> None:
    with walk.production.owner() as connection:
        found = connection.execute("select count(*) from pg_policies where schemaname = 'public'").fetchone()
        others = connection.execute("select 1 from pg_roles where rolname = 'reporting_of_somebody'").fetchone()
        aside = connection.execute("select to_regclass('aside.playing_with_neon') is not null").fetchone()
    assert (found, others, aside) == ((60,), (1,), (True,))


def test_stored_user_secrets_stay_readable(walk: Walk) -> None:
    assert walk.production.variable("USER_SECRETS_MASTER_KEY") == walk.key
    deployment = max(walk.production.deployments(OLD), key=lambda each: each["createdAt"])
    assert deployment["env"]["USER_SECRETS_MASTER_KEY"] == walk.key
    assert "prductr_app" in deployment["env"]["CONDUCTOR_DATABASE_URL"]


def test_mail_policies_are_unchanged(walk: Walk) -> None:
    records = walk.production.launch.cloudflare("GET", f"/zones/{walk.production.launch.zone()}/dns_records?type=TXT")
    assert {record["name"]: record["content"] for record in records} == {
        name: f'"{text}"' for name, text in MAIL.items()
    }


def test_neither_host_missed_a_response_and_the_apex_moved_without_a_gap(walk: Walk) -> None:
    assert len(walk.apex) > 50
    # The apex moves to the landing project that does not serve and back, to the landing project, back, and there again.
    assert [answer for answer, _ in groupby(walk.apex)] in (
        ["dashboard", "landing"] * 3,
        ["dashboard", "landing"] * 2,  # if no request fell into the moment before the first way back
    )
    assert set(walk.dashboard) == {"dashboard"}


def test_the_way_back_restores_everything_except_what_it_names(walk: Walk) -> None:
    assert walk.back["verdict"] == "passed"
    assert walk.records_back == walk.records
    named = walk.back["not_taken_back"]
    assert len(named) == 6
    assert any("variable CONDUCTOR_DATABASE_URL" in each and "kept nowhere" in each for each in named)
    assert any("stays migrated" in each for each in named)


def test_nothing_of_conductor_is_left_at_vercel(walk: Walk) -> None:
    domains = walk.production.stored("vercel.project_domains")
    assert {domain["name"] for domain in domains if domain["apexName"] == "prductr.com"} == {
        "prductr.com",
        "dashboard.prductr.com",
    }


def test_the_journal_holds_no_secret(walk: Walk) -> None:
    text = walk.production.journal.read_text()
    secrets = [walk.key, walk.production.variable("CONDUCTOR_DATABASE_URL").split("@")[0]]
    assert len(text) > 1000
    assert [each for each in secrets if each in text] == []


def test_in_the_end_all_is_as_declared(walk: Walk) -> None:
    launch = walk.production.launch
    keep_up(launch.home)
    report = launch.verified(code=0)
    assert {check["verdict"] for check in report["checks"]} == {"passed"}, report
    found = json.loads(launch.launch("drift", "--json", code=0).stdout)
    assert (found["drift"], found["beside"]) == ([], [])
    walk.production.pulumi("preview", "--expect-no-changes")
    assert walk.production.adopt("plan")["summary"].startswith("Everything is adopted")
