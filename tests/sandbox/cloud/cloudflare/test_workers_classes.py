"""Migrations of Durable Objects. Prevents: a second deployment that fails on the repeated first migration."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.cloudflare.uploading import SCRIPTS, VERSIONS, deploy, form, result, upload, versions
from tests.sandbox.cloud.support import ACCOUNT, Cloud, refused

WITHOUT = "export default { fetch() { return new Response('ok') } }\n"
CODE = WITHOUT + "export class Limiter {}\n"
FIRST = {"new_tag": "v1", "new_sqlite_classes": ["Limiter"]}
NAMESPACES = f"/accounts/{ACCOUNT}/workers/durable_objects/namespaces"


def bound(class_name: str = "Limiter", **more: str) -> list[dict[str, str]]:
    return [{"type": "durable_object_namespace", "name": "LIMITER", "class_name": class_name, **more}]


def limiter(cloud: Cloud, migrations: dict[str, Any] | None = None, code: str = CODE, **more: Any) -> httpx.Response:  # noqa: ANN401
    wanted = {"bindings": [], **({"migrations": migrations} if migrations else {}), **more}
    return upload(cloud, code=code, **wanted)


def namespaces(cloud: Cloud) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = result(cloud.cloudflare.get(NAMESPACES))
    return listed


def tag(cloud: Cloud) -> tuple[object, object]:
    """Return the tag that the script's service and its settings show."""
    service = result(cloud.cloudflare.get(f"/accounts/{ACCOUNT}/workers/services/echome"))
    settings = result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))
    return service["default_environment"]["script"].get("migration_tag"), settings.get("migration_tag")


def test_a_migration_makes_a_namespace_and_sets_the_tag(cloud: Cloud) -> None:
    made = result(limiter(cloud, FIRST, bindings=bound()))
    assert made["migration_tag"] == "v1"
    assert tag(cloud) == ("v1", "v1")
    (namespace,) = namespaces(cloud)
    shown = {key: namespace[key] for key in ("name", "script", "class", "use_sqlite")}
    assert shown == {"name": "echome_Limiter", "script": "echome", "class": "Limiter", "use_sqlite": True}
    (binding,) = result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))["bindings"]
    assert binding["namespace_id"] == namespace["id"]


def test_two_deployments_after_the_first_keep_the_tag_without_the_block(cloud: Cloud) -> None:
    result(limiter(cloud, FIRST, bindings=bound()))
    before = namespaces(cloud)
    for change in ("// second", "// third"):
        result(limiter(cloud, code=CODE + change, bindings=bound()))
        assert tag(cloud) == ("v1", "v1")
    assert namespaces(cloud) == before


def test_a_repeated_block_fails_and_changes_nothing(cloud: Cloud) -> None:
    result(limiter(cloud, FIRST))
    before = versions(cloud), namespaces(cloud)
    answer = limiter(cloud, FIRST, code=CODE + "// second")
    assert refused(answer) == (412, 10079)
    assert "got tag '' when expected tag is 'v1'" in answer.text
    assert refused(limiter(cloud, FIRST | {"old_tag": "v0"})) == (412, 10079)
    assert refused(limiter(cloud, FIRST | {"old_tag": "v1"})) == (400, 10074)
    assert (versions(cloud), namespaces(cloud)) == before


def test_a_script_without_a_tag_accepts_no_old_tag(cloud: Cloud) -> None:
    assert refused(limiter(cloud, FIRST | {"old_tag": "v0"})) == (412, 10079)
    result(limiter(cloud, code=WITHOUT))
    assert refused(limiter(cloud, FIRST | {"old_tag": "v0"})) == (412, 10079)
    result(limiter(cloud, FIRST))


def test_steps_go_from_one_tag_to_another_and_a_renamed_class_keeps_its_namespace(cloud: Cloud) -> None:
    result(limiter(cloud, FIRST))
    (before,) = namespaces(cloud)
    steps = [{"renamed_classes": [{"from": "Limiter", "to": "Window"}]}, {"new_sqlite_classes": ["Other"]}]
    code = WITHOUT + "class a {}; class b {}; export { a as Window, b as Other };"
    result(limiter(cloud, {"old_tag": "v1", "new_tag": "v3", "steps": steps}, code=code, bindings=bound("Window")))
    assert tag(cloud) == ("v3", "v3")
    assert [(one["class"], one["id"] == before["id"]) for one in namespaces(cloud)] == [
        ("Window", True),
        ("Other", False),
    ]


def test_the_key_value_storage_is_refused_on_the_free_plan(cloud: Cloud) -> None:
    assert refused(limiter(cloud, {"new_tag": "v1", "new_classes": ["Limiter"]})) == (400, 10097)
    assert namespaces(cloud) == []


