"""Find objects at the vendors that bear a review's name and are in no state: the remains of killed runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from contract.review import branched, marked, worked
from launch.review.production import Production
from launch.stack import Stack
from vendors import MissingError


@dataclass(frozen=True)
class Stray:
    """One object at a vendor."""

    number: int
    """The pull request whose name it bears."""
    what: str
    """A description for people."""
    id: str
    remove: Callable[[], None] = field(repr=False, compare=False)


def strays(production: Production, held: Collection[str], *, number: int | None = None) -> list[Stray]:
    """Return every object with none of the ids in `held`, of one pull request or of all. Raises VendorError.

    They are in the order of removal: Workers before the objects that they are bound to.
    """
    found = (*_workers(production), *_deployments(production), *_variables(production), *_branches(production))
    return [each for each in found if each.id not in held and number in (None, each.number)]


def remove(found: Collection[Stray]) -> None:
    """Remove them; ignore those that are already gone. Raises VendorError."""
    for each in found:
        with suppress(MissingError):
            each.remove()


def held_by(stack: Stack) -> set[str]:
    """Return every vendor id in the stack's state. Raises PulumiError."""
    found: set[str] = set()
    for each in stack.resources():
        outputs = each.get("outputs") or {}
        found |= {str(each.get("id", "")).rpartition("/")[2], str(outputs.get("scriptName", ""))}
    return found - {""}


def _branches(production: Production) -> Iterator[Stray]:
    project, parent = production.database["project_id"], production.database["branch_id"]
    for each in production.neon.branches(project):
        number, id_ = branched(str(each["name"])), str(each["id"])
        ours = each.get("parent_id") == parent and each.get("expires_at") and not each.get("protected")
        if number is not None and ours and id_ != parent and not each.get("default"):
            yield Stray(
                number,
                f"Neon branch {each['name']} ({id_})",
                id_,
                partial(production.neon.delete_branch, project, id_),
            )


def _variables(production: Production) -> Iterator[Stray]:
    project = production.dashboard
    for each in production.vercel.variables(project):
        number, id_ = marked(str(each.get("comment") or "")), str(each["id"])
        if number is not None and each.get("gitBranch"):
            yield Stray(
                number,
                f"Vercel variable {each['key']} of branch {each['gitBranch']}",
                id_,
                partial(production.vercel.delete_variable, project, id_),
            )


def _deployments(production: Production) -> Iterator[Stray]:
    for each in production.vercel.deployments(production.dashboard):
        number = marked(str((each.get("meta") or {}).get("review") or ""))
        id_ = str(each.get("uid") or each["id"])
        if number is not None and each.get("target") != "production":
            yield Stray(
                number,
                f"Vercel deployment {each['url']}",
                id_,
                partial(production.vercel.delete_deployment, id_),
            )


def _workers(production: Production) -> Iterator[Stray]:
    # The gateway is bound to the limiter.
    for each in sorted(production.cloudflare.scripts(production.account), key=lambda one: str(one["id"])):
        number, id_ = worked(str(each["id"])), str(each["id"])
        if number is not None:
            yield Stray(
                number,
                f"Worker {id_}",
                id_,
                partial(production.cloudflare.delete_script, production.account, id_),
            )
