"""What a review stack is given: written by `launch review` into its configuration, read by its program.

Plain data and no secret. The program needs nothing else, so that plain `pulumi up` and `pulumi destroy` work on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from contract.problem import Problem

PROJECT = "prductr-review"
"""Pulumi project of all review stacks: another than the launch's, so that no setting turns one into the other."""
KEY = f"{PROJECT}:review"
_STACK = re.compile(r"pr-([1-9]\d{0,8})")
_BRANCH_PREFIX = "review/"
"""Of branches at Neon; people and integrations use other names."""


class Rows(StrEnum):
    """What becomes of production's rows on the branch, before anybody can reach it."""

    PURGED = "purged"
    MASKED = "masked"


def stack_of(number: int) -> str:
    """The stack of a pull request."""
    return f"pr-{number}"


def number_of(stack: str) -> int | None:
    """The pull request of a stack; None if it is not a review stack."""
    found = _STACK.fullmatch(stack)
    return int(found.group(1)) if found else None


def mark(number: int) -> str:
    """By which whatever a review made is known at Vercel."""
    return f"prductr review {stack_of(number)}"


def marked(text: str) -> int | None:
    """The pull request that the mark names; None if it is not a mark."""
    return number_of(text.removeprefix("prductr review ")) if text.startswith("prductr review ") else None


def branch_name(number: int) -> str:
    """The branch at Neon."""
    return f"{_BRANCH_PREFIX}{stack_of(number)}"


def branched(name: str) -> int | None:
    """The pull request of a branch at Neon; None if it is not a review's."""
    return number_of(name.removeprefix(_BRANCH_PREFIX)) if name.startswith(_BRANCH_PREFIX) else None


def worker_name(worker: str, number: int) -> str:
    """The script at Cloudflare."""
    return f"{worker}-{stack_of(number)}"


def worked(script: str) -> int | None:
    """The pull request of a script at Cloudflare; None if it is not a review's."""
    found = re.fullmatch(r"[a-z]+-(pr-\d+)", script)
    return number_of(found.group(1)) if found else None


@dataclass(frozen=True, kw_only=True)
class Review:
    """One pull request's stack."""

    number: int
    git_branch: str
    commit: str
    """What is deployed of it; "" for the newest."""
    expires_at: str
    """RFC 3339, in UTC."""
    rows: str
    generation: int
    """Another one is another branch at Neon, made from production as it is then."""
    neon_project: str
    production_branch: str
    """Id of the branch at Neon that is copied and never touched."""
    production_hosts: tuple[str, ...]
    """Of the database; no address of a review may be one of them."""
    compute_units: float
    """The largest size of the branch's compute."""
    vercel_project: str
    """Id of the dashboard's project."""
    account: str
    """At Cloudflare."""
    workers_dev: str
    """The account's name below workers.dev; "" while it has none."""
    workers: tuple[str, ...]
    """The Workers that the change touches."""
    flags: Mapping[str, bool]
    """Of the application, by name of the variable."""
    gateway: Mapping[str, str]
    """Bindings of the gateway that hold no secret and no address of production."""

    def __post_init__(self) -> None:
        if self.production_branch == "" or not self.production_hosts:
            raise Problem("the review does not say what production is", where=stack_of(self.number))
        if self.rows not in list(Rows):
            raise Problem(f"{self.rows!r} is neither of {', '.join(Rows)}", where="rows")
        if datetime.fromisoformat(self.expires_at).tzinfo is None:
            raise Problem(f"{self.expires_at} has no time zone", where="expires_at")

    @property
    def stack(self) -> str:
        """The stack's name."""
        return stack_of(self.number)

    @property
    def document(self) -> str:
        """As the configuration holds it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def of(cls, document: str) -> Self:
        """From the configuration. Raises Problem."""
        try:
            found: dict[str, Any] = json.loads(document)
            names = {field.name for field in fields(cls)}
            held: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
            }
            if held.keys() != names:
                raise ValueError(f"{', '.join(sorted(held.keys() ^ names))}")
            return cls(**held)
        except (ValueError, TypeError, AttributeError) as error:
            remedy = "Run `launch review update NUMBER`: it writes what this program reads."
            raise Problem(f"the configuration is of another release ({error})", where=KEY, remedy=remedy) from None
