"""Small stand-ins for the applications of the git repository, which is not part of the sandbox.

Each implements only the behaviour that the launch depends on, with the environment of its deployment.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from html import escape

import psycopg

from sandbox.edge.model import Project, Request, Response, page, redirect

log = logging.getLogger(__name__)

Connect = Callable[[str], Awaitable[psycopg.AsyncConnection]]
"""A function that opens a database by the URL in the application's environment."""
Application = Callable[[Request, Mapping[str, str], Connect], Awaitable[Response]]

_BEACON = "https://static.cloudflareinsights.com/beacon.min.js"
_PAGES = {
    "/": "prductr",
    "/lisa": "Lisa",
    "/carlos": "Carlos",
    "/conductor": "Conductor",
    "/privacy": "Privacy",
    "/support": "Support",
}


async def landing(request: Request, environment: Mapping[str, str], _connect: Connect) -> Response:
    """Serve the landing site: public pages, with the analytics beacon if there is a token for it."""
    title = _PAGES.get(request.path)
    if title is None:
        return page(404, "Not found", "<h1>404</h1>")
    token = environment.get("NEXT_PUBLIC_CF_BEACON_TOKEN")
    beacon = f'<script defer src="{_BEACON}" data-cf-beacon="{escape(json.dumps({"token": token}))}"></script>'
    heading = f"<h1>{escape(title)}</h1><p>Landing site (stand-in of the sandbox)</p>"
    return page(200, title, heading + (f"\n{beacon}" if token else ""))


async def dashboard(request: Request, environment: Mapping[str, str], connect: Connect) -> Response:
    """Serve the dashboard: it redirects to the login without a session, and fails without the database."""
    if request.path == "/login":
        return page(200, "Sign in", "<h1>Sign in</h1><p>Dashboard (stand-in of the sandbox)</p>")
    try:
        connection = await connect(environment["CONDUCTOR_DATABASE_URL"])
        async with connection:
            await connection.execute("select 1")
    except KeyError:
        log.warning("%s: the dashboard has no CONDUCTOR_DATABASE_URL", request.url)
        return page(500, "Error", "<h1>500</h1><p>Internal Server Error</p>")
    except psycopg.Error as error:
        log.warning("%s: the dashboard's database: %s", request.url, error)
        return page(500, "Error", "<h1>500</h1><p>Internal Server Error</p>")
    return redirect(307, "/login")


async def unknown(_request: Request, _environment: Mapping[str, str], _connect: Connect) -> Response:
    """Serve a project whose application has no stand-in."""
    return page(200, "A project", "<p>The sandbox has no stand-in for this project's application.</p>")


_BY_FOLDER: Mapping[str, Application] = {"packages/landing": landing, "apps/dashboard": dashboard}


def runs_functions(project: Project) -> bool:
    """Return whether functions in a region render the project's pages; the landing site's pages are files."""
    return of(project) is not landing


def of(project: Project) -> Application:
    """Return the stand-in for the project's folder of the git repository."""
    return _BY_FOLDER.get(project.root_directory.strip("/"), unknown)
