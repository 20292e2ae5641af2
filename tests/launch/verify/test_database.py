"""The database's part of the verification. Prevents: a verdict "isolated" for an unchecked database."""

from __future__ import annotations

import psycopg
import pytest

from launch.report.findings import Verdict, worst
from launch.verify.checks import database
from launch.verify.checks.database import through
from tests.launch.verify.conftest import Launch, unused_port

PROTECTED, KEPT_UP = "protections/are on", "upkeep/has run"
REACHABLE, ISOLATED = "database/answers the application", "database/isolates tenants"
SERVED, RULED = "database/answers the service", "database/declared rules hold"


def database_findings(launched: Launch) -> dict[str, Verdict]:
    """Return the verdicts on the database alone."""
    launched.hosts = {}
    return {key: finding.verdict for key, finding in launched.verify().items()}


@pytest.mark.parametrize(
    "breaking",
    [
        "alter policy tasks_select on public.tasks using (true)",
        "alter table public.user_secrets disable row level security",
    ],
)
def test_broken_isolation_is_unsafe_and_exit_code_3(launched: Launch, breaking: str) -> None:
    launched.database.execute(breaking)
    findings = launched.verify()
    assert findings[ISOLATED].verdict is Verdict.UNSAFE
    assert findings[ISOLATED].detail.startswith(("tasks: ", "user_secrets: "))
    assert worst(findings.values()).exit_code == 3


def test_an_application_that_connects_as_a_role_without_bounds_is_unsafe(launched: Launch) -> None:
    launched.url = launched.database.owner
    assert database_findings(launched)[REACHABLE] is Verdict.UNSAFE


def test_a_service_whose_role_lost_its_bounds_is_unsafe_though_the_application_is_isolated(launched: Launch) -> None:
    launched.database.execute("alter role prductr_service bypassrls")
    assert database_findings(launched) == {
        PROTECTED: Verdict.PASSED,
        KEPT_UP: Verdict.PASSED,
        REACHABLE: Verdict.PASSED,
        SERVED: Verdict.UNSAFE,
        ISOLATED: Verdict.PASSED,
        RULED: Verdict.UNSAFE,
    }


def test_a_rule_that_only_the_catalog_shows_to_be_broken_is_unsafe(launched: Launch) -> None:
    launched.database.execute("alter table public.user_secrets alter user_id drop not null")
    launched.hosts = {}
    found = launched.verify()
    assert (found[ISOLATED].verdict, found[RULED].verdict) == (Verdict.PASSED, Verdict.UNSAFE)
    assert found[RULED].detail == "user_secrets.user_id: may be null (tenant_columns)"


def test_an_undeclared_relation_is_named_beside_the_rules_that_hold(launched: Launch) -> None:
    launched.hosts, launched.unprotected = {}, ["copies", "old_view"]
    found = launched.verify()[RULED]
    assert found.verdict is Verdict.PASSED
    assert found.detail.endswith(" rules; left alone, undeclared and unprotected: copies, old_view")


def test_a_right_of_the_application_on_an_unprotected_relation_is_unsafe(launched: Launch) -> None:
    launched.database.execute("create table public.copies (id text)", "grant select on public.copies to prductr_app")
    launched.hosts, launched.unprotected = {}, ["copies"]
    assert launched.verify()[RULED].verdict is Verdict.UNSAFE


@pytest.mark.parametrize(
    ("breaking", "expected"),
    [
        ("alter table public.tasks set (autovacuum_enabled = off)", "tasks: autovacuum is switched off"),
        ("drop index public.agents_organization_id_idx", "agents.organization_id: leads no valid index (indexes)"),
        (
            "update pg_index set indisvalid = false where indexrelid = 'public.agents_organization_id_idx'::regclass",
            "agents_organization_id_idx: the index is not valid (indexes)",
        ),
    ],
)
def test_a_lost_or_invalid_index_and_missing_upkeep_are_failures_and_not_unsafe(
    launched: Launch, breaking: str, expected: str
) -> None:
    launched.database.execute_as_superuser(breaking)
    launched.hosts = {}
    found = launched.verify()
    assert (found[RULED].verdict, worst(found.values()).exit_code) == (Verdict.FAILED, 2)
    assert expected in found[RULED].detail


