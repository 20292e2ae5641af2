"""The PostgreSQL servers of the branches: their data, their start and their stop."""

from __future__ import annotations

import errno
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sandbox.base import Home, free_port
from sandbox.cloud.neon.compute import cluster, storage
from sandbox.cloud.neon.compute.history import History, Moment
from sandbox.cloud.neon.model import BRANCHES, ENDPOINTS, SNAPSHOTS, naming, not_found, timeline
from sandbox.postgres import Finish, Postgres
from sandbox.state import Document, Store

_SETTINGS = (
    # Committed data survives the crash of any process, because the operating system has it by then. It may not survive
    # a power failure; then the sandbox has to be created again.
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "32MB"),
    ("max_connections", "112"),  # Neon's number for the smallest compute, 0.25 CU
    ("superuser_reserved_connections", "7"),  # likewise
    ("log_min_error_statement", "panic"),  # a failing statement may contain a password
)


class Computes:
    """Control of the servers, with one call per branch at a time. All methods block: call them from a thread."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._registry = threading.Lock()

    def server(self, branch_id: str) -> Postgres:
        """Return the branch's server, running or not. Raises ApiError (404) if there is no such branch."""
        branch = self._store.get(BRANCHES, branch_id)
        if branch is None:
            raise not_found("branch")
        return self._server(branch)

    def create(self, branch_id: str, at: Moment | None = None, source_id: str | None = None) -> None:
        """Create the branch's data: a new cluster, or a copy of another branch's, now or at an earlier moment.

        `source_id` names that branch, or a snapshot; the default is the parent. Does nothing if the data exists.
        """
        branch = self._store.get(BRANCHES, branch_id)
        assert branch is not None, "the branch was stored before this was ordered"
        with self._alone(branch_id):
            server = self._server(branch)
            if source_id and self.is_snapshot(source_id):
                if not (server.directory / "PG_VERSION").exists():
                    server.clone(self._kept(source_id).directory, History(server).begin)
            else:
                self._make(server, source_id or branch.get("parent_id"), at, History(server).begin)

    def keep(self, snapshot_id: str, branch_id: str, at: Moment | None) -> None:
        """Copy a branch, now or at a moment, into a snapshot: data without a server. Does nothing if it exists."""
        with self._alone(snapshot_id):
            self._make(self._kept(snapshot_id), branch_id, at, None)

    def is_snapshot(self, id_: str) -> bool:
        """Return whether this is the id of a snapshot."""
        return self._store.get(SNAPSHOTS, id_) is not None

    @contextmanager
    def past(self, branch_id: str, at: Moment) -> Iterator[Postgres]:
        """A running server with a branch's contents at a moment; the end of the block removes it."""
        server = self._kept(naming.timeline("past"))
        server = replace(server, port=free_port(), password=self._password(branch_id), settings=_SETTINGS)
        try:
            self._make(server, branch_id, at, None)
            server.start()
            yield server
        finally:
            storage.discard(server)

    def replace(self, branch_id: str, name: str, source_id: str, at: Moment | None, kept_id: str | None) -> None:
        """Give the branch a new timeline `name`: a copy of another branch's (or its own), now or at an earlier moment.

        Its former data goes to the branch `kept_id`, or is deleted. Does nothing if this has been done already.
        """
        branch = self._store.get(BRANCHES, branch_id)
        assert branch is not None, "the branch is locked"
        if timeline(branch)["name"] == name:
            return
        new = self._server(branch | {"_timeline": {"name": name}})
        self._make(new, source_id, at, History(new).begin)
        with self._alone(branch_id):
            old = self.server(branch_id)
            old.stop()
            with self._store.transaction():
                for id_, line in ((branch_id, {"name": name}), (kept_id, timeline(branch))):
                    stored = self._store.get(BRANCHES, id_) if id_ else None
                    if stored:
                        self._store.put(BRANCHES, stored["id"], stored | {"_timeline": line})
            if kept_id is None:
                storage.discard(old)

    def start(self, branch_id: str) -> Postgres:
        """Start the branch's server if it is not running, on another port if its own has been taken."""
        with self._alone(branch_id):
            server = self.server(branch_id)
            if server.pid() is None:
                if _taken(server.port):
                    server = self._move(branch_id)
                server.start()
            return server

    def scram_verifier(self, branch_id: str, role: str) -> cluster.ScramVerifier | None:
        """Return the server's verifier of a role's password; None if there is no such role or it has no password."""
        return cluster.scram_verifier(self.server(branch_id), role)

    def stop(self, branch_id: str) -> None:
        """Stop the branch's server; its clients are disconnected."""
        with self._alone(branch_id):
            self.server(branch_id).stop()

    def discard(self, name: str, branch_id: str | None = None) -> None:
        """Stop the server of a timeline (of this branch, if given), and remove its data. A branch need not exist."""
        with self._alone(branch_id or name):
            storage.discard(self._kept(name))

    def halt(self, name: str) -> None:
        """Stop the server of a timeline whose branch was deleted; its data stays."""
        with self._alone(name):
            self._kept(name).stop()

    def present(self) -> list[str]:
        """Return the names of the timelines that have data on disk."""
        return storage.timelines(self._home.path)

    def _make(self, server: Postgres, source_id: str | None, at: Moment | None, finish: Finish | None) -> None:
        if (server.directory / "PG_VERSION").exists():
            return
        if source_id is None:
            server.initialise(finish)
        elif at is None:
            server.copy_from(self.start(source_id), finish)
        else:
            past = History(self.start(source_id))
            past.complete()
            past.replay(server, at, finish)

    def _kept(self, name: str) -> Postgres:
        """Return a handle for data by its name on disk; its server must not be started."""
        return Postgres(
            directory=storage.folder(self._home.path) / name, port=0, password="", superuser=cluster.SUPERUSER
        )

    def _password(self, branch_id: str) -> str:
        return self.server(branch_id).password

    def _server(self, branch: Document) -> Postgres:
        server = Postgres(
            directory=storage.folder(self._home.path) / timeline(branch)["name"],
            port=branch["port"],
            password=branch["_superuser_password"],
            superuser=cluster.SUPERUSER,
            settings=(*_SETTINGS, *self._identity(branch)),
        )
        return replace(server, settings=(*server.settings, *History(server).settings()))

    def _identity(self, branch: Document) -> tuple[tuple[str, str], ...]:
        """Return the settings that identify the branch to a session, as with Neon: `show neon.branch_id`."""
        writers = self._store.find(ENDPOINTS, branch_id=branch["id"], type="read_write")
        known = {"project_id": branch["project_id"], "branch_id": branch["id"]}
        if writers:
            known["endpoint_id"] = writers[0]["id"]
        return tuple((f"neon.{name}", value) for name, value in known.items())

    def _move(self, branch_id: str) -> Postgres:
        with self._store.transaction():
            branch = self._store.get(BRANCHES, branch_id)
            if branch is None:
                raise not_found("branch")
            branch["port"] = free_port()
            self._store.put(BRANCHES, branch_id, branch)
        return self._server(branch)

    @contextmanager
    def _alone(self, branch_id: str) -> Iterator[None]:
        with self._registry:
            lock = self._locks[branch_id]
        with lock:
            yield


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
    return False
