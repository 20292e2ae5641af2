"""The stack's own names and ids for the commands of the page. None of them is a secret."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract.problem import Problem

_PASSWORDS = "random:index/randomPassword:RandomPassword"
_PROJECT = "vercel:index/project:Project"
_DEPLOYMENT = "vercel:index/deployment:Deployment"
_DEFAULTS = {
    "region": "iad1",
    "rateLimitPlans": '["free=100/86400"]',
    "enableRls": "true",
    "enableRateLimiting": "true",
}
"""Defaults of Pulumi.yaml, for keys that the stack's configuration leaves out."""


class ValuesError(Problem):
    """The stack lacks a value that a page needs."""


@dataclass(frozen=True, kw_only=True)
class Values:
    """The values that are filled into the commands."""

    stack: str
    hosts: Mapping[str, Mapping[str, Any]]
    """The output of the same name."""
    team: str
    landing: str
    """Id of the landing page's Vercel project."""
    dashboard: str
    dashboard_deployment: str
    """URN of the deployment."""
    database: Mapping[str, str]
    """Ids and hosts at Neon."""
    passwords: Mapping[str, str]
    """Maps the end of the name of each generated secret, such as `application-password`, to its URN."""
    settings: Mapping[str, str]
    """Region, flags and plans, as configured."""

    @classmethod
    def of(
        cls, stack: str, outputs: Mapping[str, Any], resources: Sequence[Mapping[str, Any]], settings: Mapping[str, str]
    ) -> Values:
        """Read outputs without secrets, the resources of the state, and the configuration. Raises ValuesError."""
        by_name = {(each["type"], each["urn"].rpartition("::")[2]): each for each in resources}
        try:
            values = cls(
                stack=stack,
                hosts=outputs["hosts"],
                team=settings["vercel:team"],
                landing=str(by_name[_PROJECT, "landing-project"]["id"]),
                dashboard=str(by_name[_PROJECT, "dashboard-project"]["id"]),
                dashboard_deployment=str(by_name[_DEPLOYMENT, "dashboard-deployment"]["urn"]),
                database={str(key): str(value) for key, value in outputs["database"].items()},
                passwords={
                    name.removeprefix("secrets-"): str(each["urn"])
                    for (kind, name), each in by_name.items()
                    if kind == _PASSWORDS
                },
                settings={key: settings.get(f"prductr:{key}", default) for key, default in _DEFAULTS.items()},
            )
            for needed in (values.host("site"), values.host("application"), values.endpoint):
                assert needed
            assert values.passwords["application-password"]
        except (KeyError, TypeError, AttributeError, AssertionError, StopIteration) as error:
            what = "it does not hold what a runbook needs" if outputs else "nothing is deployed"
            detail = f" ({error})" if outputs and str(error) else ""
            raise ValuesError(what + detail, where=f"stack {stack}", remedy="Run `pulumi up` first.") from None
        return values

    def host(self, kind: str, by: str = "") -> str:
        """Return the host of this kind; if there are several, the one that `by` serves."""
        return next(name for name, each in self.hosts.items() if each["kind"] == kind and by in ("", each["by"]))

    @property
    def endpoint(self) -> str:
        """Id of the database's endpoint, which is the first label of its host."""
        return self.database["host"].partition(".")[0]

    @property
    def neon(self) -> str:
        """Path of the Neon project in the API."""
        return f"/projects/{self.database['project_id']}"

    @property
    def quoted(self) -> str:
        """The stack's name, quoted for a shell."""
        return shlex.quote(self.stack)
