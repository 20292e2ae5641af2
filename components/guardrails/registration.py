"""What a program declares, as its rules see it: type, name, inputs and options of each resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.late_options import Decision

DNS_RECORD = "cloudflare:index/dnsRecord:DnsRecord"
ZONE_SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
WORKERS_SCRIPT = "cloudflare:index/workersScript:WorkersScript"
WORKERS_CUSTOM_DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
WEB_ANALYTICS_SITE = "cloudflare:index/webAnalyticsSite:WebAnalyticsSite"
VERCEL_PROJECT = "vercel:index/project:Project"
VERCEL_DOMAIN = "vercel:index/projectDomain:ProjectDomain"
VERCEL_VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
VERCEL_DEPLOYMENT = "vercel:index/deployment:Deployment"
VERCEL_VARIABLES = "vercel:index/projectEnvironmentVariables:ProjectEnvironmentVariables"
NEON_PROJECT = "neon:index/project:Project"
NEON_ROLE = "neon:index/role:Role"
RANDOM_PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 -- a resource type
RANDOM_VALUES_AS_IDS = (
    "random:index/randomBytes:RandomBytes",
    "random:index/randomId:RandomId",
    "random:index/randomString:RandomString",
)


@dataclass(frozen=True, eq=False)
class Declared:
    """One resource."""

    kind: str
    name: str
    inputs: Mapping[str, Any]
    """By the names that its class uses: snake_case for generated SDKs. Values may be Outputs."""
    options: pulumi.ResourceOptions
    decision: Decision = field(default_factory=Decision)
    """What becomes of it, made up before it is registered."""

    def __str__(self) -> str:
        return f"{self.kind.rpartition(':')[2]} {self.name}"

    def plain(self, name: str) -> Any:  # noqa: ANN401 -- whatever the input is
        """The input `name` if it is known now, else None."""
        value = self.inputs.get(name)
        return None if isinstance(value, pulumi.Output) else value


def of_kind(stack: Iterable[Declared], *kinds: str) -> list[Declared]:
    """The resources of these types."""
    return [resource for resource in stack if resource.kind in kinds]
