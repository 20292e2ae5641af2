"""`launch open`: the home page for operators, on loopback, until it is interrupted."""

from __future__ import annotations

import sys
import webbrowser

import click

from launch.cli import VERBS
from launch.home import Pages, Server, serve
from launch.report import Answer, plain_verb
from launch.selection import chosen


@plain_verb("open", help="Serve status, drift, verify, runbook, history and picture on loopback, as last recorded.")
@click.option("--stack", "name", help="The stack that is shown; by default PULUMI_STACK or the sandbox's.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes one that is free.")
@click.option(
    "--browser/--no-browser", default=None, help="Open it in a browser; by default if standard output is a terminal."
)
def open(*, name: str | None, port: int, browser: bool | None) -> Answer:  # noqa: A001 -- the verb's name
    """Return its address, once it has ended."""
    server = Server(Pages(stack=chosen(name), verbs=frozenset(VERBS)), port)
    click.echo(f"Serving {server.url} (Ctrl-C ends it).", err=True)
    if browser or (browser is None and sys.stdout.isatty()):
        webbrowser.open(server.url)
    serve(server)
    return Answer(document={"url": server.url}, text="Ended.")
