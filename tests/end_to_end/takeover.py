"""Today's production in a sandbox, seen from behind the APIs, and the verbs that take it over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from contract.paths import PROJECT
from launch.stack import SANDBOX, Stack
from sandbox.state.store import Document, Store
from tests.end_to_end.world import Launch

OLD, NEW = "prductr-com", "prductr-landing"
TODAY = {
    "prductr:neonAuthUrl": "https://ep-quiet-harbor.neonauth.eu-central-1.aws.neon.build/neondb/auth",
    "prductr:databaseHistorySeconds": 86400,
    "prductr:nodeVersion": "24.x",
    "prductr:mailSenders": ["include:_spf.example.com"],
    "prductr:mailFromOthers": "fail",
    "prductr:dmarcPolicy": "reject",
    "prductr:dmarcReports": ["dmarc@prductr.com"],
}
"""Settings with which an update leaves production's own choices unchanged."""
MAIL = {
    "prductr.com": "v=spf1 include:_spf.example.com -all",
    "_dmarc.prductr.com": "v=DMARC1; p=reject; rua=mailto:dmarc@prductr.com",
}
KILLED = -signal.SIGKILL
_PATIENCE = 900
"""Seconds for one verb."""
Rows = dict[str, dict[str, dict[str, Any]]]
"""The rows of each table by id."""


