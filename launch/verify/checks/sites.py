"""What Vercel serves: the landing site, proved to be its project's by its token, and the dashboard.

No answer of Vercel tells which project gave it, and what the dashboard shows is up to its own repository: nothing can
be asked of its page. That its domain is attached to its project is what `launch drift` compares.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from launch.report import RUN, FailedError
from launch.verify.visitor import Answer, Internet, shown


async def is_direct(internet: Internet, host: str) -> str:
    """Vercel answers itself, with no proxy of Cloudflare in between."""
    answer = await internet.get(f"https://{host}/")
    if "cf-ray" in answer.headers:
        raise FailedError(f"{host} goes through Cloudflare's proxy", f"{RUN} to have its record DNS-only again.")
    if "x-vercel-id" not in answer.headers:
        server = answer.headers.get("server", "an unknown server")
        raise FailedError(f"{host} is answered by {server}, not by Vercel", f"{RUN}, then check the record.")
    return "Vercel, not proxied"


async def shows_landing(internet: Internet, host: str) -> str:
    """The landing page is there, and is not the dashboard."""
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
    """An application is up: it shows a page, or sends to a sign-in page on its own host, which is there.

    `token` is the landing page's, which the dashboard does not have. That no third project answers is not proved.
    """
    chain = await internet.follow(f"https://{host}/")
    foreign = [answer.url for answer in chain if urlsplit(answer.url).hostname != host]
    if foreign:
        raise FailedError(f"{host} sends its visitors elsewhere: {shown(chain)}")
    _page(chain[-1])
    if token.encode() in chain[-1].body:
        raise FailedError(
            f"{host} is served by the landing project, not by the dashboard",
            f"{RUN}: the domain is attached to the wrong Vercel project.",
        )
    passed = [urlsplit(answer.url).path for answer in chain[1:]]
    if passed not in ([], ["/login"]):
        raise FailedError(f"{host} does not send to its sign-in page: {shown(chain)}")
    seen = f"sends to {passed[0]} on the same host" if passed else "200, a page"
    return f"{seen} (no answer tells of which project)"


def _page(answer: Answer) -> None:
    if answer.status >= 500:
        remedy = "Look into the project's logs at Vercel; a database that cannot be reached is the usual cause."
        raise FailedError(f"{answer.url} answers {answer.status}", remedy)
    code = answer.headers.get("x-vercel-error")
    if code:
        remedy = f"{RUN}: the domain is attached to no project, or the project has no production deployment."
        raise FailedError(f"{answer.url} answers {answer.status} {code}", remedy)
    if answer.status != 200:
        raise FailedError(f"{answer.url} answers {answer.status}, not 200")
    if "text/html" not in answer.headers.get("content-type", ""):
        raise FailedError(f"{answer.url} answers with {answer.headers.get('content-type') or 'no type'}, not a page")
