"""The edge's view of the store, and its messages."""

from sandbox.edge.model import addresses
from sandbox.edge.model.addresses import VERCEL_SUFFIX, Network
from sandbox.edge.model.messages import Headers, Request, Response, end_to_end, host_of, page, redirect, text
from sandbox.edge.model.neon_sql import NeonSql
from sandbox.edge.model.snapshot import Project, Record, Snapshot, Zone
from sandbox.edge.model.store_reader import World

__all__ = [
    "VERCEL_SUFFIX",
    "Headers",
    "NeonSql",
    "Network",
    "Project",
    "Record",
    "Request",
    "Response",
    "Snapshot",
    "World",
    "Zone",
    "addresses",
    "end_to_end",
    "host_of",
    "page",
    "redirect",
    "text",
]
