"""A branch of production for a review, as one resource: created, emptied or masked, and only then published.

Neon's provider supports neither `expires_at` nor passwords, so the branch is created through the API. As a dynamic
resource it is in the stack's state nevertheless, and a plain `pulumi destroy` removes it.

Creation is repeatable: a branch of this name that an interrupted run left behind is reused, and all steps run again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any
from urllib.parse import quote

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

from contract.paths import SQL
from contract.problem import Problem
from contract.review import Review, Rows, branch_name, stack_of
from database.branch_rows import BranchRows, load
from vendors import Access, MissingError, Neon

_DATABASE, _OWNER = "neondb", "neondb_owner"
_INPUTS = ("project", "parent", "name", "generation", "rows", "compute_units", "expires_at", "production_hosts")
_REPLACES = ("project", "parent", "name", "generation", "rows", "compute_units")
_SMALLEST = 0.25


class BranchError(Problem):
    """The branch is unfit for a review; production was not touched."""


class BranchProvider(ResourceProvider):
    """Holds no state of its own: each process reads the API key from the environment."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse inputs without which the branch cannot be distinguished from production."""
        failures = []
        if not news["parent"] or not news["production_hosts"]:
            failures.append(CheckFailure("parent", "the production branch is not given"))
        return CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Replace the branch for any change except its end; the old one goes first, since both have the same name."""
        changed = [name for name in _INPUTS if _olds.get(name) != _news.get(name)]
        replaced = [name for name in changed if name in _REPLACES]
        return DiffResult(changes=bool(changed), replaces=replaced, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the branch, reset its passwords, purge or mask its rows, and only then return its addresses."""
        neon, project = _neon(), str(props["project"])
        branch = _present(neon, props) or _made(neon, props)
        identifier = refuse_production(branch, props["parent"])
        host = _host(neon, props, identifier)
        names = [str(role["name"]) for role in neon.roles(project, identifier)]
        passwords = {name: neon.reset_password(project, identifier, name) for name in names}
        if _OWNER not in passwords:
            remedy = f"A review's database belongs to {_OWNER}, as production's does. Nothing was shown to anybody."
            raise BranchError(f"it has no role {_OWNER}, but {', '.join(names)}", where=identifier, remedy=remedy)
        owner = passwords[_OWNER]
        rows = BranchRows(url(_OWNER, owner, host), identifier)
        rows.forget_passwords()
        masked = props["rows"] == Rows.MASKED
        changed = rows.mask(load(SQL / "review" / "masks.json")) if masked else rows.purge()
        _say(f"rows of {changed} tables {props['rows']}; the migration ledger stays")
        auth = _own_auth(neon, project, identifier)
        found = {"owner_password": owner, "host": host, "auth_url": auth, "tables": changed}
        return CreateResult(identifier, _outs(props, identifier) | found)

    def update(self, id_: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Set another end."""
        neon, project = _neon(), str(_news["project"])
        branch = neon.branch(project, id_)
        if branch is None:
            raise BranchError("it has ended meanwhile", where=id_, remedy="Run `launch review create` again.")
        refuse_production(branch, _news["parent"])
        _refuse_host(str(_olds["host"]), _news, id_)
        neon.change_branch(project, id_, {"expires_at": _news["expires_at"]})
        kept = {name: _olds.get(name) for name in ("owner_password", "host", "auth_url", "tables")}
        return UpdateResult(_outs(_news, id_) | kept)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Check whether the branch still exists: Neon removes it at its end."""
        branch = _neon().branch(str(props["project"]), id_)
        return ReadResult("", {}) if branch is None else ReadResult(id_, props)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Remove the branch with its endpoints. A branch that has ended is gone already."""
        neon, project = _neon(), str(props["project"])
        branch = neon.branch(project, id_)
        if branch is not None:
            refuse_production(branch, props["parent"])
            with suppress(MissingError):
                neon.delete_branch(project, id_)


def refuse_production(branch: dict[str, Any], production: str) -> str:
    """Return the id of a branch that is a child of production's. Raises BranchError for any other branch."""
    identifier = str(branch["id"])
    if identifier == production or branch.get("default") or branch.get("protected"):
        remedy = "Nothing was changed. Examine the branch at Neon; a review has one of its own."
        raise BranchError(
            "this is production's branch, or one that is protected like it", where=identifier, remedy=remedy
        )
    if branch.get("parent_id") != production:
        remedy = "Remove or rename that branch at Neon: a review does not reuse another's."
        raise BranchError(f"it is not a child of production's branch {production}", where=identifier, remedy=remedy)
    return identifier


def url(role: str, password: str, host: str) -> str:
    """Return the URL with which `role` connects."""
    return f"postgresql://{quote(role)}:{quote(password, safe='')}@{host}/{_DATABASE}?sslmode=require"


def _neon() -> Neon:
    return Neon.connect(Access.of({}, os.environ))


def _say(text: str) -> None:
    print(f"review branch: {text}", flush=True)


def _outs(props: dict[str, Any], identifier: str) -> dict[str, Any]:
    return {**{name: props[name] for name in _INPUTS}, "branch_id": identifier}


def _present(neon: Neon, props: dict[str, Any]) -> dict[str, Any] | None:
    """Return the branch of this name that an interrupted run of this stack created, if there is one."""
    found = next((each for each in neon.branches(str(props["project"])) if each["name"] == props["name"]), None)
    if found is None:
        return None
    identifier = refuse_production(found, props["parent"])
    if found.get("expires_at") is None:
        remedy = "A person created it: rename it at Neon."
        raise BranchError(f"a branch named {props['name']} without an end exists", where=identifier, remedy=remedy)
    _say(f"reusing {identifier}, which an interrupted run left behind")
    return neon.change_branch(str(props["project"]), identifier, {"expires_at": props["expires_at"]})


def _made(neon: Neon, props: dict[str, Any]) -> dict[str, Any]:
    wanted = {"name": props["name"], "parent_id": props["parent"], "expires_at": props["expires_at"]}
    response = neon.create_branch(str(props["project"]), wanted, [_endpoint(props)])
    neon.settle(str(props["project"]), response.get("operations") or [])
    return dict(response["branch"])


def _endpoint(props: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "read_write",
        "autoscaling_limit_min_cu": min(_SMALLEST, float(props["compute_units"])),
        "autoscaling_limit_max_cu": float(props["compute_units"]),
    }


def _host(neon: Neon, props: dict[str, Any], branch: str) -> str:
    """Return the host of the branch's own endpoint. Raises BranchError if it is one of production's."""
    project = str(props["project"])
    writers = [each for each in neon.branch_endpoints(project, branch) if each["type"] == "read_write"]
    endpoint = writers[0] if writers else neon.create_endpoint(project, {"branch_id": branch, **_endpoint(props)})
    host = str(endpoint["host"])
    _refuse_host(host if endpoint["branch_id"] == branch else "", props, branch)
    return host


def _refuse_host(host: str, props: dict[str, Any], branch: str) -> None:
    """Raise BranchError if the host is not the branch's own."""
    if not host or host in props["production_hosts"]:
        remedy = "Nothing was migrated. Examine the branch's endpoint at Neon."
        raise BranchError(f"its endpoint {host} leads to production", where=branch, remedy=remedy)


def _own_auth(neon: Neon, project: str, branch: str) -> str:
    """Return the URL of a new Neon Auth with its own keys and users: the copied one holds production's."""
    if neon.auth(project, branch) is not None:
        neon.delete_auth(project, branch)
    return str(neon.create_auth(project, branch, _DATABASE)["base_url"])


class ReviewBranch(pulumi.dynamic.Resource, module="review", name="Branch"):
    """The branch."""

    branch_id: pulumi.Output[str]
    host: pulumi.Output[str]
    """The direct host."""
    owner_password: pulumi.Output[str]
    auth_url: pulumi.Output[str]

    def __init__(self, name: str, review: Review, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {
            "project": review.neon_project,
            "parent": review.production_branch,
            "name": branch_name(review.number),
            "generation": review.generation,
            "rows": review.rows,
            "compute_units": review.compute_units,
            "expires_at": review.expires_at,
            "production_hosts": list(review.production_hosts),
            "branch_id": None,
            "host": None,
            "owner_password": None,
            "auth_url": None,
            "tables": None,
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["owner_password"])
        super().__init__(BranchProvider(), name, props, pulumi.ResourceOptions.merge(secret, opts))


class ReviewDatabase(pulumi.ComponentResource):
    """The branch, and the URLs with which the review's programs connect."""

    project_id: pulumi.Output[str]
    """The branch's id; a new one tells migrations that this is another database."""
    owner_url: pulumi.Output[str]
    auth_url: pulumi.Output[str]
    summary: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, review: Review, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:review:Database", name, {}, opts)
        self._production = review.production_hosts
        self._branch = ReviewBranch(f"{name}-branch", review, pulumi.ResourceOptions(parent=self))
        self.project_id, self.auth_url = self._branch.branch_id, self._branch.auth_url
        self.owner_url = self._url(_OWNER, self._branch.owner_password, self._branch.host)
        self.summary = pulumi.Output.all(branch_id=self._branch.branch_id, host=self._branch.host).apply(
            lambda parts: {**parts, "stack": stack_of(review.number)}
        )
        self.register_outputs({"summary": self.summary})

    def pooled_url(self, role: str, password: pulumi.Input[str]) -> pulumi.Output[str]:
        """Return the URL with which `role` connects for single statements and transactions."""
        return self._url(role, password, self._branch.host.apply(pooled))

    def _url(self, role: str, password: pulumi.Input[str], host: pulumi.Output[str]) -> pulumi.Output[str]:
        def address(parts: list[str]) -> str:
            if parts[1] in {*self._production, *map(pooled, self._production)}:
                raise BranchError(f"{parts[1]} is production's", remedy="Nothing was migrated.")
            return url(role, parts[0], parts[1])

        return pulumi.Output.secret(pulumi.Output.all(password, host).apply(address))


def pooled(host: str) -> str:
    """Return the pooled host that belongs to a direct one."""
    name, _, domain = host.partition(".")
    return host if name.endswith("-pooler") else f"{name}-pooler.{domain}"
