"""What docs/taking-over-production.md tells an operator to do, done in a sandbox that starts as production is today.

Names, queries and flags are read from the page, so that it and the walk cannot part.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from contract.paths import PROJECT
from sandbox.state.store import Document, Store
from tests.end_to_end.world import Launch

PAGE = (PROJECT / "docs" / "taking-over-production.md").read_text()
OLD, NEW = "prductr-com", "prductr-landing"
Rows = dict[str, dict[str, dict[str, Any]]]
"""Of each table the rows by id."""


def section(title: str) -> str:
    """The text below the heading that ends with `title`."""
    (found,) = re.findall(rf"^## (?:\d+\. )?{re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def block(language: str, title: str, index: int = 0) -> str:
    """A block of code in a section."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)
    return found[index]


def to_import() -> set[str]:
    """The names that the page's table says to keep in the import file."""
    return set(re.findall(r"^\| `([\w-]+)` \|", section("Import"), re.MULTILINE))


def flags_without_apex() -> list[str]:
    """The arguments of `pulumi up` for everything but the apex."""
    return shlex.split(block("sh", "Everything but the apex"))[2:]


@dataclass(frozen=True, kw_only=True)
class Production:
    """Today's production, seen from behind the APIs, and the operator's hands."""

    launch: Launch
    settings: str
    """The stack's file of settings."""

    def pulumi(self, *arguments: str, code: int | None = 0) -> str:
        """What an operation of the stack said, with the settings of the takeover."""
        done = self.launch.pulumi(*arguments, "--config-file", self.settings, code=code)
        return done.stdout + done.stderr

    def stored(self, collection: str, **fields: str) -> list[Document]:
        """Documents as the vendor keeps them, secrets included."""
        store = Store(self.launch.home.store_path)
        try:
            return store.find(collection, **fields)
        finally:
            store.close()

    def variable(self, key: str) -> str:
        """The value of a variable of the dashboard, sensitive or not."""
        (found,) = self.stored("vercel.env", key=key)
        return str(found["value"])

    def owner(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the owner of the database."""
        (role,), (endpoint,) = self.stored("neon.roles", name="neondb_owner"), self.stored("neon.endpoints")
        url = f"postgresql://{role['name']}:{role['_password']}@{endpoint['host']}/neondb?sslmode=require"
        port = self.launch.home.ports.postgres
        return psycopg.connect(url, hostaddr="127.0.0.1", port=port, autocommit=True)

    def listed(self, title: str) -> list[tuple[Any, ...]]:
        """What the query of a section lists."""
        with self.owner() as connection:
            return connection.execute(block("sql", title).encode()).fetchall()

    def rows(self) -> Rows:
        """All rows of all tables."""
        tables = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        with self.owner() as connection:
            names = [str(name) for (name,) in connection.execute(tables.encode()).fetchall()]
            found = {
                name: connection.execute(f"select to_jsonb(t) from public.{name} t".encode()).fetchall()
                for name in names
            }
        return {name: {row.get("id", str(row)): row for (row,) in rows} for name, rows in found.items()}

    def branch(self, name: str) -> None:
        """Rename the default branch at Neon."""
        (project,) = self.launch.projects()
        (found,) = self.launch.neon("GET", f"/projects/{project}/branches")["branches"]
        self.launch.neon("PATCH", f"/projects/{project}/branches/{found['id']}", branch={"name": name})

    def ids(self) -> dict[str, str]:
        """The id of each resource that there is, in the form that the page gives."""
        zone, (database,) = self.launch.zone(), self.launch.projects()
        record = {key: f"{zone}/{id_}" for key, id_ in self.launch.records().items()}
        return {
            "dashboard-project": self.site(OLD),
            "dashboard-domain": f"{self.site(OLD)}/dashboard.prductr.com",
            "dns-dashboard": record["dashboard.prductr.com", "CNAME"],
            "dns-apex": record["prductr.com", "A"],
            "dns-spf": record["prductr.com", "TXT"],
            "dns-dmarc": record["_dmarc.prductr.com", "TXT"],
            "database-project": database,
        }

    def site(self, name: str) -> str:
        """TEAM_ID/PROJECT_ID of a Vercel project."""
        project = self.launch.vercel("GET", f"/v9/projects/{name}")
        return f"{project['accountId']}/{project['id']}"

    def bring_in(self, file: Path, ids: dict[str, str]) -> list[str]:
        """Import what `ids` names; returns the names of all that the engine would have created."""
        self.pulumi("preview", "--import-file", str(file), code=None)
        content = json.loads(file.read_text())
        resources = content["resources"]
        content["resources"] = [each for each in resources if each.get("component") or each["name"] in ids]
        for each in content["resources"]:
            if each["name"] in ids and not each.get("component"):
                each["id"] = ids[each["name"]]
            if each["type"] == "neon:index/project:Project":
                each |= json.loads(block("json", "Import"))
        file.write_text(json.dumps(content))
        self.pulumi("import", "--file", str(file), "--generate-code=false", "--yes", "--skip-preview")
        file.unlink()
        return [each["name"] for each in resources]

    def make_room(self, declared: list[str]) -> None:
        """Remove what collides, as the page's table says: the variables that are `declared`, conductor, the ruleset."""
        for variable in self.launch.vercel("GET", f"/v10/projects/{OLD}/env")["envs"]:
            if f"dashboard-{variable['key'].lower().replace('_', '-')}" in declared:
                self.launch.vercel("DELETE", f"/v9/projects/{OLD}/env/{variable['id']}")
        zone, records = self.launch.zone(), self.launch.records()
        self.launch.cloudflare("DELETE", f"/zones/{zone}/dns_records/{records['conductor.prductr.com', 'CNAME']}")
        self.launch.vercel("DELETE", f"/v9/projects/{OLD}/domains/conductor.prductr.com")
        for ruleset in self.launch.cloudflare("GET", f"/zones/{zone}/rulesets"):
            if ruleset["phase"] == "http_request_dynamic_redirect":
                self.launch.cloudflare("DELETE", f"/zones/{zone}/rulesets/{ruleset['id']}")

    def move_apex(self, source: str, target: str) -> None:
        """Give the apex to another project."""
        _, _, project = self.site(target).partition("/")
        self.launch.vercel("POST", f"/v1/projects/{source}/domains/prductr.com/move", projectId=project)

    @contextmanager
    def watched(self, host: str) -> Iterator[list[str]]:
        """What answers for the host while the block runs: `landing`, `dashboard`, or what else there is."""
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
        """Which of the two applications answers for the host."""
        port = self.launch.home.ports.edge_http
        headers = {"host": f"{host}.localhost:{port}"}
        answer = httpx.get(f"http://127.0.0.1:{port}/", headers=headers, trust_env=False, timeout=30)
        if answer.status_code == 200 and "Landing site" in answer.text:
            return "landing"
        if answer.status_code == 307 and answer.headers["location"].endswith("/login"):
            return "dashboard"
        return f"{answer.status_code} {answer.text[:200]}"