@dataclass(frozen=True, kw_only=True)
class Production:
    """Today's production, seen from behind the APIs, and the operator's hands."""

    launch: Launch
    settings: str
    """The stack's settings file."""
    journal: Path

    def adopt(self, verb: str, *arguments: str, code: int | None = 0) -> dict[str, Any]:
        """Run `launch adopt VERB` without questions and return its document."""
        done = self.launch.launch("adopt", verb, *self._options(verb), *arguments, "--json", code=code)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def killed(self, changes: int, *arguments: str) -> int:
        """Start `launch adopt apply`, kill it once the clouds have seen so many changes, and return how it ended.

        Its engine is left running, as after a crash of a terminal.
        """
        command = [sys.executable, "-m", "launch", "adopt", "apply", *self._options("apply"), *arguments]
        until = self.launch.changes() + changes
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            command, cwd=PROJECT, env=self.launch.environment(), stdin=quiet, stdout=quiet, stderr=quiet
        ) as process:
            deadline = time.monotonic() + _PATIENCE
            while process.poll() is None and self.launch.changes() < until:
                assert time.monotonic() < deadline, "the apply neither ended nor got so far"
                time.sleep(0.005)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            return process.wait()

    def interrupted(self, changes: int, *arguments: str) -> tuple[int, str]:
        """The same with Ctrl-C, which every process of the terminal receives: the exit code, and the complaint."""
        command = [sys.executable, "-m", "launch", "adopt", "apply", *self._options("apply"), *arguments]
        until = self.launch.changes() + changes
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            command,
            cwd=PROJECT,
            env=self.launch.environment(),
            stdin=quiet,
            stdout=quiet,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            complaint: list[str] = []
            reader = threading.Thread(target=lambda: complaint.extend(process.stderr or ()))
            reader.start()
            deadline = time.monotonic() + _PATIENCE
            while process.poll() is None and self.launch.changes() < until:
                assert time.monotonic() < deadline, "the apply neither ended nor got so far"
                time.sleep(0.005)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            code = process.wait()
            reader.join()
            return code, "".join(complaint)

    def _options(self, verb: str) -> tuple[str, ...]:
        settings = ("--config-file", self.settings)
        return settings if verb == "plan" else (*settings, "--journal", str(self.journal), "--yes")

    def stack(self) -> Stack:
        """The stack, for a test that adopts in its own process."""
        return Stack(name=SANDBOX, environment=self.launch.environment(), settings=Path(self.settings))

    def pulumi(self, *arguments: str, code: int | None = 0) -> str:
        """Run an operation of the stack with the settings of the takeover; return its output."""
        done = self.launch.pulumi(*arguments, "--config-file", self.settings, code=code)
        return done.stdout + done.stderr

    def stored(self, collection: str, **fields: str) -> list[Document]:
        """Return the vendor's stored documents, secrets included."""
        store = Store(self.launch.home.store_path)
        try:
            return store.find(collection, **fields)
        finally:
            store.close()

    def variable(self, key: str) -> str:
        """Return the value of a variable of the dashboard, sensitive or not."""
        (found,) = self.stored("vercel.env", key=key)
        return str(found["value"])

    def owner(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Yield a connection as the owner of the database."""
        (role,), (endpoint,) = self.stored("neon.roles", name="neondb_owner"), self.stored("neon.endpoints")
        url = f"postgresql://{role['name']}:{role['_password']}@{endpoint['host']}/neondb?sslmode=require"
        port = self.launch.home.ports.postgres
        return psycopg.connect(url, hostaddr="127.0.0.1", port=port, autocommit=True)

    def rows(self) -> Rows:
        """Return all rows of all tables."""
        tables = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        with self.owner() as connection:
            names = [str(name) for (name,) in connection.execute(tables.encode()).fetchall()]
            found = {
                name: connection.execute(f"select to_jsonb(t) from public.{name} t".encode()).fetchall()
                for name in names
            }
        return {name: {row.get("id", str(row)): row for (row,) in rows} for name, rows in found.items()}

    def holder(self, host: str) -> str:
        """Return the name of the Vercel project that has a host."""
        (domain,) = self.stored("vercel.project_domains", name=host)
        (project,) = self.stored("vercel.projects", id=domain["projectId"])
        return str(project["name"])

    def deployments(self, name: str) -> list[Document]:
        """Return the deployments of a Vercel project that the stack made."""
        return [each for each in self.stored("vercel.deployments", name=name) if each["meta"].get("environment")]

    def repeated(self) -> list[str]:
        """Return the resources that exist twice at a vendor although they must exist once."""
        names = {
            "record": [f"{each['name']} {each['type']}" for each in self.stored("cloudflare.dns_records")],
            "ruleset": [each["phase"] for each in self.stored("cloudflare.rulesets")],
            "Worker": [each["id"] for each in self.stored("cloudflare.workers_scripts")],
            "site": [str(each.get("host")) for each in self.stored("cloudflare.web_analytics_sites")],
            "project": [each["name"] for each in self.stored("vercel.projects")],
            "domain": [each["name"] for each in self.stored("vercel.project_domains")],
            "variable": [f"{each['project_id']} {each['key']} {each['target']}" for each in self.stored("vercel.env")],
            "deployment": [each["name"] for name in (OLD, NEW) for each in self.deployments(name)],
            "database": [each["name"] for each in self.stored("neon.projects")],
        }
        assert all(names.values()), names
        return [
            f"{kind} {name}" for kind, found in names.items() for name, count in Counter(found).items() if count > 1
        ]

    def branch(self, name: str) -> None:
        """Rename the default branch at Neon."""
        (project,) = self.launch.projects()
        (found,) = self.launch.neon("GET", f"/projects/{project}/branches")["branches"]
        self.launch.neon("PATCH", f"/projects/{project}/branches/{found['id']}", branch={"name": name})

    @contextmanager
    def watched(self, host: str) -> Iterator[list[str]]:
        """Record which application serves the host while the block runs: `landing`, `dashboard`, or another."""
        answers: list[str] = []
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.05):
                answers.append(self.answer(host))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield answers
        finally:
            ended.set()
            watcher.join()

    def answer(self, host: str) -> str:
        """Return which of the two applications serves the host."""
        port = self.launch.home.ports.edge_http
        headers = {"host": f"{host}.localhost:{port}"}
        answer = httpx.get(f"http://127.0.0.1:{port}/", headers=headers, trust_env=False, timeout=30)
        if answer.status_code == 200 and "Landing site" in answer.text:
            return "landing"
        if answer.status_code == 307 and answer.headers["location"].endswith("/login"):
            return "dashboard"
        return f"{answer.status_code} {answer.text[:200]}"
