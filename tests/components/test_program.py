"""Prevents: a resource that appears, vanishes, moves or loses its protection unnoticed.

The golden files list every resource as `parent / type name [options]`. After an intended change renew them with
`python -m tools.program.declared --list STACK > tests/components/golden/STACK.txt` and read the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools.program.declared import listing, rehearse

GOLDEN = Path(__file__).parent / "golden"
Rehearsed = dict[str, Any]


@pytest.mark.parametrize("stack", ["prod", "sandbox"])
def test_the_stack_matches_the_golden_file_exactly(stack: str, request: pytest.FixtureRequest) -> None:
    rehearsed = request.getfixturevalue(stack)
    renew = f"python -m tools.program.declared --list {stack} > tests/components/golden/{stack}.txt"
    assert listing(rehearsed).splitlines() == (GOLDEN / f"{stack}.txt").read_text().splitlines(), renew


def test_production_and_sandbox_declare_the_same(prod: Rehearsed, sandbox: Rehearsed) -> None:
    assert listing(prod) == listing(sandbox)


def test_every_resource_of_a_cloud_has_one_of_our_components_as_its_parent(rehearsed: Rehearsed) -> None:
    kinds = {resource["name"]: resource["type"] for resource in rehearsed["resources"]}
    clouds = [resource for resource in rehearsed["resources"] if resource.get("custom")]
    assert len(clouds) == 42
    for resource in clouds:
        assert kinds[resource["parent"]].startswith("prductr:launch:"), resource["name"]
        assert resource["name"].startswith(f"{resource['parent']}-"), resource["name"]


def test_every_component_is_of_our_package_and_at_the_top(rehearsed: Rehearsed) -> None:
    for resource in rehearsed["resources"]:
        if not resource.get("custom"):
            assert resource["type"].startswith("prductr:launch:")
            assert resource["parent"].startswith("prductr-")


def test_a_resource_without_a_stand_in_is_an_error(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import pulumi_random\npulumi_random.RandomPet('pet')\n")
    with pytest.raises(RuntimeError, match=r"No stand-in for the resource type random:index/randomPet:RandomPet"):
        rehearse("sandbox", program=str(program))


def test_the_modes_of_the_conductor_host_differ_only_where_they_must(sandbox: Rehearsed) -> None:
    alias = rehearse("sandbox", config={"prductr:conductor": "alias"})
    absent = rehearse("sandbox", config={"prductr:conductor": "absent"})
    assert listing(alias) == listing(sandbox)
    assert set(listing(sandbox).splitlines()) - set(listing(absent).splitlines()) == {
        "stack / prductr:launch:Worker conductor",
        "conductor / cloudflare:index/workersScript:WorkersScript conductor-script",
        "conductor / cloudflare:index/workersCustomDomain:WorkersCustomDomain conductor-domain [deleteBeforeReplace]",
    }
    kinds = [run["outputs"]["hosts"]["conductor.prductr.com"] for run in (sandbox, alias, absent)]
    assert [(what["kind"], what["by"]) for what in kinds] == [
        ("worker", "conductor"),
        ("redirect", "conductor"),
        ("absent", "nothing"),
    ]
    assert kinds[1]["expect"]["location"] == "https://dashboard.prductr.com"


def test_outputs_are_few_and_named_for_operators(rehearsed: Rehearsed) -> None:
    outputs = rehearsed["outputs"]
    assert set(outputs) == {
        "hosts",
        "conductor",
        "analytics",
        "analytics_snippet",
        "database",
        "application_database_url",
        "service_database_url",
        "owner_database_url",
        "gateway_secret",
        "limiter",
        "protections_off",
        "upkeep",
        "master_key",
        "schema_version",
        "isolation",
    }
    assert set(outputs["hosts"]) == {
        "prductr.com",
        "www.prductr.com",
        "dashboard.prductr.com",
        "echome.prductr.com",
        "conductor.prductr.com",
    }
    assert set(outputs["database"]) == {"project_id", "branch_id", "host", "pooled_host", "name"}
    assert outputs["isolation"] == {"fingerprint": "f" * 64, "tables": 15, "policies": 60, "unprotected": []}
    assert outputs["analytics"]["token"] in outputs["analytics_snippet"]


def test_the_expected_health_of_a_worker_matches_its_bindings(rehearsed: Rehearsed) -> None:
    scripts = [one["inputs"] for one in rehearsed["resources"] if one["type"].endswith(":WorkersScript")]
    bound = {
        script["scriptName"]: binding["text"]
        for script in scripts
        for binding in script["bindings"]
        if binding["name"] == "VERSION"
    }
    hosts = rehearsed["outputs"]["hosts"].values()
    expected = {host["by"]: host["expect"]["version"] for host in hosts if host["kind"] == "worker"}
    assert expected.keys() == {"echome", "conductor"}
    assert expected.items() <= bound.items()
    assert bound.keys() == {"echome", "conductor", "limiter", "upkeep"}


def test_the_application_never_gets_the_owner(rehearsed: Rehearsed) -> None:
    (variable,) = [one for one in rehearsed["resources"] if one["name"] == "dashboard-conductor-database-url"]
    url = variable["inputs"]["value"]["secret"]
    assert url == rehearsed["outputs"]["application_database_url"]["secret"]
    assert url.startswith("postgresql://prductr_app:")
    assert "-pooler." in url
    assert "neondb_owner" not in url


def test_the_environments_are_complete(rehearsed: Rehearsed) -> None:
    keys: dict[str, set[str]] = {}
    for resource in rehearsed["resources"]:
        if resource["type"].endswith(":ProjectEnvironmentVariable"):
            keys.setdefault(resource["parent"], set()).add(resource["inputs"]["key"])
    assert keys == {
        "landing": {"NEXT_PUBLIC_CF_BEACON_TOKEN"},
        "dashboard": {
            "CONDUCTOR_DATABASE_URL",
            "NEON_AUTH_BASE_URL",
            "NEXT_PUBLIC_NEON_AUTH_URL",
            "NEON_AUTH_COOKIE_SECRET",
            "USER_SECRETS_MASTER_KEY",
            "ENABLE_RLS",
            "ENABLE_RATE_LIMITING",
        },
    }
