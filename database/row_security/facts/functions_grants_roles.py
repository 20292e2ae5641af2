"""Differences of functions, grants and roles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from database.postgres import halves, in_public, literal, name, unquoted
from database.row_security.facts.difference import BOUND, Difference, Need, changes, owner_difference, within, words
from database.row_security.facts.facts import Value

_OPTION = " with grant option"
_BODY = re.compile(r"^AS (\$\w*\$)(.*)\1$", re.DOTALL | re.MULTILINE)


def compare_function(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a function's owner, rights, volatility, settings and body."""
    if wanted is None:
        yield Difference(
            kind="function",
            object=thing,
            text=f"function {thing} is not declared (security {there['security'] if there else 'unknown'})",
            repair=(f"drop routine {in_public(thing)}",),
            needs=Need.PERSON,
            security=False,
            foreign=True,
        )
        return
    if there is None:
        text = f"function {thing} is missing"
    else:
        if wanted["owner"] != there["owner"]:
            alter = f"alter function {in_public(thing)}"
            yield owner_difference(thing, f"function {thing}", alter, str(there["owner"]))
        changed = [
            f"{key} is {words(actual)}, declared {words(declared)}"
            for key, declared, actual in changes(wanted, there, skip=("definition", "owner"))
        ]
        if _body(wanted) != _body(there):
            changed.append(f"its body is {_short(_body(there))}, not the declared one")
        if wanted["definition"] == there["definition"]:
            return
        text = f"function {thing}: {'; '.join(changed) or 'its definition differs'}"
    yield Difference(kind="function", object=thing, text=text, repair=(str(wanted["definition"]),))


def _body(function: Value) -> str:
    """Return the text between the dollar quotes of a definition as PostgreSQL writes it."""
    body = _BODY.search(str(function["definition"]))
    return body.group(2) if body else str(function["definition"])


def _short(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def compare_grant(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare the privileges of one role on one object, in both directions."""
    target, role = halves(thing, " to ")
    declared = set(wanted["privileges"]) if wanted else set()
    actual = set(there["privileges"]) if there else set()
    foreign = role not in BOUND
    bypasses = foreign and there is not None and there.get("bypasses_row_security", False)
    if there and (surplus := sorted(actual - declared)):
        # Revoking a privilege on a whole relation also revokes it on its columns, so declared ones are granted again.
        whole = {each.removesuffix(_OPTION) for each in surplus if "(" not in each}
        again = sorted(each for each in declared if "(" in each and each.partition("(")[0] in whole)
        repair, needs = within(
            there,
            (
                *(_acl_statement("revoke", each, target, role) for each in surplus),
                *(_acl_statement("grant", each, target, role) for each in again),
            ),
        )
        yield Difference(
            kind="grant",
            object=thing,
            text=f"{role} may {', '.join(surplus)} on {target}, which is not declared"
            + (", and bypasses row security" if bypasses else ""),
            repair=repair,
            needs=needs,
            foreign=foreign,
        )
    if declared - actual:
        yield Difference(
            kind="grant",
            object=thing,
            text=f"{role} may not {', '.join(sorted(declared - actual))} on {target}, as declared",
            repair=tuple(_acl_statement("grant", each, target, role) for each in sorted(declared - actual)),
        )


def _acl_statement(verb: str, privilege: str, target: str, role: str) -> str:
    right, option = privilege.removesuffix(_OPTION), privilege.endswith(_OPTION)
    right, _, column = right.removesuffix(")").partition("(")
    right += f" ({column})" if column else ""
    preposition = "from" if verb == "revoke" else "to"
    suffix = " cascade" if verb == "revoke" else _OPTION if option else ""
    grantee = "current_user" if role == "owner" else role
    if target.startswith("new "):
        kind, _, schema = target.removeprefix("new ").partition(" in schema ")
        kind, _, maker = kind.partition(" of ")
        whose = (f" for role {maker}" if maker else "") + (f" in schema {schema}" if schema else "")
        return f"alter default privileges{whose} {verb} {right} on {kind} {preposition} {grantee}"
    if target.startswith("function "):
        where = f"routine {_in_schema(target.removeprefix('function '))}"
    elif target == "this database":
        # These facts exist only for the roles of BOUND, whose names need no escaping here.
        command = f"{verb} {right} on database %I {preposition} {grantee}{suffix}"
        return f"do $$ begin execute format('{command}', current_database()); end $$"
    elif target.startswith(("schema ", "parameter ", "foreign ", "language ", "tablespace ", "large object ")):
        where = target
    else:
        where = _in_schema(target)
    return f"{verb} {right} on {where} {preposition} {grantee}{suffix}"


def _in_schema(spelled: str) -> str:
    """Qualify objects of schema public, which have no prefix. A dot in a bare name is inside quotes or arguments."""
    named = unquoted(spelled).partition("(")[0]
    return spelled if "." in named else in_public(spelled)


def compare_role(thing: str, wanted: Value | None, there: Value | None) -> Iterator[Difference]:
    """Compare a role's attributes, memberships and owned objects."""
    if wanted is None or there is None:
        yield Difference(kind="role", object=thing, text=f"role {thing} is {'missing' if wanted else 'not declared'}")
        return
    if thing == "owner":
        yield from _compare_owner(wanted, there)
        return
    role = name(thing)
    for key, declared, actual in changes(wanted, there):
        repair: tuple[str, ...] = ()
        text = f"role {thing}: {key} is {words(actual)}, declared {words(declared)}"
        if isinstance(declared, bool):
            text = f"role {thing} {'lacks' if declared else 'holds'} {key.upper()}"
            repair = (f"alter role {role} {'' if declared else 'no'}{key}",)
        elif key == "member_of":
            text = f"role {thing} is a member of {words(actual)}"
            repair = tuple(f"revoke {name(each)} from {role}" for each in there[key])
        elif key == "members":
            text = f"{words(actual)} may act as {thing}"
            repair = tuple(f"revoke {role} from {name(each)}" for each in there[key])
        elif key == "owns":
            text = f"role {thing} owns {words(actual)}, to which no policy applies unless it is forced"
        yield Difference(
            kind="role",
            object=thing,
            text=text,
            repair=repair,
            needs=Need.UPDATE if repair else Need.PERSON,
            first=key == "superuser",
        )


def _compare_owner(wanted: Value, there: Value) -> Iterator[Difference]:
    if wanted["bypasses_row_security"] != there["bypasses_row_security"]:
        text = "the database's owner does not bypass row security: its migrations and the context functions would see"
        yield Difference(kind="role", object="owner", text=f"{text} no row", needs=Need.PERSON)
    surplus = [each for each in there["members"] if each not in wanted["members"]]
    if surplus:
        # Through format, because the owner's name is not a fact. Only the grantor of a membership may revoke it.
        revoke = "do $$ begin execute format('revoke %I from %I', current_user, {}); end $$"
        yield Difference(
            kind="role",
            object="owner",
            text=f"{words(surplus)} may act as the database's owner, whom no policy binds",
            repair=tuple(revoke.format(literal(each)) for each in surplus),
        )
