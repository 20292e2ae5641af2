"""The hosts that Cloudflare itself serves: Workers, and redirects that keep path and query."""

from __future__ import annotations

import json

from launch.report import RUN, FailedError
from launch.stack import Host
from launch.verify.visitor import Internet, shown

_PROBE = "/launch-verify/a%20b?x=1&y=%C3%A9"
"""Path and query with escapes that a careless redirect decodes, doubles or drops."""
_WELL = ("ok", "none")
"""Acceptable states of a dependency: it responds, or nobody configured it."""
_HEALTH = "/health"
"""The path at which each of our Workers reports its name and version."""


async def answers(internet: Internet, host: Host) -> str:
    """Check that the host responds with the declared status and header, without a redirect, through Cloudflare."""
    url = f"https://{host.name}{host.path}"
    chain = await internet.follow(url)
    response = chain[0]
    if len(chain) > 1:
        raise FailedError(f"the Worker {host.by} does not answer, a redirect does: {shown(chain)}", _AGAIN)
    if "cf-ray" not in response.headers:
        raise FailedError(f"{url} is not answered by Cloudflare", f"{RUN} to attach the custom domain again.")
    if response.status not in host.statuses:
        wanted = " or ".join(map(str, host.statuses))
        raise FailedError(f"{url} answers {response.status}, not {wanted}", f"{_AGAIN} Then read the Worker's log.")
    if host.header and host.header.lower() not in response.headers:
        raise FailedError(f"{url} answers {response.status} without the header {host.header}", _AGAIN)
    value = f", {host.header}: {response.headers[host.header.lower()]}" if host.header else ""
    return f"{response.status}{value}"


async def is_declared(internet: Internet, host: Host) -> str:
    """Check that the declared Worker responds, with the exact module that the stack uploaded, by its /health."""
    url = f"https://{host.name}{_HEALTH}"
    response = await internet.get(url)
    try:
        health = json.loads(response.body)
        service, version = health["service"], health["version"]
    except (ValueError, TypeError, KeyError):
        raise FailedError(
            f"{response}, but reports no name and version: this is not the Worker {host.by}", _AGAIN
        ) from None
    if service != host.by:
        raise FailedError(f"{url} is answered by {service!r}, not by the Worker {host.by}", _AGAIN)
    if version != host.version:
        remedy = (
            f"Right after an update, try again in a minute: some locations still serve the old one. Otherwise: {_AGAIN}"
        )
        raise FailedError(f"the Worker {host.by} answers in version {version!r}, not {host.version}", remedy)
    return f"{host.by}, version {host.version}"


async def has_what_it_needs(internet: Internet, host: Host) -> str:
    """Check that the Worker's dependencies respond and none of its protections is off, by its /health?deep."""
    url = f"https://{host.name}{_HEALTH}?deep"
    response = await internet.get(url)
    try:
        health = json.loads(response.body)
        parts = {str(name): str(state) for name, state in health["checks"].items()}
        protections = {str(name): str(state) for name, state in health["protections"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FailedError(f"{response}, but does not report its dependencies", _AGAIN) from None
    seen = ", ".join(f"{name} {state}" for name, state in sorted(parts.items()))
    if off := sorted(name for name, state in protections.items() if state != "on"):
        raise FailedError(
            f"{url} reports that {' and '.join(off)} is off", f"Switch it on in the configuration, then {RUN}."
        )
    if bad := sorted(name for name, state in parts.items() if state not in _WELL):
        remedy = "Examine whichever does not answer: the limiter's or the gateway's log, Neon Auth, or the upstream."
        raise FailedError(f"{' and '.join(bad)} of {host.by} does not answer ({seen})", remedy)
    return seen


async def redirects(internet: Internet, host: Host) -> str:
    """Check that a single redirect leads to the target with path and query intact, and the target responds."""
    chain = await internet.follow(f"https://{host.name}{_PROBE}")
    first = chain[0]
    wanted = f"{host.location}{_PROBE}"
    if first.status not in host.statuses or first.location is None:
        raise FailedError(f"{shown([first])}: not a permanent redirect to {host.location}", _AGAIN)
    if first.headers["location"] != wanted:
        raise FailedError(f"{first.url} redirects to {first.headers['location']}, not to {wanted}", _AGAIN)
    if chain[-1].status >= 500:
        raise FailedError(f"the redirect leads to a failure: {shown(chain)}")
    return f"{first.status} to {host.location}, path and query kept"


_AGAIN = f"{RUN}."
