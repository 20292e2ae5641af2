"""One opening, and its expected outcome."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """An object or setting that somebody creates behind the stack's back."""

    name: str
    statements: tuple[str, ...]
    message: str
    """Part of the expected message from a comparison or a check."""
    superuser: bool = False
    """Whether it takes a superuser; otherwise the owner can create it."""
    named: bool = False
    """Whether an apply can only name it, or leaves it to a person; otherwise the apply repairs it."""
    since: int = 15
    """The first major version of PostgreSQL that has it."""


SIDE = ("create schema side",)
LEAK = (
    """create function launch.leak() returns text language sql security definer
    as $$ select string_agg(encrypted_value, ',') from public.user_secrets $$""",
)
"""A function with the owner's rights. Everybody may execute it, by PostgreSQL's default."""
PURE = (
    """create function launch.pure(value text) returns text language sql immutable security definer
    as $$ select string_agg(encrypted_value, ',') from public.user_secrets $$""",
)
"""The same, falsely declared immutable, so an index or a constraint accepts it."""
HELPER = ("create role helper", "grant helper to current_user")
