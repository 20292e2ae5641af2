"""HOST.localhost: the hosts for a browser on this machine, without changes to its DNS or trust store.

Browsers resolve *.localhost to this machine and treat it as secure, so plain http is enough. The simulated internet
sees the request as https; redirects to known hosts are rewritten, so that they stay on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit, urlunsplit

from sandbox.edge.model import Request, Response, Snapshot, page

SUFFIX = ".localhost"


@dataclass(frozen=True, kw_only=True)
class LocalView:
    """The browser's view of the host: its scheme and port."""

    scheme: str
    port: int

    def address(self, host: str) -> str:
        """Return the scheme and authority of a host in the browser."""
        return f"{self.scheme}://{host}{SUFFIX}:{self.port}"

    def request(self, request: Request) -> Request:
        """Return the request as the internet would receive it."""
        host = request.host.removesuffix(SUFFIX)
        return Request(
            method=request.method,
            scheme="https",
            host=host,
            target=request.target,
            headers=request.with_headers(("host", host)).headers,
            body=request.body,
            visitor=request.visitor,
        )

    def response(self, response: Response, snapshot: Snapshot) -> Response:
        """Return the response; a redirect to a simulated host is rewritten to stay on this machine."""
        location = response.header("location")
        if location is None:
            return response
        parts = urlsplit(location)
        if not parts.hostname or not (snapshot.zone_of(parts.hostname) or parts.hostname in snapshot.domains):
            return response
        local = urlsplit(self.address(parts.hostname))
        turned = urlunsplit(parts._replace(scheme=local.scheme, netloc=local.netloc))
        return response.with_headers(("location", turned))


def index(snapshot: Snapshot, view: LocalView) -> Response:
    """Return a page with a link to every host."""
    hosts = {record.name for zone in snapshot.zones for record in zone.records if record.type in ("A", "AAAA", "CNAME")}
    hosts |= {host for zone in snapshot.zones for host in zone.workers}
    links = "".join(f'<li><a href="{view.address(host)}/">{escape(host)}</a></li>' for host in sorted(hosts))
    body = f"<h1>Hosts of the sandbox</h1>\n<ul>{links}</ul>" if hosts else "<h1>The sandbox has no hosts yet</h1>"
    return page(200, "Hosts of the sandbox", body)