def test_a_database_that_cannot_be_reached_is_not_checked_and_the_dashboard_is_down(
    launched: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE_SECONDS", 0.2)
    launched.url = launched.database.app.replace(f":{launched.database.server.port}/", f":{unused_port()}/")
    launched.service_url = launched.url
    launched.clouds.project("prductr-com", "apps/dashboard", {"CONDUCTOR_DATABASE_URL": "postgresql://x@y/none"})
    found = launched.complaints("dashboard.prductr.com")
    assert {key: finding.verdict for key, finding in found.items()} == {
        "dashboard.prductr.com/up": Verdict.FAILED,
        KEPT_UP: Verdict.UNCHECKED,
        REACHABLE: Verdict.UNCHECKED,
        SERVED: Verdict.UNCHECKED,
        ISOLATED: Verdict.UNCHECKED,
        RULED: Verdict.UNCHECKED,
    }
    assert found["dashboard.prductr.com/up"].detail == "https://dashboard.prductr.com/ answers 500"


@pytest.mark.parametrize(
    ("mode", "hindered"),
    [
        ("share row exclusive", {ISOLATED: "isolation was probed"}),
        ("access exclusive", {ISOLATED: "isolation was probed", RULED: "rules were checked"}),
    ],
)
def test_a_locked_table_is_not_checked_and_no_alarm(launched: Launch, mode: str, hindered: dict[str, str]) -> None:
    launched.hosts = {}
    with psycopg.connect(launched.database.owner) as other:
        other.execute(f"lock table public.tasks in {mode} mode".encode())
        found = launched.verify()
    reported = {key: each.detail for key, each in found.items() if each.verdict is Verdict.UNCHECKED}
    assert reported == {key: f"a table was locked while {doing} (LockNotAvailable)" for key, doing in hindered.items()}
    assert worst(found.values()).exit_code == 1
    assert found[ISOLATED].remedy == "Verify again at a quieter time."


def test_a_wrong_password_is_a_failure_and_isolation_is_not_checked(launched: Launch) -> None:
    password = launched.database.app.split(":")[2].split("@")[0]
    launched.url = launched.database.app.replace(password, "wrong")
    launched.hosts = {}
    found = launched.verify()
    assert {key: finding.verdict for key, finding in found.items()} == {
        PROTECTED: Verdict.PASSED,
        KEPT_UP: Verdict.PASSED,
        REACHABLE: Verdict.FAILED,
        SERVED: Verdict.PASSED,
        ISOLATED: Verdict.UNCHECKED,
        RULED: Verdict.UNCHECKED,
    }
    remedy = "Run `pulumi up --refresh`: it sets the role's password again."
    assert {found[each].remedy for each in (REACHABLE, ISOLATED, RULED)} == {remedy}


def test_a_database_without_the_schema_does_not_pass(launched: Launch) -> None:
    launched.database.execute("drop schema public cascade", "create schema public")
    found = database_findings(launched)
    assert found[ISOLATED] in (Verdict.FAILED, Verdict.UNSAFE)
    assert found[RULED] in (Verdict.FAILED, Verdict.UNSAFE)


def test_no_finding_shows_a_password(launched: Launch) -> None:
    password = launched.database.app.split(":")[2].split("@")[0]
    healthy = launched.verify()
    launched.database.execute("alter table public.tasks disable row level security")
    launched.url = launched.database.app.replace("prductr_app", "nobody")
    assert password not in str([*healthy.values(), *launched.verify().values()])


def test_the_sandboxs_address_is_added_to_the_url_as_neon_gives_it() -> None:
    url = "postgresql://prductr_app:x@ep-a.eu-central-1.aws.neon.tech/neondb?sslmode=require"
    assert through(url, "127.0.0.1", "5432") == f"{url}&hostaddr=127.0.0.1&port=5432"
    assert through("postgresql://a@b/c", "127.0.0.1", None) == "postgresql://a@b/c?hostaddr=127.0.0.1"
    assert through(url, None, None) == url
