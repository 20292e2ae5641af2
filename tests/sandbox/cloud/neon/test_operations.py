"""Operations and their locks. Prevents: a client that does not wait, and fails only at Neon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.base.home import Home
from sandbox.cloud.neon.compute import storage
from tests.sandbox.cloud.neon.harness import ORGANIZATION, SECTION, client, running, until

LOCKED = ("", "project already has running conflicting operations, scheduling of new ones is prohibited")


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_branch_is_locked_until_its_operations_are_finished(make_home: Callable[[str], Home]) -> None:
    clock = Clock()
    with running(make_home("locked"), SECTION, clock) as context, client(context) as neon:
        asked = {"project": {"name": "launch", "org_id": ORGANIZATION}}
        made = neon.call("POST", "/projects", asked, expect=201)
        path = f"/projects/{made['project']['id']}"
        branch = f"{path}/branches/{made['branch']['id']}"
        stored = context.store.find
        until(lambda: all(operation["_done"] for operation in stored("neon.operations")))
        # The work is done, but Neon would still show it as running at this moment.
        listed = neon.call("GET", f"{path}/operations")["operations"]
        assert [operation["status"] for operation in listed] == ["scheduling", "running"]
        role = {"role": {"name": "app"}}
        for method, locked, body in (
            ("POST", f"{branch}/roles", role),
            ("POST", f"{branch}/roles/neondb_owner/reset_password", None),
            ("POST", f"{branch}/databases", {"database": {"name": "app", "owner_name": "neondb_owner"}}),
            ("DELETE", f"{branch}/databases/neondb", None),
            ("POST", f"{path}/branches", {"branch": {"name": "child"}}),
            ("POST", f"{path}/endpoints", {"endpoint": {"branch_id": made["branch"]["id"], "type": "read_only"}}),
            ("PATCH", path, {"project": {"name": "renamed"}}),
            ("PATCH", branch, {"branch": {"name": "renamed"}}),
            ("POST", f"{branch}/set_as_default", None),
            ("DELETE", path, None),
        ):
            assert neon.refused(423, method, locked, body) == LOCKED
        assert neon.call("GET", path)["project"]["name"] == "launch"
        assert neon.call("GET", branch)["branch"]["name"] == "main"
        assert [found["name"] for found in neon.call("GET", f"{branch}/roles")["roles"]] == ["neondb_owner"]
        clock.now += timedelta(seconds=1)
        listed = neon.call("GET", f"{path}/operations")["operations"]
        assert [operation["status"] for operation in listed] == ["finished", "finished"]
        neon.call("POST", f"{branch}/roles", role, expect=201)
        assert neon.refused(423, "POST", f"{branch}/roles", {"role": {"name": "second"}}) == LOCKED
        until(lambda: all(operation["_done"] for operation in stored("neon.operations")))
        clock.now += timedelta(seconds=1)
        assert neon.call("PATCH", path, {"project": {"name": "renamed"}})["project"]["name"] == "renamed"
        assert neon.call("PATCH", branch, {"branch": {"name": "renamed"}})["branch"]["name"] == "renamed"
        assert neon.call("POST", f"{branch}/set_as_default")["branch"]["default"] is True


def test_a_failed_operation_gives_its_reason_and_later_ones_are_cancelled(make_home: Callable[[str], Home]) -> None:
    home = make_home("failing")
    with running(home, SECTION) as context, client(context) as neon:
        made = neon.project()
        parent = context.store.get("neon.branches", made["branch"]["id"])
        assert parent
        context.store.put("neon.branches", parent["id"], parent | {"_superuser_password": "wrong"})
        path = f"/projects/{made['project']['id']}"
        asked = {"branch": {"name": "child"}, "endpoints": [{"type": "read_write"}]}
        child = neon.call("POST", f"{path}/branches", asked, expect=201)
        until(lambda: not context.store.find("neon.operations", _done=False))
        until(lambda: neon.call("GET", f"{path}/operations")["operations"][0]["status"] != "scheduling")
        second, first, *_ = neon.call("GET", f"{path}/operations")["operations"]
        assert (first["status"], second["status"], first["failures_count"]) == ("failed", "cancelled", 1)
        assert "password authentication failed" in first["error"]
        assert "wrong" not in first["error"]
        assert neon.call("GET", f"{path}/branches/{child['branch']['id']}")["branch"]["current_state"] == "init"
        assert storage.timelines(home.path) == [parent["id"]]
        neon.call("DELETE", f"{path}/branches/{child['branch']['id']}")
