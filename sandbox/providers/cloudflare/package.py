"""The package: its resource types, their routes, its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sandbox.providers.cloudflare import api as cloudflare
from sandbox.providers.cloudflare.dns_record import DnsRecord
from sandbox.providers.cloudflare.sites import Ruleset, WebAnalyticsSite, WorkersCronTrigger
from sandbox.providers.cloudflare.table import Route, TableResource
from sandbox.providers.cloudflare.workers_script import WorkersScript
from sandbox.providers.cloudflare.zones import get_zone, get_zones
from sandbox.providers.core import Connection, Package, schema

_TOKEN = re.compile(r"^[0-9A-Za-z-_]{40,80}$")

_ROUTES: dict[str, tuple[type[TableResource], Route]] = {
    "cloudflare:index/dnsRecord:DnsRecord": (
        DnsRecord,
        Route(
            collection="/zones/{zoneId}/dns_records",
            item="/zones/{zoneId}/dns_records/{id}",
            imports="<zone_id>/<dns_record_id>",
        ),
    ),
    "cloudflare:index/zoneSetting:ZoneSetting": (
        TableResource,
        Route(
            item="/zones/{zoneId}/settings/{settingId}",
            create="PATCH",
            update="PATCH",
            delete=None,
            identifier="settingId",
            imports="<zone_id>/<setting_id>",
        ),
    ),
    "cloudflare:index/workersScript:WorkersScript": (
        WorkersScript,
        Route(
            item="/accounts/{accountId}/workers/scripts/{scriptName}",
            create="PUT",
            identifier="scriptName",
            imports="<account_id>/<script_name>",
        ),
    ),
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": (
        TableResource,
        Route(
            collection="/accounts/{accountId}/workers/domains",
            item="/accounts/{accountId}/workers/domains/{id}",
            create="PUT",
            update=None,
            imports="<account_id>/<domain_id>",
        ),
    ),
    "cloudflare:index/workersRoute:WorkersRoute": (
        TableResource,
        Route(
            collection="/zones/{zoneId}/workers/routes",
            item="/zones/{zoneId}/workers/routes/{id}",
            imports="<zone_id>/<route_id>",
        ),
    ),
    "cloudflare:index/workersCronTrigger:WorkersCronTrigger": (
        WorkersCronTrigger,
        Route(
            item="/accounts/{accountId}/workers/scripts/{scriptName}/schedules",
            create="PUT",
            delete=None,
            identifier="scriptName",
            imports="<account_id>/<script_name>",
        ),
    ),
    "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": (
        TableResource,
        Route(
            item="/accounts/{accountId}/workers/scripts/{scriptName}/subdomain",
            update="POST",
            identifier="accountId",
            imports="<account_id>/<script_name>",
        ),
    ),
    "cloudflare:index/webAnalyticsSite:WebAnalyticsSite": (
        WebAnalyticsSite,
        Route(
            collection="/accounts/{accountId}/rum/site_info",
            item="/accounts/{accountId}/rum/site_info/{id}",
            identifier="siteTag",
            imports="<account_id>/<site_id>",
            not_refreshed=("enabled", "host", "lite", "zoneTag"),
        ),
    ),
    "cloudflare:index/ruleset:Ruleset": (
        Ruleset,
        Route(
            collection="/zones/{zoneId}/rulesets",
            item="/zones/{zoneId}/rulesets/{id}",
            imports="<zone_id>/<ruleset_id>",
        ),
    ),
}


class Cloudflare(Package):
    """The package for the API at `base`, with `token` as the default for programs that configure none."""

    name = "cloudflare"
    version = "6.23.1"

    def __init__(self, base: str, token: str) -> None:
        self._base = base
        self._token = token

    def check(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield the errors in the format of the token and in the URL. A token from the environment is not checked."""
        token = config.get("apiToken")
        if isinstance(token, str) and not _TOKEN.match(token):
            yield (
                "Invalid Attribute Value Match. Attribute api_token: API tokens must be 40 to 80 characters long and "
                "only contain characters 0-9, a-z, A-Z, hyphens and underscores."
            )
        base = config.get("baseUrl")
        if isinstance(base, str) and base.rstrip("/") != self._base:
            yield f"baseUrl is not the sandbox's: the attached provider only ever talks to {self._base}."

    def connect(self, config: Mapping[str, Any]) -> Connection:
        """Return the connection, without a call to the API."""
        token = config.get("apiToken") or config.get("apiUserServiceKey") or config.get("apiKey") or self._token
        api = cloudflare.connect(self._base, str(token))
        declared = schema.load(self.name)
        return Connection(
            resources={token: kind(declared[token], api, route) for token, (kind, route) in _ROUTES.items()},
            functions={
                "cloudflare:index/getZone:getZone": partial(get_zone, api),
                "cloudflare:index/getZones:getZones": partial(get_zones, api),
            },
            cancel=api.stop.set,
        )
