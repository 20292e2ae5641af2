"""One of every resource type, with the real engine, the official SDKs and the sandbox's clouds.

Prevents: an attached provider that handles each request correctly and still makes the engine see false differences
or miss real ones.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.base.home import Home
from sandbox.processes import lifecycle, processes
from sandbox.processes.services import Service, standard
from sandbox.providers.core.schema import load
from tests.end_to_end.world import Done, Launch, run

STACK = "every"
MARKER = "marker-4c1f9ab0"
RESOURCES = 32
PLAN = "tests.sandbox.providers.test_end_to_end:without_edge"


def without_edge(home: Home) -> tuple[Service, ...]:
    """The services that providers need."""
    return tuple(service for service in standard(home) if service.name != "edge")


@dataclass(frozen=True, kw_only=True)
class World(Launch):
    """The sandbox in `folder` and the program in `program`."""

    program: Path

    def pulumi(self, *arguments: str, code: int | None = 0, **changes: str) -> Done:
        environment = self.environment(PULUMI_STACK=STACK, **changes)
        return run(
            "pulumi", "-C", str(self.program), *arguments, "--non-interactive", code=code, environment=environment
        )

    def up(self, code: int = 0) -> Done:
        return self.pulumi("up", "--yes", "--skip-preview", code=code)

    def configure(self, **values: str) -> None:
        for key, value in values.items():
            self.pulumi("config", "set", key, value)

    def is_settled(self) -> None:
        """Return whether the program, the clouds and the state agree."""
        unchanged = f"{RESOURCES} unchanged"
        assert unchanged in self.pulumi("preview", "--expect-no-changes").stdout
        assert unchanged in self.pulumi("refresh", "--preview-only", "--expect-no-changes").stdout

    def resources(self) -> dict[str, str]:
        """Return ids by the program's names."""
        return {resource["urn"].rpartition("::")[2]: resource.get("id", "") for resource in self.state()["resources"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything made once; destroyed at the end, without a trace."""
    folder = tmp_path_factory.mktemp("providers")
    source = Path(__file__).parent / "program"
    program = Path(shutil.copytree(source, folder / "program", ignore=shutil.ignore_patterns("__pycache__")))
    found = World(folder=folder / "sandbox", program=program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAUNCH_SANDBOX_PORT_BASE", "auto")
        lifecycle.start(found.folder, plan=PLAN)
    try:
        found.pulumi("stack", "init", STACK)
        found.pulumi("config", "set", "--secret", "marker", MARKER)
        found.configure(**{"vercel:team": "hhnn"})
        found.up()
        yield found
        found.mend()
        assert f"- {RESOURCES} deleted" in found.pulumi("destroy", "--yes", "--skip-preview").stdout
        assert found.records() == {}
    finally:
        lifecycle.stop(found.folder)
        assert processes.family(found.folder) == []


def test_after_creation_neither_preview_nor_refresh_sees_a_difference(world: World) -> None:
    assert len(world.resources()) == RESOURCES + 4  # the four default providers
    world.is_settled()


NULL = {
    "cloudflare:index/dnsRecord:DnsRecord": {"commentModifiedOn", "tagsModifiedOn"},
    "cloudflare:index/zoneSetting:ZoneSetting": {"enabled", "timeRemaining"},
    "cloudflare:index/workersScript:WorkersScript": {
        *("annotations", "migrationTag", "namedHandlers", "placement", "placementMode", "placementStatus"),
        "tailConsumers",
    },
    "vercel:index/project:Project": {
        *("enablePreviewFeedback", "enableProductionFeedback", "gitProviderOptions", "previewComments"),
        "serverlessFunctionRegion",
    },
    "neon:index/branch:Branch": {"logicalSize", "parentLsn"},
}
"""Outputs of the official providers that are null or missing in the responses: neither state has them."""


def test_a_state_made_here_has_every_output_that_the_official_plugins_read(world: World) -> None:
    declared = {token: found for name in ("cloudflare", "vercel", "neon") for token, found in load(name).items()}
    made = [each for each in world.state()["resources"] if each["type"] in declared]
    assert {each["type"] for each in made} == set(declared)
    for each in made:
        properties, outputs = declared[each["type"]].properties, each["outputs"]
        assert outputs["id"] == each["id"]
        assert outputs.keys() <= {*properties, "id"}, each["type"]
        missing = {name for name, one in properties.items() if one.always and name not in outputs}
        assert missing <= NULL.get(each["type"], set()), (each["type"], missing)


def test_a_change_of_every_type_is_applied_and_settles(world: World) -> None:
    world.configure(step="1")
    before = world.resources()
    done = world.up()
    assert ("~ 16 updated" in done.stdout, "+-1 replaced" in done.stdout) == (True, True), done.stdout
    after = world.resources()
    assert {name for name in after if after[name] != before[name]} == {"deployment"}
    world.is_settled()


def test_a_failed_build_stops_the_update_and_the_next_one_deploys(world: World) -> None:
    before = world.resources()
    [urn] = [one["urn"] for one in world.state()["resources"] if one["urn"].endswith("::deployment")]
    again = ("up", "--yes", "--skip-preview", "--replace", urn)
    world.fault(action="build_error", match={"path": "^every-resource/main$"}, count=1)
    failed = world.pulumi(*again, code=None)
    assert failed.returncode != 0
    assert 'BUILD_UTILS_SPAWN_1 - Command "make step-' in failed.stdout + failed.stderr
    assert world.resources() == before
    world.pulumi(*again)
    after = world.resources()
    assert {name for name in after if after[name] != before[name]} == {"deployment"}
    world.is_settled()


def test_a_change_by_hand_is_detected_and_repaired(world: World) -> None:
    record = world.resources()["record"]
    mode = world.cloudflare("GET", f"/zones/{world.zone()}/settings/ssl")["value"]
    world.cloudflare("DELETE", f"/zones/{world.zone()}/dns_records/{record}")
    world.cloudflare("PATCH", f"/zones/{world.zone()}/settings/ssl", value="flexible")
    seen = world.pulumi("refresh", "--preview-only", "--diff").stdout
    assert "- cloudflare:index/dnsRecord:DnsRecord: (delete)" in seen
    assert f'~ value: "{mode}" => "flexible"' in seen
    assert ("~ 1 to update" in seen, "- 1 to delete" in seen) == (True, True), seen
    world.pulumi("refresh", "--yes", "--skip-preview")
    world.up()
    assert world.cloudflare("GET", f"/zones/{world.zone()}/settings/ssl")["value"] == mode
    assert world.resources()["record"] != record
    world.is_settled()


def test_a_record_made_by_hand_is_imported_by_its_official_id(world: World) -> None:
    body = {"name": "by-hand.prductr.com", "type": "TXT", "content": '"x"', "ttl": 300}
    made = world.cloudflare("POST", f"/zones/{world.zone()}/dns_records", **body)["id"]
    official = f"{world.zone()}/{made}"
    kind = "cloudflare:index/dnsRecord:DnsRecord"
    options = ("--yes", "--protect=false", "--generate-code=false", "--skip-preview")
    world.pulumi("import", kind, "by-hand", official, *options)
    try:
        [imported] = [found for found in world.state()["resources"] if found["urn"].endswith("::by-hand")]
        assert imported["id"] == made
        assert imported["inputs"] == {**body, "zoneId": world.zone()}
    finally:
        world.up()  # the program does not name it
    assert ("by-hand.prductr.com", "TXT") not in world.records()


def test_a_half_made_resource_is_in_the_state_and_completed_by_the_next_update(world: World) -> None:
    world.configure(added="added.prductr.com")
    try:
        where = {"method": "GET", "path": "/v6/domains/added.prductr.com/config"}
        world.fault(match=where, action="status", status=500, count=1)
        failed = world.up(code=1)
        assert "/v6/domains/added.prductr.com/config" in failed.stdout + failed.stderr
        assert world.resources()["added"] == "added.prductr.com"
        assert "~ 1 updated" in world.up().stdout
        preview = world.pulumi("preview", "--expect-no-changes").stdout
        assert f"{RESOURCES + 1} unchanged" in preview
    finally:
        world.mend()
        world.pulumi("config", "rm", "added")
        world.up()
    assert "added" not in world.resources()


def test_a_wrong_token_is_one_clear_error_and_changes_nothing(world: World) -> None:
    before = world.state()["resources"]
    world.pulumi("config", "set", "--secret", "cloudflare:apiToken", "w" * 40)
    try:
        failed = world.pulumi("up", "--yes", "--skip-preview", code=1)
        output = failed.stdout + failed.stderr
        assert 'GET "/client/v4/zones?match=all&name=prductr.com": 4' in output
        assert "w" * 40 not in output
        identifiers = [resource.get("id") for resource in world.state()["resources"] if resource["custom"]]
        assert set(identifiers) >= {resource.get("id") for resource in before if resource["custom"]}
    finally:
        world.pulumi("config", "rm", "cloudflare:apiToken")
        world.up()


def test_no_secret_is_in_clear_in_state_output_or_logs(world: World) -> None:
    secrets = [
        MARKER,
        *(value for key, value in world.outputs().items() if key in {"password", "role_password", "uri"}),
    ]
    assert len(secrets) == 4
    output = [
        world.pulumi(*command).stdout for command in (("stack", "export"), ("preview", "--diff"), ("stack", "output"))
    ]
    logs = [file.read_text(errors="replace") for file in (world.home.path / "logs").iterdir()]
    states = [file.read_text() for file in (world.home.path / "state").rglob("*.json*")]
    assert (len(logs), len(states) > 0) == (3, True)
    for place in (*output, *logs, *states, json.dumps(dict(os.environ))):
        assert not [secret for secret in secrets if secret in place]
