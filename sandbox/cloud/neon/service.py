"""Neon's service in the cloud room: its servers and front door, from start to stop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psycopg

from sandbox.base import Authority
from sandbox.cloud import scenarios
from sandbox.cloud.neon import twins
from sandbox.cloud.neon.access import FrontDoor
from sandbox.cloud.neon.api import projects
from sandbox.cloud.neon.control import ControlPlane, Reaper, recovery
from sandbox.cloud.neon.model import BRANCHES, ENDPOINTS, ORGANIZATIONS, PROJECTS, ROLES, SNAPSHOTS, timeline
from sandbox.cloud.neon.model import COLLECTION as OPERATIONS
from sandbox.state import Context, Document

_SCENARIOS = Path(scenarios.__file__).parent


class Service:
    """Neon's servers, front door and reaper, started and stopped with the HTTP server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._plane = ControlPlane.of(context)
        self._door: FrontDoor | None = None
        self._reaper = Reaper(self._plane)

    async def start(self) -> None:
        """Resume work that a crash interrupted, start the servers of all active endpoints, and open the front door."""
        await asyncio.to_thread(self._recover)
        authority = await asyncio.to_thread(Authority.load_or_create, self._context.home.authority_dir)
        self._door = FrontDoor(self._plane, authority)
        await self._door.start(self._context.home.ports.postgres)
        self._reaper.start()

    async def stop(self) -> None:
        """Disconnect clients, let running operations finish, stop the servers."""
        if self._door is not None:
            await self._door.stop()
        await asyncio.to_thread(self._reaper.stop)
        await asyncio.to_thread(self._plane.close)
        await asyncio.to_thread(self._stop_servers)

    async def reset(self, section: dict[str, Any]) -> None:
        """Delete everything; create the scenario's organizations and projects, and fill their databases."""
        await asyncio.to_thread(self._reset, section)

    def _recover(self) -> None:
        branches = self._context.store.find(BRANCHES)
        kept = {snapshot["id"] for snapshot in self._context.store.find(SNAPSHOTS)}
        kept |= {timeline(branch)["name"] for branch in [*branches, *recovery.branches(self._plane)]}
        for forgotten in set(self._plane.computes.present()) - kept:
            self._plane.computes.discard(forgotten)
        self._plane.operations.resume()
        active = self._context.store.find(ENDPOINTS, current_state="active")
        for branch_id in {endpoint["branch_id"] for endpoint in active} & {branch["id"] for branch in branches}:
            self._plane.computes.start(branch_id)

    def _stop_servers(self) -> None:
        for branch in self._context.store.find(BRANCHES):
            self._plane.computes.stop(branch["id"])

    def _reset(self, section: dict[str, Any]) -> None:
        with self._reaper.held:
            self._plane.operations.drain()
            for name in self._plane.computes.present():
                self._plane.computes.discard(name)
            with self._context.store.transaction():
                self._context.store.clear("neon.")
                for id_, organization in (section.get("organizations") or {}).items():
                    self._context.store.put(ORGANIZATIONS, id_, {"id": id_} | organization)
        for wanted in section.get("projects") or []:
            self._make(wanted)
        for twin in section.get("twins") or []:
            twins.make(self._plane, twin)

    def _make(self, wanted: Document) -> None:
        """Create a project of the scenario, and run its SQL files in its database as the owner."""
        made = projects.create_project(self._plane, wanted["project"])
        self._plane.operations.drain()
        for operation in made["operations"]:
            stored = self._context.store.get(OPERATIONS, operation["id"])
            if stored is None or stored["_outcome"] != "finished":
                self._context.store.delete(PROJECTS, made["project"]["id"])
                raise scenarios.ScenarioError(f"{wanted['project'].get('name')}: {stored and stored.get('error')}")
        branch_id, owner = made["branch"]["id"], made["roles"][0]["name"]
        role = self._context.store.get(ROLES, f"{branch_id}/{owner}")
        assert role is not None
        server = self._plane.computes.server(branch_id)
        uri = server.uri(made["databases"][0]["name"], owner, role["_password"])
        for name in wanted.get("sql") or []:
            try:
                with psycopg.connect(uri) as connection:
                    connection.execute((_SCENARIOS / name).read_bytes())
            except psycopg.Error as error:
                raise scenarios.ScenarioError(f"{name}: {error}") from error
