"""The earlier launch drifted unnoticed: each change behind the stack's back is detected, and the command that `launch
drift` names repairs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import time

import psycopg

from contract.paths import PROJECT
from launch.report.remedies import COMMAND
from tests.end_to_end.world import Launch


def seen(launch: Launch, resource: str, *, code: int = 2) -> str:
    """Return all that `launch drift` reports, which is the drift of this resource alone; the state is unchanged."""
    document = launch.launch("drift", "--json", code=code).stdout
    drift = json.loads(document)["drift"]
    assert [each["resource"] for each in drift] == [resource]
    assert COMMAND in drift[0]["remedy"]
    return document


def repaired(launch: Launch) -> None:
    """Run the command that a remedy names, without preparation, after which everything is as declared."""
    pulumi, *arguments = COMMAND.split()
    assert pulumi == "pulumi"
    launch.pulumi(*arguments, "--yes", "--skip-preview")
    document = json.loads(launch.launch("drift", "--json").stdout)
    assert (document["drift"], document["left_alone"]) == ([], [])
    assert re.fullmatch(r"(\d\d) of \1 passed", document["facts"]["checks from outside"])
    launch.settle()


def owner(launch: Launch) -> psycopg.Connection[tuple[object, ...]]:
    ports = launch.home.ports
    return psycopg.connect(
        launch.outputs()["owner_database_url"], hostaddr="127.0.0.1", port=ports.postgres, autocommit=True
    )


def test_a_deleted_record_is_detected_by_refresh_and_verify_and_recreated(launched: Launch) -> None:
    record = launched.records()["dashboard.prductr.com", "CNAME"]
    launched.cloudflare("DELETE", f"/zones/{launched.zone()}/dns_records/{record}")
    failed = [check for check in launched.verified(code=2)["checks"] if check["verdict"] == "failed"]
    assert any("dashboard.prductr.com" in str(check) for check in failed), failed
    assert all(f"`{COMMAND}`" in check["remedy"] for check in failed), failed
    assert "dns-dashboard" in seen(launched, "dns-dashboard")
    looked = launched.pulumi("refresh", "--preview-only", "--expect-no-changes", "--diff", code=None)
    assert "no changes were expected" in looked.stdout + looked.stderr
    repaired(launched)
    launched.pulumi("refresh", "--preview-only", "--expect-no-changes")
    launched.verified(code=0)


def test_a_second_address_and_a_second_mail_policy_beside_the_declared_are_named(launched: Launch) -> None:
    zone = launched.zone()
    added = [
        launched.cloudflare("POST", f"/zones/{zone}/dns_records", type="A", name="prductr.com", content="198.51.100.7"),
        launched.cloudflare(
            "POST", f"/zones/{zone}/dns_records", type="TXT", name="prductr.com", content='"v=spf1 +all"'
        ),
    ]
    try:
        document = json.loads(launched.launch("drift", "--json", code=2).stdout)
        assert document["drift"] == []
        assert [each["beside"] for each in document["beside"]] == ["prductr.com", "prductr.com"]
        assert {each["what"].partition(" record ")[0] for each in document["beside"]} == {"A", "TXT"}
    finally:
        for record in added:
            launched.cloudflare("DELETE", f"/zones/{zone}/dns_records/{record['id']}")
    assert json.loads(launched.launch("drift", "--json").stdout)["beside"] == []


def test_resources_at_neon_beyond_the_stack_are_named_and_a_role_of_its_api_is_unsafe(launched: Launch) -> None:
    project = launched.outputs()["database"]["project_id"]
    (main,) = launched.neon("GET", f"/projects/{project}/branches")["branches"]
    roles = f"/projects/{project}/branches/{main['id']}/roles"
    launched.neon("POST", roles, role={"name": "helper"})
    try:
        document = json.loads(launched.launch("drift", "--json", code=3).stdout)
        (found,) = document["beside"]
        assert (found["vendor"], found["security"]) == ("Neon", True)
        assert "role helper" in found["what"]
        status = json.loads(launched.launch("status", "--json", code=2).stdout)
        beads = {each["id"]: each for each in status["beads"]}
        assert beads["gt-r4002"]["verdict"] == "failed"
        assert beads["gt-d1001"]["verdict"] == "passed", beads["gt-d1001"]["detail"]
    finally:
        launched.neon("DELETE", f"{roles}/helper")
    document = json.loads(launched.launch("drift", "--json").stdout)
    assert (document["beside"], document["another_run"]) == ([], False)
    assert json.loads(launched.launch("verify", "--orphans", "--json").stdout)["beside"] == []


def test_a_drift_check_during_an_update_succeeds_and_reports_no_false_drift(launched: Launch) -> None:
    update = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--refresh", "--non-interactive"],
        cwd=PROJECT,
        env=launched.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while update.poll() is None:
            document = json.loads(launched.launch("drift", "--json", code=0).stdout)
            assert document["drift"] == []
    finally:
        update.wait(timeout=300)
    assert update.returncode == 0


def test_a_flexible_ssl_mode_is_detected_by_refresh_and_set_back(launched: Launch) -> None:
    launched.cloudflare("PATCH", f"/zones/{launched.zone()}/settings/ssl", value="flexible")
    assert "flexible" in seen(launched, "zone-ssl")
    repaired(launched)
    assert launched.cloudflare("GET", f"/zones/{launched.zone()}/settings/ssl")["value"] == "strict"


def test_launch_up_repairs_drift_as_well(launched: Launch) -> None:
    launched.cloudflare("PATCH", f"/zones/{launched.zone()}/settings/ssl", value="flexible")
    with owner(launched) as connection:
        connection.execute("insert into rate_limit_plans values ('by-hand', 9999, 1)")
        launched.launch("up")
        plans = connection.execute("select plan, calls, window_seconds, is_default from rate_limit_plans").fetchall()
    assert plans == [("free", 100, 86400, True)]
    assert launched.cloudflare("GET", f"/zones/{launched.zone()}/settings/ssl")["value"] == "strict"


def test_an_undeclared_table_is_drift_at_first_and_then_named_while_it_exists(
    launched: Launch,
) -> None:
    with owner(launched) as connection:
        connection.execute("create table public.copies (id text)")
        try:
            (found,) = json.loads(launched.launch("drift", "--json", code=3).stdout)["drift"]
            assert found["differences"] == ["table copies is not declared and unprotected"]
            assert "The rest stays" in found["remedy"]
            launched.pulumi(*COMMAND.split()[1:], "--yes", "--skip-preview")
            left = json.loads(launched.launch("drift", "--json").stdout)["left_alone"]
            assert left == ["relation copies (unprotected)"]
            (rules,) = [c for c in launched.verified(code=0)["checks"] if c["check"] == "declared rules hold"]
            assert rules["detail"].endswith("undeclared and unprotected: copies")
        finally:
            connection.execute("drop table public.copies")
    repaired(launched)


def test_a_lost_row_of_the_ledger_is_for_people_to_restore_and_the_resource_to_replace_is_named(
    launched: Launch,
) -> None:
    last = "(select max(sequence) from launch.schema_migrations)"
    with owner(launched) as connection:
        connection.execute(
            f"create temporary table kept as select * from launch.schema_migrations where sequence = {last}".encode()
        )
        connection.execute(f"delete from launch.schema_migrations where sequence = {last}".encode())
        try:
            (found,) = json.loads(launched.launch("drift", "--json", code=2).stdout)["drift"]
        finally:
            connection.execute("insert into launch.schema_migrations select * from kept")
    assert found["differences"][0].startswith("the ledger no longer holds ")
    urn = found["remedy"].partition("--replace '")[2].partition("'")[0]
    assert launched.resources()[urn]["drift"] == []
    assert json.loads(launched.launch("drift", "--json").stdout)["drift"] == []


DAMAGES = {
    "drop policy tasks_select on public.tasks": "tasks_select",
    "alter table public.projects no force row level security": "projects",
    "alter role prductr_app password 'of another hand'": "role prductr_app cannot sign in with its password",
}
"""Statements, and what names each of them."""


def test_weakened_row_security_is_named_and_repaired(launched: Launch) -> None:
    with owner(launched) as connection:
        for damage in DAMAGES:
            connection.execute(damage.encode())
    (drift,) = json.loads(seen(launched, "schema-row-security", code=3))["drift"]
    for named in DAMAGES.values():
        assert any(named in each for each in drift["differences"]), (named, drift["differences"])
    repaired(launched)


def test_a_policy_that_shows_all_tenants_fails_verify_as_security_drift(launched: Launch) -> None:
    with owner(launched) as connection:
        connection.execute("alter policy tasks_select on public.tasks using (true)")
    launched.verified(code=3)
    assert "tasks_select" in seen(launched, "schema-row-security", code=3)
    repaired(launched)


def test_a_variable_changed_by_hand_is_repaired_together_with_the_deployment_built_with_it(
    launched: Launch,
) -> None:
    token = "NEXT_PUBLIC_CF_BEACON_TOKEN"
    (variable,) = [
        each for each in launched.vercel("GET", "/v10/projects/prductr-landing/env")["envs"] if each["key"] == token
    ]
    launched.vercel("PATCH", f"/v9/projects/prductr-landing/env/{variable['id']}", value="f" * 32)
    project = launched.vercel("GET", "/v9/projects/prductr-landing")
    source = {"type": "github", "repoId": project["link"]["repoId"], "ref": "main"}
    built = launched.vercel(
        "POST", "/v13/deployments", name="by-hand", project=project["id"], target="production", gitSource=source
    )
    while launched.vercel("GET", f"/v13/deployments/{built['id']}")["readyState"] != "READY":
        time.sleep(0.1)
    failed = [check for check in launched.verified(code=2)["checks"] if check["verdict"] == "failed"]
    assert [check["check"] for check in failed] == ["analytics beacon"]
    assert "beacon" in seen(launched, "landing-next-public-cf-beacon-token").lower()
    repaired(launched)


def test_a_branch_that_was_renamed_at_neon_is_named_as_the_cause_and_nothing_is_replaced(launched: Launch) -> None:
    project = launched.outputs()["database"]["project_id"]
    (branch,) = launched.neon("GET", f"/projects/{project}/branches")["branches"]
    launched.neon("PATCH", f"/projects/{project}/branches/{branch['id']}", branch={"name": "production"})
    try:
        launched.pulumi("refresh", "--yes", "--skip-preview")
        planned, updated = (
            launched.pulumi(*command, code=None) for command in (["preview"], ["up", "--yes", "--skip-preview"])
        )
        assert "branch main, database neondb or role neondb_owner was renamed at" in planned.stdout
        assert "unable to replace resource" in updated.stdout  # the engine refuses a protected resource before our hook
        assert (bool(planned.returncode), bool(updated.returncode)) == (True, True)
        assert launched.projects() == [project]
        assert launched.outputs()["database"]["project_id"] == project
    finally:
        launched.neon("PATCH", f"/projects/{project}/branches/{branch['id']}", branch={"name": "main"})
        launched.pulumi("refresh", "--yes", "--skip-preview")
    launched.pulumi("preview", "--expect-no-changes")
