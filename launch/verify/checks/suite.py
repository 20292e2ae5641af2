"""The checks that a launch needs, from the stack's outputs."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from functools import partial

from launch.report import Check, UncheckedError
from launch.stack import Host, Outputs
from launch.verify.checks import addresses, beacon, database, encryption, protections, sites, upkeep, workers
from launch.verify.visitor import Internet


def checks(outputs: Outputs, internet: Internet, environment: Mapping[str, str]) -> list[Check]:
    """Return every check, host by host."""
    planned = [check for host in outputs.hosts for check in _of_host(host, outputs, internet)]
    through = partial(database.through, address=environment.get("PGHOSTADDR"), port=environment.get("PGPORT"))
    application, service = through(outputs.application_database_url), through(outputs.service_database_url)
    check = partial(Check, subject="database")
    return [
        *planned,
        check(name="answers the application", run=partial(database.is_reachable, application)),
        check(name="answers the service", run=partial(database.is_reachable, service)),
        check(name="isolates tenants", run=partial(database.isolates_tenants, application)),
        check(name="declared rules hold", run=partial(database.keeps_rules, application, outputs.unprotected)),
        Check(subject="upkeep", name="has run", run=partial(upkeep.has_run, service, outputs.upkeep_since)),
        Check(subject="protections", name="are on", run=partial(protections.are_on, outputs.protections_off)),
    ]


def database_checks(application_url: str, environment: Mapping[str, str], subject: str) -> list[Check]:
    """Return the checks of one database, as the application sees it."""
    application = database.through(application_url, environment.get("PGHOSTADDR"), environment.get("PGPORT"))
    return [
        Check(subject=subject, name="answers the application", run=partial(database.is_reachable, application)),
        Check(subject=subject, name="isolates tenants", run=partial(database.isolates_tenants, application)),
        Check(subject=subject, name="declared rules hold", run=partial(database.keeps_rules, application)),
    ]


def _of_host(host: Host, outputs: Outputs, internet: Internet) -> list[Check]:
    name = host.name
    check = partial(Check, subject=name)
    if host.kind == "absent":
        return [check(name="is absent", run=partial(addresses.is_absent, internet.names, name))]
    common = [
        check(name="resolves", run=partial(addresses.resolves, internet.names, name)),
        check(name="certificate", run=partial(encryption.has_certificate, internet, name)),
        check(name="http leads to https", run=partial(encryption.leaves_http, internet, name)),
    ]
    proxied = [check(name="no old TLS", run=partial(encryption.refuses_old_versions, internet, name))]
    direct = [check(name="served directly", run=partial(sites.is_direct, internet, name))]
    match host.kind:
        case "site":
            own = [
                check(name="landing page", run=partial(sites.shows_landing, internet, name)),
                check(name="analytics beacon", run=partial(beacon.has_beacon, internet, name, outputs.beacon_token)),
            ]
            return [*common, *direct, *own]
        case "application":
            up = check(name="up", run=partial(sites.shows_dashboard, internet, name, outputs.beacon_token))
            return [*common, *direct, up]
        case "worker":
            own = [
                check(name="answers", run=partial(workers.answers, internet, host)),
                check(name="declared Worker", run=partial(workers.is_declared, internet, host)),
            ]
            if host.deep:
                own.append(check(name="what it needs", run=partial(workers.has_what_it_needs, internet, host)))
            return [*common, *proxied, *own]
        case "redirect":
            return [*common, *proxied, check(name="redirects", run=partial(workers.redirects, internet, host))]
    return [*common, check(name="answers", run=partial(_unknown, host.kind))]


def _unknown(kind: str) -> Awaitable[str]:
    raise UncheckedError(f"this version cannot check a host of kind {kind!r}", "Update the project.")
