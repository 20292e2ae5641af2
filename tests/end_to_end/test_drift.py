"""The earlier launch drifted unseen: each change behind the stack's back is seen, and `pulumi up` puts it right."""

from __future__ import annotations

import json

import psycopg
import pytest

from tests.end_to_end.world import Launch


def refreshed(launch: Launch, resource: str, *, code: int = 2) -> str:
    """What `pulumi refresh` shows; it and `launch drift` must find something, and the latter in this resource only."""
    drift = json.loads(launch.launch("drift", "--json", code=code).stdout)["drift"]
    assert [each["resource"] for each in drift] == [resource]
    looked = launch.pulumi("refresh", "--preview-only", "--expect-no-changes", code=None)
    assert "no changes were expected" in looked.stdout + looked.stderr
    return launch.pulumi("refresh", "--yes", "--skip-preview", "--diff").stdout


def repaired(launch: Launch) -> None:
    """One `pulumi up`, after which all is as declared."""
    launch.pulumi("up", "--yes", "--skip-preview")
    launch.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert json.loads(launch.launch("drift", "--json").stdout)["drift"] == []
    launch.verified(code=0)


def owner(launch: Launch) -> psycopg.Connection[tuple[object, ...]]:
    ports = launch.home.ports
    return psycopg.connect(
        launch.outputs()["owner_database_url"], hostaddr="127.0.0.1", port=ports.postgres, autocommit=True
    )


def test_a_deleted_record_is_seen_by_refresh_and_verify_and_made_again(launched: Launch) -> None:
    record = launched.records()["dashboard.prductr.com", "CNAME"]
    launched.cloudflare("DELETE", f"/zones/{launched.zone()}/dns_records/{record}")
    failed = [check for check in launched.verified(code=2)["checks"] if check["verdict"] == "failed"]
    assert any("dashboard.prductr.com" in str(check) for check in failed), failed
    assert "dns-dashboard" in refreshed(launched, "dns-dashboard")
    repaired(launched)


def test_a_flexible_ssl_mode_is_seen_by_refresh_and_set_back(launched: Launch) -> None:
    launched.cloudflare("PATCH", f"/zones/{launched.zone()}/settings/ssl", value="flexible")
    assert "flexible" in refreshed(launched, "zone-ssl")
    repaired(launched)
    assert launched.cloudflare("GET", f"/zones/{launched.zone()}/settings/ssl")["value"] == "strict"


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("drop policy tasks_select on public.tasks", "tasks_select"),
        ("alter table public.tasks no force row level security", "tasks"),
    ],
)
def test_weakened_row_security_is_named_by_refresh_and_repaired(launched: Launch, damage: str, named: str) -> None:
    with owner(launched) as connection:
        connection.execute(damage.encode())
    assert named in refreshed(launched, "schema-row-security", code=3)
    repaired(launched)


def test_a_policy_that_shows_all_tenants_fails_verify_as_a_security_drift(launched: Launch) -> None:
    with owner(launched) as connection:
        connection.execute("alter policy tasks_select on public.tasks using (true)")
    launched.verified(code=3)
    assert "tasks_select" in refreshed(launched, "schema-row-security", code=3)
    repaired(launched)
