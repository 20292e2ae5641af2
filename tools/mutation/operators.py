"""The mutants: each is one way to weaken isolation, as statements for a superuser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from database.postgres import name, relation
from database.row_security.facts import Facts, Value
from tools.mutation.around import around
from tools.mutation.mutant import Mutant

_CONTEXT = r"\( SELECT public\.(\w+)\(\) AS \w+\)"
_SWAPPED = {
    "id": "created_at::text",
    "organization_id": "id",
    "user_id": "id",
    "founder_id": "id",
}
"""Another column in place of the tenant's."""

_READ_BY_POLICIES = ("organization_id", "user_id", "event_type", "cost")
"""Columns that need a declared NOT NULL; the primary key already implies it for each `id`."""

HELPERS = (
    "current_user_id",
    "current_org_id",
    "writable_org_id",
    "administered_org_id",
    "owned_org_id",
    "current_user_org_ids",
)


def mutants(facts: Facts) -> Iterator[Mutant]:
    """Yield all mutants, in a stable order."""
    for policy, value in sorted(facts.of("policy")):
        yield from _of_policy(policy, value)
    granted = _granted(facts)
    for table, value in sorted(facts.of("relation")):
        if value["kind"] == "table" and table in granted:
            yield from _of_table(table, facts)
        elif value["kind"] == "view":
            yield Mutant("view without invoker", table, (f"alter view {relation(table)} reset (security_invoker)",))
    yield from _of_keys(facts)
    yield from _of_roles_and_helpers(facts)
    yield from around()


def _granted(facts: Facts) -> set[str]:
    """Return the application's relations. Those that only functions access have no policy to weaken."""
    suffix = " to prductr_app"
    return {grant.removesuffix(suffix) for grant, _ in facts.of("grant") if grant.endswith(suffix)}


def _of_policy(policy: str, value: Value) -> Iterator[Mutant]:
    table, short = policy.split(".")
    alter = f"alter policy {name(short)} on {relation(table)}"
    yield Mutant("drop policy", policy, (f"drop policy {name(short)} on {relation(table)}",))
    yield Mutant("TO PUBLIC", policy, (f"{alter} to public",))
    if value["using"]:
        yield Mutant("USING true", policy, (_altered(alter, value, using="true"),))
    if value["check"]:
        yield Mutant("CHECK true", policy, (_altered(alter, value, check="true"),))
    for operator, change in _PREDICATES.items():
        using, check = (change(each) if each else None for each in (value["using"], value["check"]))
        yield Mutant(operator, policy, (_altered(alter, value, using=using, check=check),))


def _altered(alter: str, value: Value, *, using: str | None = None, check: str | None = None) -> str:
    using, check = using or value["using"], check or value["check"]
    return alter + (f" using ({using})" if using else "") + (f" with check ({check})" if check else "")


def _or_unset(predicate: str) -> str:
    helper = next(each for each in re.findall(_CONTEXT, predicate) if not each.endswith("ids"))
    return f"{predicate} or (select public.{helper}()) is null"


def _other_setting(predicate: str) -> str:
    """Return the predicate reading a setting of another name, which is unset."""
    changed = re.sub(r"\( SELECT public\.\w+_org_ids\(\) AS \w+\)", "'{}'", predicate)
    return re.sub(_CONTEXT, "(select nullif(current_setting('app.org_id', true), ''))", changed)


def _bare(predicate: str) -> str:
    """Return the predicate reading the setting itself: '' instead of NULL, and no membership check."""
    arrays = re.sub(
        r"\( SELECT public\.\w+_org_ids\(\) AS \w+\)",
        "(select array[current_setting('app.current_org_id', true)])",
        predicate,
    )
    users = re.sub(
        r"\( SELECT public\.current_user_id\(\) AS \w+\)",
        "(select current_setting('app.current_user_id', true))",
        arrays,
    )
    return re.sub(_CONTEXT, "(select current_setting('app.current_org_id', true))", users)


