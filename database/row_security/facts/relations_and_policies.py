"""Differences of relations, triggers, rules and policies."""

from __future__ import annotations

from collections.abc import Iterator

from database.postgres import halves, in_public
from database.row_security.facts.difference import BOUND, Difference, Need, changes, owner_difference, words
from database.row_security.facts.facts import Value


def compare_relation(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a table's or view's flags, owner and options. Undeclared ones without forced policies are unprotected."""
    target = in_public(thing)
    if there is None:
        kind = wanted["kind"] if wanted else "relation"
        text = f"{kind} {thing} is missing: run the migrations"
        yield Difference(kind="relation", object=thing, text=text, needs=Need.MIGRATION)
        return
    if wanted is None:
        kind = there["kind"]
        exposed = "" if there["row_security"] and there["forced"] else " and unprotected"
        text = f"{kind} {thing} is not declared{exposed}"
        yield Difference(
            kind="relation", object=thing, text=text, needs=Need.PERSON, security=bool(exposed), foreign=True
        )
        return
    alter = "alter view" if wanted["kind"] == "view" else "alter table"
    # Only the relation's owner may change it.
    for key, declared, actual in sorted(changes(wanted, there), key=lambda change: change[0] != "owner"):
        text, repair = f"{wanted['kind']} {thing}: {key} is {actual}, declared {declared}", ""
        if key == "row_security":
            text = f"table {thing}: row level security is disabled"
            repair = f"alter table {target} enable row level security"
        elif key == "forced":
            text = f"table {thing}: row level security is not forced on its owner"
            repair = f"alter table {target} force row level security"
        elif key == "owner":
            yield owner_difference(thing, f"{wanted['kind']} {thing}", f"{alter} {target}", str(actual))
            continue
        elif key == "options":
            text = f"{wanted['kind']} {thing}: options are {words(actual)}, declared {words(declared)}"
            repair = f"{alter} {target} set ({', '.join(map(str, wanted['options']))})"
        elif key == "definition":
            text = f"{wanted['kind']} {thing} is {' '.join(str(actual).split())}, which is not declared"
            repair = _view(thing, wanted)
        elif key in ("inherits", "inherited_by"):
            yield from _relatives(thing, key, list(there.get(key, ())))
            continue
        elif key == "disabled_key_triggers":
            text = f"table {thing}: {actual} triggers of foreign keys are disabled"
            repair = f"alter table {target} enable trigger all"
        yield Difference(
            kind="relation",
            object=thing,
            text=text,
            repair=(repair,) if repair else (),
            needs=Need.UPDATE if repair else Need.MIGRATION,
            first=key == "definition",
        )


def _view(thing: str, wanted: Value) -> str:
    """Return the statement that creates a view as declared.

    A view with other columns is dropped first; its file grants its rights again.
    """
    query = str(wanted["definition"]).rstrip(";")
    make = f"view {in_public(thing)} with ({', '.join(map(str, wanted['options']))}) as {query}"
    return (
        f"do $view$ begin create or replace {make}; exception when invalid_table_definition then "
        f"drop view {in_public(thing)}; create {make}; end $view$"
    )


def _relatives(thing: str, key: str, relatives: list[str]) -> Iterator[Difference]:
    """Yield tables that share rows with a declared one, by inheritance or as partitions; none is declared."""
    for each in relatives:
        child, parent = (in_public(thing), each) if key == "inherits" else (each, in_public(thing))
        text = f"table {thing} inherits from {each}, through which its rows are read past its policies"
        if key == "inherited_by":
            text = f"table {thing} shows the rows of {each}, which inherits from it"
        part = (
            f"do $part$ begin alter table {child} no inherit {parent}; exception when wrong_object_type then "
            f"alter table {parent} detach partition {child}; end $part$"
        )
        yield Difference(kind="relation", object=thing, text=text, repair=(part,))


def compare_trigger(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a trigger's definition and whether it fires.

    An undeclared trigger may change rows after the declared guards have passed them.
    """
    table, trigger = halves(thing, ".")
    where = f"trigger {trigger} on {table}"
    if wanted is None:
        yield Difference(
            kind="trigger",
            object=thing,
            text=f"{where} is not declared: {there['definition'] if there else 'unknown'}",
            repair=(f"drop trigger {trigger} on {in_public(table)}",),
            foreign=True,
            harmful=True,
        )
        return
    create = str(wanted["definition"]).replace("CREATE TRIGGER", "create or replace trigger", 1)
    enable = f"alter table {in_public(table)} enable trigger {trigger}"
    if there is None:
        text = f"{where} is missing"
    elif wanted["definition"] == there["definition"]:
        text, create = f"{where} is not enabled (enabled: {there['enabled']})", ""
    else:
        text = f"{where} is {there['definition']}, declared {wanted['definition']}"
    yield Difference(kind="trigger", object=thing, text=text, repair=tuple(filter(None, (create, enable))))


def compare_rule(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a rule. Rules rewrite statements past policies; none is declared, so each one is harmful."""
    table, rule = halves(thing, ".")
    definition = there["definition"] if there else "missing"
    yield Difference(
        kind="rule",
        object=thing,
        text=f"rule {rule} on {table} is {definition}, declared {words(wanted and wanted['definition'])}",
        repair=(f"drop rule {rule} on {in_public(table)}",),
        foreign=wanted is None,
        harmful=wanted is None,
    )


def compare_policy(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a policy's command, roles and predicates. Running the table's file repairs changed and missing ones."""
    table, policy = halves(thing, ".")
    where = f"policy {policy} on {table}"
    if there is None:
        yield Difference(kind="policy", object=thing, text=f"{where} is missing")
    elif wanted is None:
        yield Difference(
            kind="policy",
            object=thing,
            text=f"{where} is not declared: {_policy_words(there)}",
            repair=(f"drop policy {policy} on {in_public(table)}",),
            foreign=True,
            harmful=bool(there["permissive"]) and bool(BOUND & set(there["roles"])),
        )
    else:
        changed = "; ".join(
            f"{key} is {words(actual)}, declared {words(declared)}" for key, declared, actual in changes(wanted, there)
        )
        yield Difference(kind="policy", object=thing, text=f"{where}: {changed}")


def _policy_words(value: Value) -> str:
    manner = "permissive" if value["permissive"] else "restrictive"
    using = f" using {value['using']}" if value["using"] else ""
    check = f" with check {value['check']}" if value["check"] else ""
    return f"{manner}, for {value['command']} to {words(value['roles'])}{using}{check}"
