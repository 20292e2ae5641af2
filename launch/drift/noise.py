"""Named rules for differences that providers report although nothing was changed.

A rule names the properties of one type that a vendor computes anew. Any other difference of the resource is drift.
The hazard numbers are those of docs/hazards.md, which names the issues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract import resource_types as kinds
from launch.drift.changes import Change

_CLOUDFLARE = "cloudflare/terraform-provider-cloudflare"
_PULUMI = "pulumi/pulumi-cloudflare"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Properties of one type whose differences mean nothing."""

    name: str
    """For people and machines, such as `dns-record-metadata`."""
    hazard: str
    """Its number in docs/hazards.md, or "" if it has none."""
    issues: tuple[str, ...]
    """Issues that report it, as OWNER/NAME#NUMBER."""
    type: str
    properties: frozenset[str]


RULES = (
    Rule(
        name="dns-record-metadata",
        hazard="C1",
        issues=tuple(f"{_CLOUDFLARE}#{number}" for number in (5378, 5517, 5858, 6076)),
        type=kinds.DNS_RECORD,
        properties=frozenset({"meta", "modifiedOn", "commentModifiedOn", "tagsModifiedOn", "proxiable"}),
    ),
    Rule(
        name="zone-setting-metadata",
        hazard="C13",
        issues=(f"{_CLOUDFLARE}#5891",),
        type=kinds.ZONE_SETTING,
        properties=frozenset({"editable", "enabled", "modifiedOn", "timeRemaining"}),
    ),
    Rule(
        name="worker-upload-metadata",
        hazard="C5",
        issues=tuple(f"{_CLOUDFLARE}#{number}" for number in (5892, 5522, 5439)),
        type=kinds.WORKERS_SCRIPT,
        properties=frozenset({"modifiedOn", "startupTimeMs", "lastDeployedFrom", "usageModel"}),
    ),
    Rule(
        name="ruleset-version",
        hazard="C10",
        issues=tuple(f"{_PULUMI}#{number}" for number in (444, 630, 939, 1164, 1213)),
        type=kinds.RULESET,
        properties=frozenset({"lastUpdated", "version"}),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """The changes of one resource that a rule explains."""

    resource: str
    rule: Rule
    changes: tuple[Change, ...]


def sifted(type_: str, changes: Sequence[Change]) -> tuple[list[Change], list[tuple[Rule, tuple[Change, ...]]]]:
    """Return the changes that no rule explains, and each rule with the changes that it explains."""
    rest, explained = list(changes), []
    for rule in (each for each in RULES if each.type == type_):
        if known := tuple(each for each in rest if each.property in rule.properties):
            explained.append((rule, known))
            rest = [each for each in rest if each not in known]
    return rest, explained
