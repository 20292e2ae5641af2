"""One attempt to put a declaration in force, in one transaction: repair, read back, check, or roll back and explain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from database.postgres import SecurityError, halves, in_public, require_server
from database.row_security.checks import Check, findings
from database.row_security.declaration import Declaration
from database.row_security.displaced_functions import make_room
from database.row_security.facts import APPLICATION_ROLES, Difference, Facts, Need, compare
from database.row_security.facts import facts as catalog

_SESSION = """
set local search_path = pg_catalog, pg_temp; set local lock_timeout = '2s'; set local statement_timeout = '60s';
set local row_security = off; set local standard_conforming_strings = on;
select set_config('transaction_timeout', '0', true) where current_setting('transaction_timeout', true) is not null
"""

_DRIFT = {"policy", "rule", "trigger", "grant"}
"""Kinds whose undeclared members are removed by default once the declaration has been in force.

Functions are not among them: the declared roles cannot execute one, because such a grant is removed, and so are its
callers.
"""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The repairs of an apply, and the resulting facts."""

    done: tuple[str, ...]
    """A sentence for each repaired difference."""
    foreign: tuple[Difference, ...]
    """Undeclared objects that were left alone."""
    facts: Facts


class Securing:
    """One attempt, in one transaction of the connection."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        declaration: Declaration,
        checks: Iterable[Check],
        *,
        remove_foreign: bool,
        tolerated: Collection[str] | None,
    ) -> None:
        self._connection = connection
        self._declaration = declaration
        self._checks = checks
        self._remove_foreign = remove_foreign
        self._tolerated = tolerated

    def run(self, passwords: Mapping[str, str]) -> Report:
        """Commit if everything is as declared. Otherwise roll back and raise SecurityError or psycopg's error."""
        require_server(self._connection)
        with self._connection.transaction():
            self._prepare()
            before = self._differences()
            self._refuse(each for each in before if each.needs is Need.MIGRATION)
            self._repair(each for each in before if each.first)
            self._roles(passwords)
            now = before
            if any(each.kind == "function" and not each.foreign for each in before):
                self._functions()
                now = self._differences()  # callers of a displaced function are gone with it
            for table in self._in_need(now):
                self._table(table)
            for path in (self._declaration.grants, *self._declaration.views.values()):
                self._connection.execute(path.read_bytes())
            left = self._differences()
            self._repair(each for each in left if not each.foreign)
            # Callers are removed before the functions that they call.
            self._remove(each for each in reversed(left) if each.foreign and self._goes(each))
            return self._proved(before)

    def _prepare(self) -> None:
        self._connection.execute(_SESSION)
        self._connection.execute("select pg_advisory_xact_lock(hashtextextended('launch security', 0))")
        row = self._connection.execute(
            "select rolsuper or rolbypassrls, datdba = r.oid, rolname from pg_roles r, pg_database d "
            "where r.rolname = current_user and d.datname = current_database()"
        ).fetchone()
        bypasses, owns, role = row or (False, False, "")
        if not owns:
            raise SecurityError(
                f"role {role} does not own the database",
                remedy="Connect as the owner: only the owner can grant it.",
            )
        if not bypasses:
            # Under FORCE such an owner sees no row: its migrations would silently change nothing.
            raise SecurityError(
                f"role {role} owns the database but does not hold BYPASSRLS",
                remedy="Grant it (alter role … bypassrls), or use the role that Neon created.",
            )

    def _differences(self) -> list[Difference]:
        return compare(self._declaration.facts, catalog.read(self._connection))

    def _refuse(self, differences: Iterable[Difference]) -> None:
        stays = [each.text for each in differences if not each.foreign]
        if stays:
            raise SecurityError("; ".join(stays), remedy="Nothing was changed.")

    def _repair(self, differences: Iterable[Difference]) -> None:
        for each in differences:
            try:
                for statement in each.repair:
                    self._connection.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege as error:
                raise SecurityError(
                    f"{each.text}, and this role may not repair it: {error.diag.message_primary}",
                    remedy="Nothing was changed. Have its author undo it, then run again.",
                ) from None

    def _remove(self, foreign: Iterable[Difference]) -> None:
        """Remove foreign objects. A harmless one stays if this role cannot remove it, or if another object needs it."""
        for each in foreign:
            try:
                with self._connection.transaction():
                    self._repair([each])
            except (SecurityError, psycopg.errors.DependentObjectsStillExist):
                if _is_unwanted(each):
                    raise

    def _roles(self, passwords: Mapping[str, str]) -> None:
        missing = [role for role in APPLICATION_ROLES if not passwords.get(role)]
        if missing:
            raise SecurityError(f"no password was given for {', '.join(missing)}")
        self._connection.execute("create temporary table launch_passwords (role text, password text) on commit drop")
        # COPY data appears in no statement text, no parameter, no log and not in pg_stat_activity.
        with self._connection.cursor().copy("copy pg_temp.launch_passwords (role, password) from stdin") as rows:
            for role in APPLICATION_ROLES:
                rows.write_row((role, passwords[role]))
        self._connection.execute(self._declaration.roles.read_bytes())

    def _functions(self) -> None:
        for path in self._declaration.functions:
            try:
                with self._connection.transaction():
                    self._connection.execute(path.read_bytes())
            except (psycopg.errors.InvalidFunctionDefinition, psycopg.errors.WrongObjectType):
                # An undeclared function of the same name has another result or argument names, or is a procedure. Only
                # dropping it, with the policies that call it, makes room. They are declared again below.
                self._repair(each for each in self._differences() if each.kind == "column")
                make_room(self._connection, self._others(path))
                self._connection.execute(path.read_bytes())

    def _others(self, path: Path) -> list[str]:
        """Return signatures of the file's functions that exist in the database but differ from the declaration."""
        declared = dict(self._declaration.facts.of("function"))
        actual = dict(catalog.read(self._connection).of("function"))
        made = set(re.findall(r"create or replace function public\.(\w+)\(", path.read_text()))
        others = (each for each in declared.keys() & actual.keys() if declared[each] != actual[each])
        return sorted(each for each in others if each.partition("(")[0] in made)

    def _in_need(self, differences: Iterable[Difference]) -> list[str]:
        """Return the tables whose own files must run."""
        need = {
            each.object if each.kind == "relation" else halves(each.object, ".")[0]
            for each in differences
            if not each.foreign and each.kind in {"relation", "policy", "trigger"}
        }
        return sorted(need & self._declaration.tables.keys())

    def _table(self, table: str) -> None:
        for thing, _ in self._declaration.facts.of("policy"):
            of, policy = halves(thing, ".")
            if of == table:
                self._connection.execute(f"drop policy if exists {policy} on {in_public(table)}".encode())
        self._connection.execute(self._declaration.tables[table].read_bytes())

    def _goes(self, foreign: Difference) -> bool:
        if not foreign.repair:
            return False  # never a table or a view, nor a column or constraint that calls nothing
        drifted = self._tolerated is not None and _is_unwanted(foreign)
        return self._remove_foreign or (drifted and not foreign.left_alone(self._tolerated or ()))

    def _proved(self, before: list[Difference]) -> Report:
        facts = catalog.read(self._connection)
        after = compare(self._declaration.facts, facts)
        self._refuse(after)
        stays = {each.key for each in after}
        # Callers of a replaced function are gone with it, although nobody requested their removal.
        lost = [each for each in before if each.foreign and each.repair and each.key not in stays]
        harmful = [each.text for each in after if each.harmful]
        harmful += [each.text for each in lost if each.kind != "grant" and not self._goes(each)]
        if harmful:
            raise SecurityError(
                "; ".join(harmful),
                remedy="Nothing was changed. Remove them, or set `removeForeignPolicies: true` in the stack's"
                " configuration and run again.",
            )
        found = findings(self._connection, (each for each in self._checks if each.stops_an_apply))
        if found:
            raise SecurityError("; ".join(map(str, found)), remedy="Nothing was changed.")
        same = {(each.key, each.text) for each in after}
        done = [each.text for each in before if (each.key, each.text) not in same]
        return Report(done=tuple(done), foreign=tuple(after), facts=facts)


def _is_unwanted(foreign: Difference) -> bool:
    return foreign.harmful or (foreign.kind in _DRIFT and not foreign.elsewhere)
