"""What each host must do, as data. The program writes it as an output and the command line reads it."""

from __future__ import annotations

from typing import TypedDict


class Expectation(TypedDict, total=False):
    """What an answer must look like."""

    status: list[int]
    path: str
    """The path to request; the default is /."""
    location: str
    """Prefix of the Location header; the request's path and query follow."""
    header: str
    """Name of a header that must be present."""
    version: str
    """Version that the Worker reports at /health."""
    deep: bool
    """Whether /health?deep reports the state of the Worker's dependencies."""


class Host(TypedDict):
    """What a host does."""

    kind: str
    """site, application, worker, redirect or absent."""
    by: str
    """The Vercel project or Worker that answers; otherwise `redirect` (a rule of the zone) or `nothing`."""
    expect: Expectation
