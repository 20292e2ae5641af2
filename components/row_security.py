"""Row security as one resource: it puts `sql/security` in force, and reports and repairs drift from it.

It records a fingerprint of all facts in effect that isolate tenants (database/row_security/facts). Preview and refresh
compare the database with the declaration and name each difference; an update repairs all of them in one transaction.
Destroying the resource only forgets it: removing policies would open the database.

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

from database.postgres import DatabaseError, UnreachableError, require_direct
from database.row_security import Declaration, Security, checks, drift_of, outputs, refused, say, show, still_there
from database.row_security.facts import Difference, compare

_SECRETS = ("database_url", "application_password", "service_password")
_INPUTS = (*_SECRETS, "directory", "checksum", "schema_version", "remove_foreign")
_SHORTEST_PASSWORD = 16
"""Characters; Neon requires 60 bits of entropy."""


class RowSecurityProvider(ResourceProvider):
    """Holds no state of its own: everything it needs is in the resource's inputs."""

    serialize_as_secret_always = False  # it captures nothing, and a readable state is easier to compare

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an incomplete declaration, a pooled URL and guessable passwords. Writes nothing.

        Before the first update, also refuse whatever would stop it, which otherwise would fail only after the
        migrations.
        """
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
        if not _olds and not failures and isinstance(news["database_url"], str) and not news["remove_foreign"]:
            failures = _in_the_way(news)
        return CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Require an update, never a replacement, for changed inputs, recorded drift and current drift."""
        changed = any(_olds.get(name) != _news.get(name) for name in _INPUTS)
        if isinstance(_news["database_url"], str) and _looked_up(_news, _olds.get("foreign") or []):
            changed = True
        return DiffResult(changes=changed or bool(_olds.get("drift")), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Put the declaration in force. Refuses undeclared policies that expose rows, unless it may remove them."""
        return CreateResult("row-security", _apply(props, tolerated=None))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Repair what differs; remove undeclared policies, rules, triggers and grants that are new or changed."""
        return UpdateResult(_apply(_news, tolerated=_olds.get("foreign") or []))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the facts in force. Raises if the database cannot be queried: unknown does not mean unchanged."""
        facts = _security(props).read()
        declared = Declaration(Path(props["directory"])).facts
        tolerated = set(props.get("foreign") or [])
        differences = compare(declared, facts)
        drift, foreign = drift_of(differences, tolerated), still_there(tolerated, differences)
        drift += _kept_out(props, {each.object for each in differences if each.kind == "role"})
        outs = {name: props.get(name) for name in _INPUTS}
        return ReadResult(id_, outs | outputs(declared, facts, foreign=foreign, drift=drift))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Forget the resource. Policies, grants and roles stay in force."""
        say("row security stays in force: destroying the resource only forgets it")


def _security(props: dict[str, Any]) -> Security:
    directory = Path(props["directory"])
    return Security(
        url=props["database_url"],
        declaration=Declaration(directory),
        checks=checks.load(directory.parent / "checks"),
        report=say,
    )


def _in_the_way(props: dict[str, Any]) -> list[CheckFailure]:
    """Return a failure for undeclared objects that an apply would refuse to leave alone."""
    try:
        differences = _security(props).differences()
    except UnreachableError as error:
        say(f"could not check for undeclared policies in the way, {error}")
        return []
    found = [each.text for each in differences if each.harmful]
    remedy = "Drop them, or let the update do it: pulumi config set removeForeignPolicies true"
    return [CheckFailure("remove_foreign", f"{'; '.join(found)}. {remedy}")] if found else []


def _looked_up(props: dict[str, Any], tolerated: list[str]) -> bool:
    """Return whether the database differs from the declaration. Prints the differences."""
    try:
        return bool(drift_of(_security(props).differences(), tolerated))
    except UnreachableError as error:
        say(f"drift is as of the last refresh, {error}")
        return False


def _kept_out(props: dict[str, Any], differing: set[str]) -> list[Difference]:
    """Return roles whose passwords do not work, except those that differ anyway and so get new ones. Prints them."""
    passwords = {role: password for role, password in _passwords(props).items() if role not in differing}
    found = [
        Difference(kind="password", object=role, text=text)
        for role, text in refused(props["database_url"], passwords, say)
    ]
    for each in found:
        say(each.text)
    return found


def _passwords(props: dict[str, Any]) -> dict[str, str]:
    return {"prductr_app": props["application_password"], "prductr_service": props["service_password"]}


def _apply(props: dict[str, Any], *, tolerated: list[str] | None) -> dict[str, Any]:
    declaration = Declaration(Path(props["directory"]))
    if declaration.checksum() != props["checksum"]:
        raise DatabaseError("the files changed during this run", where=str(declaration.directory), remedy="Run again.")
    report = _security(props).apply(
        _passwords(props),
        remove_foreign=bool(props["remove_foreign"]),
        tolerated=tolerated,
    )
    show(report)
    foreign = [each.mark for each in report.foreign]
    outs = {name: props.get(name) for name in _INPUTS}
    return outs | outputs(declaration.facts, report.facts, foreign=foreign, drift=[])


class RowSecurity(pulumi.dynamic.Resource, module="sql", name="RowSecurity"):
    """The declared row security of one database."""

    fingerprint: pulumi.Output[str]
    """SHA-256 over all facts in effect that isolate tenants."""
    summary: pulumi.Output[dict[str, int]]
    """Counts of what it covers: tables, protected_tables, policies, functions, triggers, grants."""
    unprotected: pulumi.Output[list[str]]
    """Undeclared tables, views and sequences without row security."""
    foreign: pulumi.Output[list[str]]
    """Undeclared objects that were left alone, each with a digest: a change to one is drift."""
    drift: pulumi.Output[list[dict[str, Any]]]
    """Differences found by the last refresh: kind, object, text, needs (update, migration or person), security."""

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

        `remove_foreign` also removes undeclared policies, functions, rules, triggers, event triggers and grants,
        including those that existed before the first apply or were left alone.
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
            "unprotected": None,
            "foreign": None,
            "drift": None,
        }
        super().__init__(RowSecurityProvider(), name, props, opts)
