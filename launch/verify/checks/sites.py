"""Vercel's sites: the landing site, identified by its project's token, and the dashboard.

Vercel's answers do not reveal which project gave them, and the dashboard's content belongs to its own repository, so
its page cannot be checked for anything. `launch drift` compares whether its domain is attached to its project.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from launch.report import RUN, FailedError
from launch.verify.visitor import Answer, Internet, shown


async def is_direct(internet: Internet, host: str) -> str:
    """Vercel itself answers, without Cloudflare's proxy in between."""
    answer = await internet.get(f"https://{host}/")
    if "cf-ray" in answer.headers:
        raise FailedError(f"{host} goes through Cloudflare's proxy", f"{RUN} to make its record DNS-only again.")
    if "x-vercel-id" not in answer.headers:
        server = answer.headers.get("server", "an unknown server")
        raise FailedError(f"{host} is answered by {server}, not by Vercel", f"{RUN}, then check the record.")
    return "Vercel, not proxied"


async def shows_landing(internet: Internet, host: str) -> str:
    """The landing page is served, and is not the dashboard."""
    chain = await internet.follow(f"https://{host}/")
    if any(urlsplit(answer.url).path.startswith("/login") for answer in chain):
        raise FailedError(
            f"{host} is served by the dashboard, not by the landing project: {shown(chain)}",
            f"{RUN}: the domain is attached to the wrong Vercel project.",
        )
    _page(chain[-1])
    if len(chain) > 1:
        raise FailedError(f"{host} redirects instead of showing the landing page: {shown(chain)}")
    return "200, a page"


async def shows_dashboard(internet: Internet, host: str, token: str) -> str:
    """An application is up: it shows a page, or redirects to a working sign-in page on its own host.

    `token` is the landing page's; the dashboard does not have it. It is not proved that no third project answers.
    """
    chain = await internet.follow(f"https://{host}/")
    foreign = [answer.url for answer in chain if urlsplit(answer.url).hostname != host]
    if foreign:
        raise FailedError(f"{host} redirects its visitors elsewhere: {shown(chain)}")
    _page(chain[-1])
    if token.encode() in chain[-1].body:
        raise FailedError(
            f"{host} is served by the landing project, not by the dashboard",
            f"{RUN}: the domain is attached to the wrong Vercel project.",
        )
    passed = [urlsplit(answer.url).path for answer in chain[1:]]
    if passed not in ([], ["/login"]):
        raise FailedError(f"{host} does not redirect to its sign-in page: {shown(chain)}")
    seen = f"redirects to {passed[0]} on the same host" if passed else "200, a page"
    return f"{seen} (answers do not name the project)"


def _page(answer: Answer) -> None:
    if answer.status >= 500:
        remedy = "Look at the project's logs at Vercel; a database that cannot be reached is the usual cause."
        raise FailedError(f"{answer.url} answers {answer.status}", remedy)
    code = answer.headers.get("x-vercel-error")
    if code:
        remedy = f"{RUN}: either no project has the domain, or the project has no production deployment."
        raise FailedError(f"{answer.url} answers {answer.status} {code}", remedy)
    if answer.status != 200:
        raise FailedError(f"{answer.url} answers {answer.status}, not 200")
    if "text/html" not in answer.headers.get("content-type", ""):
        raise FailedError(f"{answer.url} answers with {answer.headers.get('content-type') or 'no type'}, not a page")
