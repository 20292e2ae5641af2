"""The analytics beacon of a served page: this site's own, once, and able to work.

Only one of several beacons in a page works, so two tokens count into the site whose beacon comes first. A page that
adds the script later has the beacon only in its data; there the text is searched for the token.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from launch.report import RUN, FailedError
from launch.verify.checks.content_policy import HEADER, Policies
from launch.verify.visitor import Answer, Internet

SCRIPT = "https://static.cloudflareinsights.com/beacon.min.js"
REPORTS = "https://cloudflareinsights.com/cdn-cgi/rum"
"""Where a beacon in the page itself reports to; one that Cloudflare adds reports to the page's own host."""
_ATTRIBUTE = "data-cf-beacon"
_TOKEN = re.compile(r"token\W{1,16}([0-9a-f]{32})\b")
"""In the attribute, or escaped in the data of a page that adds the script later."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """A script element that loads a beacon."""

    token: str
    nonce: str


@dataclass
class Page:
    """The beacons and policies in a page."""

    elements: list[Element] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    """Policies in meta elements."""
    tokens: set[str] = field(default_factory=set)
    """Tokens in elements and in data."""
    is_mentioned: bool = False

    @classmethod
    def of(cls, document: str) -> Page:
        """Read a page as a browser does; nothing is run."""
        reader = _Reader()
        reader.feed(document)
        reader.close()
        text = unescape(document)
        if _ATTRIBUTE in text:
            reader.page.is_mentioned = True
            reader.page.tokens |= set(_TOKEN.findall(text[text.index(_ATTRIBUTE) :]))
        reader.page.tokens |= {each.token for each in reader.page.elements}
        return reader.page


async def has_beacon(internet: Internet, host: str, token: str) -> str:
    """Check that the landing page carries the beacon with the declared token once, and its policy allows it to work.

    Only the landing project's environment has the token, so this also proves which project serves the page.
    """
    return judged((await internet.follow(f"https://{host}/"))[-1], token)


def judged(answer: Answer, token: str) -> str:
    """Return the verdict on the beacon in a response. Raises FailedError."""
    page = Page.of(answer.body.decode("utf-8", "replace"))
    if not page.is_mentioned and not page.elements:
        raise FailedError(
            f"{answer.url} has no analytics beacon: not the landing project's page, or one built without the token",
            f"{RUN}; if it changes nothing, redeploy the landing project.",
        )
    if page.tokens != {token}:
        seen = ", ".join(sorted(each or "no token" for each in page.tokens)) or "none"
        raise FailedError(f"the beacon's token is {seen}, not {token}", "Redeploy the landing project.")
    if len(page.elements) > 1:
        raise FailedError(
            f"{answer.url} has {len(page.elements)} beacons, of which only one works",
            "Take all but one out of the landing project, and a tag manager's too; then redeploy it.",
        )
    _require_allowed(answer, page)
    return f"token {token[:6]}…, once" if page.elements else f"token {token[:6]}…, added by the page's own script"


def _require_allowed(response: Answer, page: Page) -> None:
    policies = Policies.of(response.url, response.headers.get(HEADER, ""), page.policies)
    nonce = page.elements[0].nonce if page.elements else ""
    loads = policies.blocked("script-src-elem", SCRIPT, nonce=nonce, inserted=not page.elements)
    reports = policies.blocked("connect-src", REPORTS)
    for blocked, what, directive, source in (
        (loads, "does not let the beacon load", "script-src", SCRIPT),
        (reports, "does not let the beacon report", "connect-src", "https://cloudflareinsights.com"),
    ):
        if blocked:
            raise FailedError(
                f"the page's Content-Security-Policy {what}: {blocked}",
                f"Add {source} to its {directive} in the landing project, then redeploy it.",
            )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and values.get("http-equiv", "").lower() == HEADER:
            self.page.policies.append(values.get("content", ""))
        source = urlsplit(values.get("src", ""))
        loads = f"//{source.netloc}{source.path}" == SCRIPT.partition(":")[2]
        if tag == "script" and (loads or _ATTRIBUTE in values):
            found = _token(values.get(_ATTRIBUTE, "")) or parse_qs(source.query).get("token", [""])[0]
            self.page.elements.append(Element(token=found, nonce=values.get("nonce", "")))


def _token(attribute: str) -> str:
    try:
        found = json.loads(attribute)
    except ValueError:
        return ""
    return str(found.get("token", "")) if isinstance(found, dict) else ""
