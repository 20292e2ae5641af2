"""Vercel's sites: the landing site, identified by its project's token, and the dashboard.

Vercel's responses do not reveal which project serves them, and the dashboard's content belongs to its own repository,
so its page cannot be checked for anything. `launch drift` checks whether its domain is attached to its project.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from launch.report import RUN, FailedError
from launch.verify.visitor import Answer, Internet, shown


async def is_direct(internet: Internet, host: str) -> str:
    """Check that Vercel itself responds, without Cloudflare's proxy in between."""
    response = await internet.get(f"https://{host}/")
    if "cf-ray" in response.headers:
        raise FailedError(f"{host} goes through Cloudflare's proxy", f"{RUN} to make its record DNS-only again.")
    if "x-vercel-id" not in response.headers:
        server = response.headers.get("server", "an unknown server")
        raise FailedError(f"{host} is served by {server}, not by Vercel", f"{RUN}, then check the record.")
    return "Vercel, not proxied"


async def shows_landing(internet: Internet, host: str) -> str:
    """Check that the landing page is served, and is not the dashboard."""
    chain = await internet.follow(f"https://{host}/")
    if any(urlsplit(response.url).path.startswith("/login") for response in chain):
        raise FailedError(
            f"{host} is served by the dashboard, not by the landing project: {shown(chain)}",
            f"{RUN}: the domain is attached to the wrong Vercel project.",
        )
    _page(chain[-1])
    if len(chain) > 1:
        raise FailedError(f"{host} redirects instead of showing the landing page: {shown(chain)}")
    return "200, a page"


async def shows_dashboard(internet: Internet, host: str, token: str) -> str:
    """Check that an application is up: it shows a page, or redirects to a working sign-in page on its own host.

    `token` is the landing page's; the dashboard does not have it. It is not proved that no third project responds.
    """
    chain = await internet.follow(f"https://{host}/")
    foreign = [response.url for response in chain if urlsplit(response.url).hostname != host]
    if foreign:
        raise FailedError(f"{host} redirects its visitors elsewhere: {shown(chain)}")
    _page(chain[-1])
    if token.encode() in chain[-1].body:
        raise FailedError(
            f"{host} is served by the landing project, not by the dashboard",
            f"{RUN}: the domain is attached to the wrong Vercel project.",
        )
    passed = [urlsplit(response.url).path for response in chain[1:]]
    if passed not in ([], ["/login"]):
        raise FailedError(f"{host} does not redirect to its sign-in page: {shown(chain)}")
    seen = f"redirects to {passed[0]} on the same host" if passed else "200, a page"
    return f"{seen} (answers do not name the project)"


def _page(response: Answer) -> None:
    if response.status >= 500:
        remedy = "Look at the project's logs at Vercel; a database that cannot be reached is the usual cause."
        raise FailedError(f"{response.url} answers {response.status}", remedy)
    code = response.headers.get("x-vercel-error")
    if code:
        remedy = f"{RUN}: either no project has the domain, or the project has no production deployment."
        raise FailedError(f"{response.url} answers {response.status} {code}", remedy)
    if response.status != 200:
        raise FailedError(f"{response.url} answers {response.status}, not 200")
    if "text/html" not in response.headers.get("content-type", ""):
        raise FailedError(
            f"{response.url} answers with {response.headers.get('content-type') or 'no type'}, not a page"
        )
