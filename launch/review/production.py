"""The facts about production that a review needs: where it is, to stay away from it, and what a review may cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from contract.problem import Problem
from contract.review import PROJECT as REVIEW_PROJECT
from contract.review import Review, stack_of
from launch.review.touched import touched
from launch.stack import Stack
from vendors import Access, Cloudflare, Neon, Vercel

if TYPE_CHECKING:
    from components.settings import Configuration, Reviews

FOLDER = "review"
"""Folder of the review stacks' program in the project."""
_TOKENS = {
    "CLOUDFLARE_API_TOKEN": "cloudflare:apiToken",
    "VERCEL_API_TOKEN": "vercel:apiToken",
    "NEON_API_KEY": "neon:apiKey",
}
"""Maps each variable to the setting of production that a person may have used instead."""
_FLAGS = {"ENABLE_RLS": "prductr:enableRls", "ENABLE_RATE_LIMITING": "prductr:enableRateLimiting"}


@dataclass(frozen=True)
class Production:
    """The stack whose pull requests are reviewed."""

    stack: Stack

    @cached_property
    def outputs(self) -> Mapping[str, Any]:
        """The outputs, without secrets."""
        return self.stack.outputs()

    @cached_property
    def configuration(self) -> Mapping[str, str]:
        """The configuration by full key, with secrets."""
        return self.stack.configuration()

    @cached_property
    def access(self) -> Access:
        """Access to the vendors. Raises Problem."""
        try:
            return Access.of(self.configuration, self.stack.environment)
        except ValueError as error:
            raise Problem(str(error), where=f"stack {self.stack.name}", remedy="Use https.") from None

    @cached_property
    def bounds(self) -> Reviews:
        """The limits of reviews. Raises Problem if the settings are invalid."""
        from components.settings import Configuration, Reviews

        read = Configuration(self.configuration)
        found = Reviews.read(read)
        self._refuse(read)
        return found

    @cached_property
    def neon(self) -> Neon:
        """The client for Neon."""
        return Neon.connect(self.access)

    @cached_property
    def vercel(self) -> Vercel:
        """The client for Vercel."""
        return Vercel.connect(self.access)

    @cached_property
    def cloudflare(self) -> Cloudflare:
        """The client for Cloudflare."""
        return Cloudflare.connect(self.access)

    @cached_property
    def database(self) -> Mapping[str, str]:
        """project_id, branch_id and hosts. Raises Problem before the first update."""
        found = self.outputs.get("database")
        if not found:
            where, remedy = f"stack {self.stack.name}", "Run `pulumi up` on it first, or name another with --stack."
            raise Problem("it has no database of which a review could be made", where=where, remedy=remedy)
        held: Mapping[str, str] = found
        return held

    @cached_property
    def account(self) -> str:
        """Id of the zone's account at Cloudflare."""
        name = self.configuration.get("prductr:domain", "prductr.com")
        zone = self.cloudflare.zone(name)
        if zone is None:
            raise Problem(f"there is no zone {name}", where="Cloudflare", remedy="Look at the token's zones.")
        return str(zone["account"]["id"])

    @cached_property
    def dashboard(self) -> str:
        """Id of the dashboard's project at Vercel."""
        name = next((str(host["by"]) for host in self.outputs["hosts"].values() if host["kind"] == "application"), "")
        project = self.vercel.project(name) if name else None
        if project is None:
            raise Problem(f"there is no project {name!r}", where="Vercel", remedy="Run `launch drift`.")
        return str(project["id"])

    def close(self) -> None:
        """Close the connections to the vendors. No client is usable afterwards."""
        for name in ("cloudflare", "vercel", "neon"):
            if name in self.__dict__:  # created on first use
                self.__dict__[name].api.close()

    def review_stack(self, number: int) -> Stack:
        """Return the stack of a pull request. Its credentials come from the environment, so its state contains none."""
        tokens = {name: self.configuration[key] for name, key in _TOKENS.items() if self.configuration.get(key)}
        name = stack_of(number)
        environment = {**self.stack.environment, **tokens, "PULUMI_STACK": name}
        folder = self.stack.folder / FOLDER
        made = Stack(name=name, environment=environment, folder=folder, encryption=self.stack.secrets_provider())
        assert made.project == REVIEW_PROJECT
        return made

    def review(self, number: int, *, git_branch: str, commit: str, rows: str, generation: int) -> Review:
        """Return the new settings of a pull request's stack. Raises Problem and VendorError."""
        database = self.database
        endpoints = self.neon.branch_endpoints(database["project_id"], database["branch_id"])
        hosts = {database["host"], database["pooled_host"], *(str(each["host"]) for each in endpoints)}
        ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=self.bounds.hours)
        return Review(
            number=number,
            git_branch=git_branch,
            commit=commit,
            expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            rows=rows,
            generation=generation,
            neon_project=database["project_id"],
            production_branch=database["branch_id"],
            production_hosts=tuple(sorted(hosts)),
            compute_units=self.bounds.compute_units,
            vercel_project=self.dashboard,
            account=self.account,
            workers_dev=self.cloudflare.workers_dev(self.account),
            workers=touched(self.stack.resources(), self.stack.folder / "workers"),
            flags={name: self.configuration.get(key) != "false" for name, key in _FLAGS.items()},
            gateway=self._gateway(),
        )

    def _gateway(self) -> dict[str, str]:
        from components.settings import Configuration, RateLimits

        read = Configuration(self.configuration)
        limits = RateLimits.read(read)
        self._refuse(read)
        return {
            "ANALYTICS_RETENTION_DAYS": self.configuration.get("prductr:analyticsRetentionDays", "400"),
            "CORS_ORIGINS": "",
            "ENABLE_RATE_LIMITING": self.configuration.get("prductr:enableRateLimiting", "true"),
            "RATE_LIMIT_PLANS": limits.document,
            "RATE_LIMIT_UNAVAILABLE": json.dumps(limits.unavailable),
            "UPSTREAM_TIMEOUT_SECONDS": self.configuration.get("prductr:echomeTimeoutSeconds", "25"),
        }

    def _refuse(self, read: Configuration) -> None:
        if read.mistakes.found:
            first = read.mistakes.found[0]
            raise Problem(first.what, where=f"stack {self.stack.name}, {first.where}", remedy=first.remedy)
