"""Strangers in a Vercel project: undeclared domains that it serves, and variables that production gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract.resource_types import VERCEL_DOMAIN, VERCEL_PROJECT, VERCEL_VARIABLE
from launch.strangers.model import Resource, Stranger, of_type
from vendors import Vercel

_PRODUCTION = "production"
_OWN_SUFFIX = ".vercel.app"
_OPENS = frozenset({"CONDUCTOR_AUTH_BYPASS"})
"""Variables that switch off the application's own protection."""
_REMEDY = "Remove it at Vercel, or declare it."


def strangers(resources: Sequence[Resource], vercel: Vercel) -> Iterator[Stranger]:
    """Yield the undeclared projects, and the undeclared domains and variables of declared ones. Raises VendorError."""
    domains = {(each.text("projectId"), each.text("domain")) for each in of_type(resources, VERCEL_DOMAIN)}
    variables = {(each.text("projectId"), each.text("key")) for each in of_type(resources, VERCEL_VARIABLE)}
    projects = of_type(resources, VERCEL_PROJECT)
    for other in vercel.projects():
        if other["id"] not in {each.id for each in projects}:
            effect = "serves nothing of this stack"
            what = f"project {other['name']}"
            yield Stranger(vendor="Vercel", beside="the team", what=what, effect=effect, remedy="", harmless=True)
    for project in projects:
        name = project.text("name")
        for domain in vercel.domains(project.id):
            host = str(domain["name"])
            if (project.id, host) not in domains and not host.endswith(_OWN_SUFFIX):
                effect = "is served by this project as well"
                yield Stranger(vendor="Vercel", beside=name, what=f"domain {host}", effect=effect, remedy=_REMEDY)
        for variable in vercel.variables(project.id):
            key, targets = str(variable["key"]), variable.get("target") or []
            if (project.id, key) not in variables and _PRODUCTION in targets:
                opens = key in _OPENS
                effect = "switches the application's protection off" if opens else "reaches the application"
                yield Stranger(
                    vendor="Vercel",
                    beside=name,
                    what=f"variable {key} for {', '.join(sorted(map(str, targets)))}",
                    effect=effect,
                    remedy=_REMEDY,
                    security=opens,
                )