_PREDICATES: dict[str, Callable[[str], str]] = {
    "OR context is null": _or_unset,
    "= to <>": lambda predicate: (
        predicate.replace(" = ANY ", " <> ALL ", 1) if " = ANY " in predicate else predicate.replace(" = ", " <> ", 1)
    ),
    "wrong setting": _other_setting,
    "column swap": lambda predicate: re.sub(
        r"\((id|organization_id|user_id|founder_id)\)::text|founder_id",
        lambda found: f"({_SWAPPED[found.group(1) or 'founder_id']})::text",
        predicate,
        count=1,
    ),
    "bare setting": _bare,
    "unwrap select": lambda predicate: re.sub(_CONTEXT, r"public.\1()", predicate),
}


def _of_table(table: str, facts: Facts) -> Iterator[Mutant]:
    target = relation(table)
    yield Mutant("disable RLS", table, (f"alter table {target} disable row level security",))
    yield Mutant("NO FORCE", table, (f"alter table {target} no force row level security",))
    yield Mutant("grant TRUNCATE", table, (f"grant truncate on {target} to prductr_app",))
    yield Mutant("owner = app", table, (f"alter table {target} owner to prductr_app",))
    for command in ("select", "update", "delete"):
        extra = f"create policy extra on {target} for {command} to prductr_app using (true)"
        yield Mutant(f"extra permissive {command.upper()}", table, (extra,))
    granted = dict(facts.of("grant"))[f"{table} to prductr_app"]["privileges"]
    for privilege in sorted({each.split("(")[0] for each in granted}):
        columns = ", ".join(name(each[len(privilege) + 1 : -1]) for each in granted if each.startswith(f"{privilege}("))
        right = f"{privilege} ({columns})" if columns else privilege
        yield Mutant("revoke grant", f"{table} {privilege}", (f"revoke {right} on {target} from prductr_app",))


def _of_keys(facts: Facts) -> Iterator[Mutant]:
    granted = _granted(facts)
    for column, value in sorted(facts.of("column")):
        table, short = column.split(".")
        if table in granted and value["not_null"] and short in _READ_BY_POLICIES:
            yield Mutant("drop NOT NULL", column, (f"alter table {relation(table)} alter {name(short)} drop not null",))
    for key, value in sorted(facts.of("unique key")):
        table, short = key.split(".")
        if table not in granted:
            continue
        drop = f"drop index public.{short} cascade"
        if value["constraint"]:
            drop = f"alter table {relation(table)} drop constraint {name(short)} cascade"
        yield Mutant("drop unique key", key, (drop,))
    for constraint, value in sorted(facts.of("constraint")):
        table, short = constraint.split(".")
        if value["definition"].startswith("FOREIGN KEY (organization_id, "):
            drop = f"alter table {relation(table)} drop constraint {name(short)}"
            yield Mutant("drop composite key", constraint, (drop,))


def _of_roles_and_helpers(facts: Facts) -> Iterator[Mutant]:
    yield Mutant("BYPASSRLS", "prductr_app", ("alter role prductr_app bypassrls",))
    yield Mutant("member of a bypassing role", "prductr_app", ("grant mutant_bypass to prductr_app",))
    definitions = {signature.split("(")[0]: value["definition"] for signature, value in facts.of("function")}
    for helper in HELPERS:
        for volatility in ("immutable", "volatile"):
            change = f"alter function public.{helper}() {volatility}"
            yield Mutant(f"{volatility.upper()} helper", helper, (change,))
        open_ = re.sub(r"nullif\((current_setting\('app\.\w+', true\)), ''\)", r"\1", definitions[helper])
        yield Mutant("no nullif in helper", helper, (open_,))
        if "organization_members" in definitions[helper]:
            named = (
                "array[current_setting('app.current_org_id', true)]"
                if helper.endswith("ids")
                else ("nullif(current_setting('app.current_org_id', true), '')")
            )
            result = "text[]" if helper.endswith("ids") else "text"
            trusting = (
                f"create or replace function public.{helper}() returns {result} language sql stable "
                f"parallel safe security definer set search_path = pg_catalog, pg_temp as $$ select {named} $$"
            )
            yield Mutant("membership not checked", helper, (trusting,))
