"""Invented responses of providers, by type. An unlisted type or function is an error: nothing is invented silently.

Values that a provider would keep secret contain MARKER, which tests search for everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi.runtime import mocks

from vendors import Api, MissingError

MARKER = "MARKER"

Inputs = dict[str, Any]


def _neon_project(args: mocks.MockResourceArgs) -> Inputs:
    host = "ep-rehearsal-00000000"
    branch = args.inputs["branch"]
    return {
        "databaseHost": f"{host}.eu-central-1.aws.neon.tech",
        "databaseHostPooler": f"{host}-pooler.eu-central-1.aws.neon.tech",
        "databaseName": branch["databaseName"],
        "databaseUser": branch["roleName"],
        "databasePassword": f"{MARKER}-{args.name}",
        "defaultBranchId": "br-rehearsal-00000000",
        "defaultEndpointId": host,
    }


OUTPUTS: dict[str, Callable[[mocks.MockResourceArgs], Inputs]] = {
    "cloudflare:index/dnsRecord:DnsRecord": lambda _: {},
    "cloudflare:index/ruleset:Ruleset": lambda _: {},
    "cloudflare:index/webAnalyticsSite:WebAnalyticsSite": lambda _: {"siteTag": "a" * 32, "siteToken": "b" * 32},
    "cloudflare:index/workersCronTrigger:WorkersCronTrigger": lambda args: {
        "schedules": [{**schedule, "createdOn": "2026-01-01T00:00:00Z"} for schedule in args.inputs["schedules"]]
    },
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": lambda _: {},
    "cloudflare:index/workersScript:WorkersScript": lambda _: {"modifiedOn": "2026-01-01T00:00:00Z"},
    "cloudflare:index/zoneSetting:ZoneSetting": lambda _: {},
    "neon:index/project:Project": _neon_project,
    "pulumi-python:dynamic/sql:Migrations": lambda _: {"version": "0001", "applied": ["0001"]},
    "pulumi-python:dynamic/sql:RateLimitPlans": lambda _: {},
    "pulumi-python:dynamic/sql:RowSecurity": lambda _: {
        "fingerprint": "f" * 64,
        "summary": {"tables": 15, "policies": 60},
        "unprotected": [],
    },
    "random:index/randomPassword:RandomPassword": lambda args: {"result": f"{MARKER}-{args.name}"},
    "vercel:index/deployment:Deployment": lambda _: {"url": "rehearsal.vercel.app"},
    "vercel:index/project:Project": lambda _: {},
    "vercel:index/projectDomain:ProjectDomain": lambda _: {},
    "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable": lambda _: {},
}


class StandIns(mocks.Mocks):
    """Providers that create nothing."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, Inputs]:
        """Return an invented id, and the inputs plus the type's outputs."""
        if args.custom is False:
            return None, args.inputs
        if args.typ not in OUTPUTS:
            raise LookupError(f"No stand-in for the resource type {args.typ}")
        return f"{args.name}-id", {**args.inputs, **OUTPUTS[args.typ](args)}

    def call(self, args: mocks.MockCallArgs) -> tuple[Inputs, list[tuple[str, str]]]:
        """Return the outputs of a stack whose state is empty."""
        if args.token == "pulumi:pulumi:readStackOutputs":  # noqa: S105 -- a function's name
            return {"name": args.args["name"], "outputs": {"schema_version": "0001"}}, []
        if args.token == "pulumi:pulumi:readStackResourceOutputs":  # noqa: S105
            return {"name": args.args["stackName"], "outputs": {}}, []
        raise LookupError(f"No stand-in for the function {args.token}")


def vendor(api: Api, method: str, path: str, *, query: Inputs | None = None, json: object = None) -> Any:  # noqa: ANN401
    """Return responses of the vendors' own APIs: the zone and the team exist; resources to be created do not."""
    if method != "GET" or json is not None:
        raise LookupError(f"No stand-in for {method} {path} at {api.vendor}")
    match api.vendor, path.strip("/").split("/"):
        case "Cloudflare", ["zones"]:
            name = (query or {})["name"]
            zone = {"id": f"zone-of-{name}", "name": name, "status": "active", "account": {"id": "account"}}
            return {"result": [zone]}
        case "Cloudflare", [*_, "settings"]:
            raise MissingError("Cloudflare", "refuses the request: no such Worker", "", status=404, code="10007")
        case "Cloudflare", _:
            return {"result": []}
        case "Vercel", ["v2", "teams", _]:
            return {"id": "team_rehearsal"}
        case "Vercel", ["v9", "projects"]:
            return {"projects": []}
        case "Vercel", ["v9", "projects", _]:
            raise MissingError("Vercel", "refuses the request: no such project", "", status=404, code="not_found")
        case "Neon", ["projects"]:
            return {"projects": []}
    raise LookupError(f"No stand-in for {method} {path} at {api.vendor}")
