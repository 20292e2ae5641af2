"""The purpose of each host, as data, for the operator and for checks from outside."""

from __future__ import annotations

from components.settings import Conductor, Settings
from components.workers import edge, version
from contract.hosts import Expectation, Host


def expected(settings: Settings) -> dict[str, Host]:
    """Return every host of the launch."""
    served: dict[str, Host] = {
        settings.domain: {"kind": "site", "by": settings.landing.project, "expect": {"status": [200]}},
        settings.hosts.dashboard: {
            "kind": "application",
            "by": settings.dashboard.project,
            "expect": {"status": [200, 302, 307, 308]},
        },
        settings.hosts.echome: {
            "kind": "worker",
            "by": "echome",
            "expect": {"status": [200], "path": "/health", "version": version(edge.MODULES["echome"]), "deep": True},
        },
        settings.hosts.conductor: _conductor(settings),
    }
    return served | {host: _redirect("redirect", target) for host, target in settings.redirects.items()}


def _conductor(settings: Settings) -> Host:
    match settings.conductor:
        case Conductor.RESERVED:
            expect: Expectation = {
                "status": [503],
                "header": "Retry-After",
                "version": version(edge.MODULES["conductor"]),
            }
            return {"kind": "worker", "by": "conductor", "expect": expect}
        case Conductor.ALIAS:
            return _redirect("conductor", settings.hosts.dashboard)
        case Conductor.ABSENT:
            return {"kind": "absent", "by": "nothing", "expect": {}}


def _redirect(by: str, target: str) -> Host:
    return {"kind": "redirect", "by": by, "expect": {"status": [308], "location": f"https://{target}"}}
