"""Row security as one resource: what `sql/security` declares is in force, and what drifts is named and repaired.

It records a fingerprint of every effective fact of isolation (database/catalog.py). Preview and refresh compare the
database with the declaration and name each difference; an update repairs all of them in one transaction. Destroying the
resource only forgets it: a database is never opened by taking its policies away.

    security = RowSecurity(
        "security", database_url=owner_url, application_password=…, service_password=…, schema_version=schema.version
    )
    pulumi.export("isolation", security.summary)
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

from database import checks
from database.connection import require_direct
from database.declaration import Declaration
from database.differences import compare
from database.errors import DatabaseError, UnreachableError
from database.security import Report, Security

_SECRETS = ("database_url", "application_password", "service_password")
_INPUTS = (*_SECRETS, "directory", "checksum", "schema_version", "remove_foreign")
_SHORTEST_PASSWORD = 16
"""Characters; Neon asks for 60 bits of entropy."""
_SHOWN = 10
"""Differences that a run names; a database that is secured for the first time has hundreds."""


class RowSecurityProvider(ResourceProvider):
    """Holds no state of its own: what it is given is in the resource's inputs."""

    serialize_as_secret_always = False  # it captures nothing, and a readable state is easier to compare

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an incomplete declaration, a pooled URL and guessable passwords; writes nothing."""
        failures = []
        try:
            _ = Declaration(Path(news["directory"])).facts
        except DatabaseError as error:
            failures.append(CheckFailure("directory", str(error)))
        if isinstance(news["database_url"], str):
            try:
                require_direct(news["database_url"])
            except DatabaseError as error:
                failures.append(CheckFailure("database_url", str(error)))
        for name in ("application_password", "service_password"):
            password = news[name]
            if isinstance(password, str) and len(password) < _SHORTEST_PASSWORD:
                failures.append(CheckFailure(name, f"the password is shorter than {_SHORTEST_PASSWORD} characters"))
        return CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Changed inputs, recorded drift and drift that the database shows now make an update, never a replacement."""
        changed = any(_olds.get(name) != _news.get(name) for name in _INPUTS)
        if isinstance(_news["database_url"], str) and _looked_up(_news, _olds.get("foreign") or []):
            changed = True
        return DiffResult(changes=changed or bool(_olds.get("drift")), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Put the declaration in force; refuses undeclared policies that show rows, unless it may remove them."""
        return CreateResult("row-security", _apply(props, tolerated=None))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Repair what differs, and remove undeclared policies that came since."""
        return UpdateResult(_apply(_news, tolerated=_olds.get("foreign") or []))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is really in force. Raises when the database cannot be asked: unknown is not unchanged."""
        facts = _security(props).read()
        differences = compare(Declaration(Path(props["directory"])).facts, facts)
        tolerated = set(props.get("foreign") or [])
        drift = [each.text for each in differences if each.key not in tolerated]
        for text in drift:
            _say(text)
        outs = {name: props.get(name) for name in _INPUTS}
        outs |= {
            "fingerprint": facts.fingerprint,
            "summary": facts.summary(),
            "foreign": sorted(tolerated),
            "drift": drift,
        }
        return ReadResult(id_, outs)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Forget the resource; policies, grants and roles stay in force."""
        _say("row security stays in force: destroying the resource only forgets it")


def _security(props: dict[str, Any]) -> Security:
    directory = Path(props["directory"])
    return Security(
        url=props["database_url"],
        declaration=Declaration(directory),
        checks=checks.load(directory.parent / "checks"),
        report=_say,
    )


def _looked_up(props: dict[str, Any], tolerated: list[str]) -> bool:
    """Whether the database differs from the declaration; what differs is said."""
    try:
        differences = [each for each in _security(props).differences() if each.key not in tolerated]
    except UnreachableError as error:
        _say(f"drift is as of the last refresh, {error}")
        return False
    for each in differences:
        _say(each.text)
    return bool(differences)


def _apply(props: dict[str, Any], *, tolerated: list[str] | None) -> dict[str, Any]:
    declaration = Declaration(Path(props["directory"]))
    if declaration.checksum() != props["checksum"]:
        raise DatabaseError(
            "the files changed while this run was under way", where=str(declaration.directory), remedy="Run again."
        )
    report = _security(props).apply(
        {"prductr_app": props["application_password"], "prductr_service": props["service_password"]},
        remove_foreign=bool(props["remove_foreign"]),
        tolerated=tolerated,
    )
    _tell(report)
    return {
        **{name: props.get(name) for name in _INPUTS},
        "fingerprint": report.facts.fingerprint,
        "summary": report.facts.summary(),
        "foreign": sorted(each.key for each in report.foreign),
        "drift": [],
    }


def _tell(report: Report) -> None:
    for text in report.done[:_SHOWN]:
        _say(f"put right: {text}")
    if len(report.done) > _SHOWN:
        _say(f"put right: {len(report.done) - _SHOWN} more")
    for each in report.foreign:
        _say(f"left alone: {each.text}")


def _say(text: str) -> None:
    """Show a line in the engine's display, which relays what a provider prints."""
    print(f"security: {text}", flush=True)


class RowSecurity(pulumi.dynamic.Resource, module="sql", name="RowSecurity"):
    """The declared row security of one database."""

    fingerprint: pulumi.Output[str]
    """SHA-256 over every effective fact of isolation."""
    summary: pulumi.Output[dict[str, int]]
    """How much that is: tables, protected_tables, policies, functions, triggers, grants."""
    foreign: pulumi.Output[list[str]]
    """Undeclared things that were left alone."""
    drift: pulumi.Output[list[str]]
    """What the last refresh found to differ, a sentence each."""

    def __init__(
        self,
        name: str,
        *,
        database_url: pulumi.Input[str],
        application_password: pulumi.Input[str],
        service_password: pulumi.Input[str],
        schema_version: pulumi.Input[str],
        directory: str = "sql/security",
        remove_foreign: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`database_url` is the owner's, on the direct host; `directory` is relative to the project.

        `remove_foreign` also removes policies, functions, rules and triggers that nobody declared.
        """
        props = {
            "database_url": pulumi.Output.secret(database_url),
            "application_password": pulumi.Output.secret(application_password),
            "service_password": pulumi.Output.secret(service_password),
            "schema_version": schema_version,
            "directory": directory,
            "checksum": Declaration(Path(directory)).checksum(),
            "remove_foreign": remove_foreign,
            "fingerprint": None,
            "summary": None,
            "foreign": None,
            "drift": None,
        }
        super().__init__(RowSecurityProvider(), name, props, opts)
