"""What Cloudflare serves by itself: Workers, and redirects that keep path and query."""

from __future__ import annotations

from launch.internet import Internet, shown
from launch.outputs import Host
from launch.verdicts import FailedError

_PROBE = "/launch-verify/a%20b?x=1&y=%C3%A9"
"""Path and query with escapes that a careless redirect decodes, doubles or drops."""


async def answers(internet: Internet, host: Host) -> str:
    """The Worker answers with the declared status and header."""
    url = f"https://{host.name}{host.path}"
    chain = await internet.follow(url)
    answer = chain[0]
    if len(chain) > 1:
        raise FailedError(f"the Worker {host.by} does not answer, a redirect does: {shown(chain)}", _AGAIN)
    if "cf-ray" not in answer.headers:
        raise FailedError(f"{url} is not answered by Cloudflare", "Run `pulumi up` to have the custom domain again.")
    if answer.status not in host.statuses:
        wanted = " or ".join(map(str, host.statuses))
        raise FailedError(f"{url} answers {answer.status}, not {wanted}", f"{_AGAIN} Then read the Worker's log.")
    if host.header and host.header.lower() not in answer.headers:
        raise FailedError(f"{url} answers {answer.status} without the header {host.header}", _AGAIN)
    value = f", {host.header}: {answer.headers[host.header.lower()]}" if host.header else ""
    return f"{answer.status}{value}"


async def redirects(internet: Internet, host: Host) -> str:
    """One redirect leads to the target with path and query as they were, and on to an answer."""
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


_AGAIN = "Run `pulumi up`."
