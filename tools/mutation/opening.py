"""One opening, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """What somebody makes behind the stack's back."""

    name: str
    statements: tuple[str, ...]
    told: str
    """Part of the sentence that a comparison or a check says."""
    superuser: bool = False
    """Whether it takes a superuser; else it is the owner's to make."""
    named: bool = False
    """Whether an apply can only name it, or leaves it to a person; else the apply puts it right."""
    since: int = 15
    """The first major version of PostgreSQL that has it."""


SIDE = ("create schema side",)
LEAK = (
    """create function launch.leak() returns text language sql security definer
    as $$ select string_agg(encrypted_value, ',') from public.user_secrets $$""",
)
"""As the owner sees rows; everybody may execute it, as PostgreSQL's default has it."""
PURE = (
    """create function launch.pure(value text) returns text language sql immutable security definer
    as $$ select string_agg(encrypted_value, ',') from public.user_secrets $$""",
)
"""The same, pretending that it may stand in an index or a constraint."""
HELPER = ("create role helper", "grant helper to current_user")