def test_a_class_is_removed_from_its_binding_first_then_by_a_migration(cloud: Cloud) -> None:
    result(limiter(cloud, FIRST, bindings=bound()))
    deletion = {"old_tag": "v1", "new_tag": "v2", "deleted_classes": ["Limiter"]}
    assert refused(limiter(cloud, deletion, code=WITHOUT, bindings=bound())) == (400, 10061)
    assert refused(limiter(cloud, code=WITHOUT)) == (400, 10064)
    assert len(namespaces(cloud)) == 1
    result(limiter(cloud, deletion, code=WITHOUT))
    assert (namespaces(cloud), tag(cloud)) == ([], ("v2", "v2"))
    again = {"old_tag": "v2", "new_tag": "v3", "deleted_classes": ["Limiter"]}
    assert refused(limiter(cloud, again, code=WITHOUT)) == (400, 10061)


@pytest.mark.parametrize(
    ("code", "migrations", "bindings"),
    [
        (CODE, None, bound()),  # no migration made it
        (WITHOUT, None, bound()),  # not exported
        (CODE, None, bound(script_name="echome")),
        (CODE, None, bound(script_name="nobody")),
        (CODE, FIRST, bound(class_name="Other")),
    ],
)
def test_a_missing_class_cannot_be_bound(
    cloud: Cloud, code: str, migrations: dict[str, Any] | None, bindings: list[dict[str, str]]
) -> None:
    assert refused(limiter(cloud, migrations, code=code, bindings=bindings)) == (400, 10061)
    assert namespaces(cloud) == []


def test_another_workers_class_is_bound_and_then_that_worker_cannot_be_deleted(cloud: Cloud) -> None:
    assert refused(upload(cloud, name="gateway", bindings=bound(script_name="limiter"))) == (400, 10061)
    result(upload(cloud, name="limiter", code=WITHOUT, bindings=[]))
    assert refused(upload(cloud, name="gateway", bindings=bound(script_name="limiter"))) == (400, 10061)
    result(upload(cloud, name="limiter", code=CODE, bindings=[], migrations=FIRST))
    result(upload(cloud, name="gateway", bindings=bound(script_name="limiter")))
    (binding,) = result(cloud.cloudflare.get(f"{SCRIPTS}/gateway/settings"))["bindings"]
    assert binding["namespace_id"] == namespaces(cloud)[0]["id"]
    assert refused(cloud.cloudflare.delete(f"{SCRIPTS}/limiter")) == (403, 10064)
    cloud.cloudflare.delete(f"{SCRIPTS}/gateway").raise_for_status()
    cloud.cloudflare.delete(f"{SCRIPTS}/limiter").raise_for_status()
    assert namespaces(cloud) == []


def test_a_forced_deletion_deletes_the_namespaces_of_a_bound_worker_too(cloud: Cloud) -> None:
    result(upload(cloud, name="limiter", code=CODE, bindings=[], migrations=FIRST))
    result(upload(cloud, name="gateway", bindings=bound(script_name="limiter")))
    cloud.cloudflare.delete(f"{SCRIPTS}/limiter", params={"force": "true"}).raise_for_status()
    assert namespaces(cloud) == []
    result(upload(cloud, name="limiter", code=CODE, bindings=[], migrations=FIRST))


def test_no_version_is_uploaded_with_a_migration_nor_deployed_from_before_one(cloud: Cloud) -> None:
    result(limiter(cloud, code=WITHOUT))
    before = versions(cloud)[0]["id"]
    assert refused(cloud.cloudflare.post(VERSIONS, files=form(CODE, bindings=[], migrations=FIRST))) == (400, 10211)
    result(limiter(cloud, FIRST))
    result(limiter(cloud, code=CODE + "// second"))
    second, first = (one["id"] for one in versions(cloud)[:2])
    assert refused(deploy(cloud, (before, 100))) == (400, 10021)
    assert refused(deploy(cloud, (before, 100), query="?force=true")) == (400, 10021)
    result(deploy(cloud, (first, 100)))
    result(deploy(cloud, (second, 100)))


@pytest.mark.parametrize(
    "migrations",
    [
        {"new_tag": "v1", "new_sqlite_classes": [1]},
        {"transferred_classes": [{"from": "A", "from_script": "x", "to": "B"}]},
    ],
)
def test_an_invalid_or_unsimulated_migration_is_refused(cloud: Cloud, migrations: dict[str, Any]) -> None:
    assert refused(limiter(cloud, migrations)) == (400, 10021)


def test_a_migration_of_the_wrong_type_is_refused(cloud: Cloud) -> None:
    assert refused(limiter(cloud, {"new_tag": 1})) == (400, 6007)
    assert refused(upload(cloud, bindings=[], migrations=["v1"])) == (400, 6007)
    assert refused(upload(cloud, bindings=["x"], migrations=FIRST, code=CODE)) == (400, 6007)
