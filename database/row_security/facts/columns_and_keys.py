"""Differences of columns that policies read, and of the constraints and unique keys on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from database.postgres import halves, in_public, literal
from database.row_security.facts.difference import Difference, Need, changes, words
from database.row_security.facts.facts import Value


def compare_column(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a column that policies read: type, NOT NULL, default."""
    table, column = halves(thing, ".")
    if wanted is None:
        if there is not None:
            yield _undeclared_column(thing, there)
        return
    if there is None:
        text = f"column {thing} is missing: run the migrations"
        yield Difference(kind="column", object=thing, text=text, needs=Need.MIGRATION)
        return
    for key, declared, actual in changes(wanted, there, skip=("calls",)):
        change = ""
        if key == "not_null":
            change = "set not null" if declared else "drop not null"
        elif key == "default" and not there.get("generated"):
            change = f"set default {declared}" if declared else "drop default"
        elif key in ("default", "generated") and there.get("generated") == "stored" and not declared:
            change = "drop expression if exists"
        elif key == "identity" and not declared:
            change = "drop identity"
        yield Difference(
            kind="column",
            object=thing,
            text=f"column {thing}: {key} is {words(actual)}, declared {words(declared)}",
            repair=(f"alter table {in_public(table)} alter column {column} {change}",) if change else (),
            needs=Need.UPDATE if change else Need.MIGRATION,
        )


def _undeclared_column(thing: str, there: Value) -> Difference:
    """Return the difference for an undeclared column.

    The column is harmful if a statement would call code that is neither PostgreSQL's nor an extension's.
    """
    table, column = halves(thing, ".")
    calls = there.get("calls", ())
    generated = there.get("generated")
    value = f", {'generated as' if generated else 'default'} {there['default']}" if there["default"] else ""
    drop = "drop expression" if generated == "stored" else "drop default" if there["default"] and not generated else ""
    repair = (f"alter table {in_public(table)} alter column {column} {drop}",) if calls and drop else ()
    return Difference(
        kind="column",
        object=thing,
        text=f"column {thing} is not declared: {there['type']}{value}{_calling(calls)}",
        repair=repair,
        needs=Need.UPDATE if repair else Need.PERSON,
        security=bool(calls),
        foreign=True,
        harmful=bool(calls),
    )


def _calling(calls: Sequence[str]) -> str:
    return f", and calls {', '.join(calls)}" if calls else ""


def compare_index(thing: str, _wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Report an index whose maintenance runs code of neither PostgreSQL nor an extension on each write."""
    if there is None:
        return  # a missing index exposes no row; sql/checks reports those that a policy needs
    table, index = halves(thing, ".")
    yield Difference(
        kind="index",
        object=thing,
        text=f"index {index} on {table} is not declared: {there['definition']}{_calling(there['calls'])}",
        repair=(f"drop index {in_public(index)}",),
        foreign=True,
        harmful=True,
    )


def compare_constraint(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a foreign key or check constraint: definition and validity."""
    table, constraint = halves(thing, ".")
    if wanted is None:
        calls = there.get("calls", ()) if there else ()
        yield _undeclared_key(
            "constraint",
            thing,
            f"constraint {constraint} on {table} is not declared",
            calls,
            f"alter table {in_public(table)} drop constraint {constraint}",
        )
        return
    target = in_public(table)
    if there is not None and there["definition"].removesuffix(" NOT VALID") == wanted["definition"]:
        text = f"constraint {constraint} on {table} is not validated"
        validate = f"alter table {target} validate constraint {constraint}"
        yield Difference(kind="constraint", object=thing, text=text, repair=(validate,))
        return
    drop = (f"alter table {target} drop constraint {constraint}",) if there is not None else ()
    text = (
        f"constraint {constraint} on {table} is missing: {wanted['definition']}"
        if there is None
        else f"constraint {constraint} on {table} is {there['definition']}, declared {wanted['definition']}"
    )
    add = f"alter table {target} add constraint {constraint} {wanted['definition']}"
    yield Difference(kind="constraint", object=thing, text=text, repair=(*drop, add))


def _undeclared_key(kind: str, thing: str, text: str, calls: Sequence[str], drop: str) -> Difference:
    return Difference(
        kind=kind,
        object=thing,
        text=f"{text}{_calling(calls)}",
        repair=(drop,) if calls else (),
        needs=Need.UPDATE if calls else Need.PERSON,
        security=bool(calls),
        foreign=True,
        harmful=bool(calls),
    )


def compare_unique_key(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a unique constraint or index, and its validity: with two rows of one key, a lookup returns either."""
    table, key = halves(thing, ".")
    if wanted is None:
        text = f"unique key {key} on {table} is not declared: {there['definition'] if there else 'unknown'}"
        calls = there.get("calls", ()) if there else ()
        drop = f"drop index {in_public(key)}"
        if there and there["constraint"]:
            drop = f"alter table {in_public(table)} drop constraint {key}"
        yield _undeclared_key("unique key", thing, text, calls, drop)
        return
    if there is not None and {**there, "valid": True} == wanted:
        text = f"unique key {key} on {table} is not valid"
        yield Difference(kind="unique key", object=thing, text=text, repair=(f"reindex index {in_public(key)}",))
        return
    declared = wanted["constraint"] or wanted["definition"]
    if there is None:
        text = f"unique key {key} on {table} is missing: {declared}"
    else:
        text = f"unique key {key} on {table} is {there['constraint'] or there['definition']}, declared {declared}"
    # An index of that name blocks the key if it is not unique, or not the constraint's.
    clear = (
        f"alter table {in_public(table)} drop constraint if exists {key}",
        f"drop index if exists {in_public(key)}",
    )
    make = str(wanted["definition"])
    if wanted["constraint"]:
        make = f"alter table {in_public(table)} add constraint {key} {wanted['constraint']}"
    if there is None:
        make = _renamed_or_made(table, key, wanted, make)
    yield Difference(kind="unique key", object=thing, text=text, repair=(*clear, make))


def _renamed_or_made(table: str, key: str, wanted: Value, make: str) -> str:
    """Return statements that rename an equal key, or else create it.

    Foreign keys may depend on it, and a table has only one primary key.
    """
    constraint = literal(wanted["constraint"]) if wanted["constraint"] else "null"
    return f"""do $$
    declare
        other text;
    begin
        select i.relname into other
        from pg_index x
        join pg_class i on i.oid = x.indexrelid
        left join pg_constraint n on n.conindid = i.oid and n.contype in ('p', 'u')
        where x.indrelid = {literal(in_public(table))}::regclass and x.indisvalid
          and pg_get_constraintdef(n.oid) is not distinct from {constraint}
          and replace(pg_get_indexdef(i.oid), format(' INDEX %I ON ', i.relname), {literal(f" INDEX {key} ON ")})
              = {literal(wanted["definition"])}
        limit 1;
        if other is null then
            {make};
        else
            execute format('alter index public.%I rename to {key}', other);
        end if;
    end
    $$"""  # noqa: S608 -- names and definitions of the declaration
