"""The effect of a change on visitors, data and the bill, by type of resource."""

from __future__ import annotations

from collections.abc import Iterator

from contract import resource_types as kinds
from launch.preview.changes import Change, Kind
from launch.preview.values import at

_LOST = {
    kinds.NEON_PROJECT: "another database, which is EMPTY: every row stays behind in the old one",
    kinds.RANDOM_PASSWORD: "another secret: sessions end, or what was encrypted with it becomes unreadable",
    kinds.DNS_RECORD: "the name does not resolve until its successor is made, and as long as resolvers remember",
    kinds.VERCEL_DOMAIN: "the host is not served until it is attached again and has its certificate",
    kinds.VERCEL_PROJECT: "its deployments, domains and variables go with it",
    kinds.VERCEL_VARIABLE: "the next deployment reads the new value",
    kinds.VERCEL_DEPLOYMENT: "a new build takes over once it is ready; the earlier one stays at Vercel",
    kinds.WORKERS_SCRIPT: "the Worker goes, and what its Durable Objects hold with it",
    kinds.WORKERS_CUSTOM_DOMAIN: "the host answers nothing until its successor has a certificate",
    kinds.RULESET: "its rules are not in force until their successor is made",
    kinds.ZONE_SETTING: "the setting is Cloudflare's default again",
    kinds.WEB_ANALYTICS_SITE: "its history is lost, and pages need the new token",
    kinds.MIGRATIONS: "the ledger of another database is kept; tables and rows stay",
    kinds.ROW_SECURITY: "policies stay in force, and nobody repairs them",
}
"""The effect of a deletion, with or without a successor."""
_ROUTINE = frozenset({kinds.VERCEL_DEPLOYMENT, kinds.VERCEL_VARIABLE, kinds.MIGRATIONS})
"""Replaced whenever their contents change; nothing is lost by it."""
FREE_HISTORY_SECONDS = 21_600
"""The history that every plan of Neon includes."""


def routine(change: Change) -> bool:
    """Return whether it is a replacement by which nothing is lost."""
    return change.kind is Kind.REPLACE and change.type in _ROUTINE


def lost(change: Change) -> str:
    """Describe the effect of a deletion or replacement."""
    if change.kind is Kind.FORGET or (change.retained and change.kind is Kind.DELETE):
        return "it leaves the stack and stays at the vendor"
    return _LOST.get(change.type, "it is gone" if change.kind is Kind.DELETE else "it is made anew")


def costs(change: Change) -> Iterator[str]:
    """Yield the parts of a change that may appear on a bill or need a paid plan, one sentence each."""
    made = change.kind in (Kind.CREATE, Kind.REPLACE)
    paths = {each.path: each for each in change.properties}
    if change.type == kinds.NEON_PROJECT:
        if made:
            size = at(change.after, "defaultEndpointSettings.autoscalingLimitMaxCu")
            yield f"a compute of up to {_plain(size)} units, and storage"
        for path, each in paths.items():
            if path.startswith("defaultEndpointSettings."):
                yield f"compute size: {path.rpartition('.')[2]} from {each.before} to {each.after}"
        if "historyRetentionSeconds" in paths:
            each = paths["historyRetentionSeconds"]
            yield (
                f"history of {each.after} s instead of {each.before} s is stored; more than {FREE_HISTORY_SECONDS} s"
                " needs a paid plan"
            )
    if change.type == kinds.VERCEL_PROJECT and made:
        yield "builds, functions and traffic of another project count against the team's plan"
    if change.type == kinds.VERCEL_DEPLOYMENT and made:
        yield "one more build"
    if change.type == kinds.WORKERS_SCRIPT and (
        any(path.partition(".")[0] == "limits" for path in paths) or (made and change.after.get("limits"))
    ):
        yield "a CPU limit needs the paid plan of Workers"
    if change.type == kinds.RULESET and made and change.after.get("phase") == "http_ratelimit":
        yield "a rate limiting rule; a free zone has one in all"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "the default number of"
