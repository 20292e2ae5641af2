"""What each host must do, as data: the program writes it as an output, the command line reads it."""

from __future__ import annotations

from typing import TypedDict


class Expectation(TypedDict, total=False):
    """What an answer must look like."""

    status: list[int]
    path: str
    """To ask for; the default is /."""
    location: str
    """Beginning of the Location header; path and query of the request follow."""
    header: str
    """Name of a header that must be there."""
    version: str
    """Of the Worker, as its /health tells it."""
    deep: bool
    """Whether /health?deep tells whether what the Worker depends on answers."""


class Host(TypedDict):
    """What a host does."""

    kind: str
    """site, application, worker, redirect or absent."""
    by: str
    """Vercel project or Worker that answers, else `redirect` (a rule of the zone) or `nothing`."""
    expect: Expectation
