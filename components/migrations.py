"""The schema's history as one resource: the files of `sql/migrations` that are applied to a database.

Its inputs name each file with its checksum, so the preview shows what is pending and refuses edited, missing and
out-of-order files, even before the database exists. Destroying the resource only forgets it: all data stays.

    schema = Migrations("schema", database_url=owner_url)
    pulumi.export("schema_version", schema.version)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from database.ledger import Ledger, Memory
from database.migrations import HistoryError, manifest
from database.postgres import DatabaseError, UnreachableError, require_direct, safe_url
from database.runner import Result, Runner, plan, plan_report

LOOK_SECONDS = 5.0
"""Seconds that a preview waits for the database before it relies on the remembered state."""

_INPUTS = ("database_url", "database_id", "directory", "files")


class MigrationsProvider(ResourceProvider):
    """Holds no state of its own: everything it needs is in the resource's inputs."""

    serialize_as_secret_always = False  # it captures nothing, and a readable state is easier to compare

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse whatever a run would refuse, and print the run's plan. Writes nothing.

        Only `diff` compares the database's identity: the engine passes the previous inputs here, not the outputs.
        """
        url, directory = news["database_url"], Path(news["directory"])
        try:
            if isinstance(url, str):
                require_direct(url)
        except DatabaseError as error:
            return CheckResult(news, [CheckFailure("database_url", str(error))])
        if news["files"] == _olds.get("files"):
            return CheckResult(news, [])  # the program has just hashed the files, and all are applied
        try:
            planned = plan.offline(directory, _olds.get("files") or {})
            if planned.pending and isinstance(url, str):
                planned = _looked_up(url, directory, planned)
            for line in plan_report.lines(planned, directory):
                _say(line)
        except HistoryError as error:
            return CheckResult(news, [CheckFailure("directory", finding) for finding in error.findings])
        except DatabaseError as error:
            return CheckResult(news, [CheckFailure("directory", str(error))])
        return CheckResult(news, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Require an update for other files, another URL, or changes to the ledger from outside.

        Only a new database that the stack itself created requires a replacement: it must not be compared with the old
        one's identity. A replacement drops nothing either. Raises DatabaseError if an update would meet a database
        other than the remembered one, or a damaged ledger.
        """
        changed = {name for name in _INPUTS if _olds.get(name) != _news.get(name)}
        drifted = bool(_olds.get("drift"))
        fresh = bool(_olds.get("database_id")) and "database_id" in changed
        # A refresh calls this too, and must be able to record drift.
        if changed & {"database_url", "files"} and not fresh and not drifted and isinstance(_news["database_url"], str):
            _recognise(_news["database_url"], _memory(_olds))
        return DiffResult(changes=bool(changed) or drifted, replaces=["database_id"] if fresh else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Apply the files that the ledger lacks; none, if an earlier create applied them."""
        outs = _apply(props, Memory())
        return CreateResult(outs["identity"], outs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Apply the pending files to the database that this resource was created with."""
        return UpdateResult(_apply(_news, _memory(_olds)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the ledger's actual contents. Raises if the database cannot be queried: unknown is not unchanged."""
        known = plan.look(props["database_url"])
        if known is None:
            return ReadResult("", {})
        memory = _memory(props)
        other = memory.other_database(known)
        drift = [other] if other else known.broken() or memory.forgotten(known)
        # A repeatable file may disappear for good. A versioned one stays recorded, or it would be applied again.
        files = {n: checksum for n, checksum in known.manifest.items() if _versioned(n) or n in memory.files}
        files |= {n: checksum for n, checksum in memory.files.items() if _versioned(n)}
        outs = _outs(props, files, known, memory.identity or known.identity)
        return ReadResult(id_, outs | {"drift": drift})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Forget the resource. Tables, data and ledger stay, so a later create finds its work done."""


def _versioned(name: str) -> bool:
    return not name.startswith("R_")


def _memory(outs: dict[str, Any]) -> Memory:
    return Memory(identity=outs.get("identity") or "", files=outs.get("files") or {})


def _looked_up(url: str, directory: Path, planned: plan.Plan) -> plan.Plan:
    """Return the plan from the database itself, or the given one if the database does not respond now."""
    try:
        return plan.online(url, directory, patience=LOOK_SECONDS)
    except UnreachableError as error:
        _say(f"the list of pending files is from the state, {error}")
        return planned


def _recognise(url: str, memory: Memory) -> None:
    """Raise LedgerError unless it is the remembered database. If it does not respond now, the run checks again."""
    try:
        memory.recognise(plan.look(url, patience=LOOK_SECONDS), safe_url(url))
    except UnreachableError as error:
        _say(f"could not check whether it is the same database, {error}")


def _apply(props: dict[str, Any], memory: Memory) -> dict[str, Any]:
    directory = Path(props["directory"])
    if manifest(directory) != props["files"]:
        raise DatabaseError("the files changed during this run", where=str(directory), remedy="Run again.")
    known = Runner(props["database_url"], directory, memory=memory, report=_say).run()
    return _outs(props, props["files"], known, known.identity)


def _say(text: str) -> None:
    """Show a line in the engine's display, which relays what a provider prints."""
    print(f"migrations: {text}", flush=True)


def _outs(props: dict[str, Any], files: dict[str, str], known: Ledger | Result, identity: str) -> dict[str, Any]:
    return {
        "database_url": props["database_url"],
        "database_id": props.get("database_id"),
        "directory": props["directory"],
        "files": files,
        "version": known.version,
        "applied": sorted(known.manifest),
        "identity": identity,
        "drift": [],
    }


class Migrations(pulumi.dynamic.Resource, module="sql", name="Migrations"):
    """The applied files of one database."""

    version: pulumi.Output[str]
    """Newest applied version, such as `0010`."""
    applied: pulumi.Output[list[str]]
    """Names of all applied files."""
    identity: pulumi.Output[str]
    """Identity of the database; a URL that leads to another one is refused."""

    def __init__(
        self,
        name: str,
        *,
        database_url: pulumi.Input[str],
        database_id: pulumi.Input[str] | None = None,
        directory: str = "sql/migrations",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`database_url` is the owner's, on the direct host; `directory` is relative to the project.

        `database_id` identifies the declared resource, such as the Neon project. While it stays the same, the URL must
        lead to the same database. If the stack creates another one, that one is migrated from the beginning.
        """
        props = {
            "database_url": pulumi.Output.secret(database_url),
            "database_id": database_id,
            "directory": directory,
            "files": manifest(Path(directory)),
            "version": None,
            "applied": None,
            "identity": None,
            "drift": None,
        }
        super().__init__(MigrationsProvider(), name, props, opts)
