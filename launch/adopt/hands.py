"""The vendor calls of an adoption outside the engine: making room, moving a domain, and undoing both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from contract.problem import Problem
from vendors import Access, Cloudflare, MissingError, Vercel
from vendors.adoptable import Obstacle, Way

Document = dict[str, Any]

RECORD_FIELDS = ("type", "name", "content", "proxied", "ttl", "priority", "comment")
"""The fields that define a record."""
PROJECT_FIELDS = (
    "framework",
    "rootDirectory",
    "nodeVersion",
    "enableAffectedProjectsDeployments",
    "gitForkProtection",
    "autoExposeSystemEnvs",
    "autoAssignCustomDomains",
)
"""Settings of a Vercel project that the stack declares. Vercel accepts them in the form in which it returns them."""


class HandsError(Problem):
    """Something at a vendor no longer matches the plan, so it was not touched."""


@dataclass(frozen=True)
class Hands:
    """The two vendors that an adoption calls directly. Every method raises VendorError."""

    cloudflare: Cloudflare
    vercel: Vercel

    @classmethod
    @contextmanager
    def of(cls, access: Access) -> Iterator[Hands]:
        """Open connections that close at the end of the block."""
        cloudflare = Cloudflare.connect(access)
        try:
            vercel = Vercel.connect(access)
            try:
                yield cls(cloudflare, vercel)
            finally:
                vercel.api.close()
        finally:
            cloudflare.api.close()

    def make_room(self, obstacle: Obstacle) -> None:
        """Take the obstacle out of the way; if that is already done, do nothing."""
        with suppress(MissingError):
            match obstacle.kind, obstacle.way:
                case "record", Way.REMOVE:
                    self.cloudflare.delete_dns_record(obstacle.where, obstacle.identifier)
                case "ruleset", Way.REMOVE:
                    self.cloudflare.delete_ruleset(obstacle.where, obstacle.identifier)
                case "variable", Way.REMOVE:
                    self.vercel.delete_variable(obstacle.where, obstacle.identifier)
                case "variable", Way.NARROW:
                    rest = list(obstacle.document["rest"])
                    self.vercel.update_variable(obstacle.where, obstacle.identifier, target=rest)
                case "domain", Way.DETACH:
                    self.vercel.remove_domain(obstacle.where, str(obstacle.document["name"]))

    def give_room_back(self, kind: str, way: str, where: str, identifier: str, document: Mapping[str, Any]) -> str:
        """Put back what was taken out of the way, unless it is there. Return why that is impossible, or ""."""
        match kind, Way(way):
            case "record", Way.REMOVE:
                there = self.cloudflare.dns_records(where, name=str(document["name"]), type=str(document["type"]))
                if not any(each["content"] == document["content"] for each in there):
                    self.cloudflare.create_dns_record(where, document)
            case "ruleset", Way.REMOVE:
                if not any(each["phase"] == document["phase"] for each in self._own_rulesets(where)):
                    self.cloudflare.create_ruleset(where, document)
            case "variable", Way.NARROW:
                there = [each for each in self.vercel.variables(where) if each["id"] == identifier]
                if not there:
                    return "it is gone by now"
                self.vercel.update_variable(where, identifier, target=list(document["target"]))
            case "domain", Way.DETACH:
                if not any(each["name"] == document["name"] for each in self.vercel.domains(where)):
                    fields = {name: value for name, value in document.items() if name != "name"}
                    self.vercel.add_domain(where, str(document["name"]), **fields)
            case _:
                return "its value was kept nowhere but in the deployments built with it"
        return ""

    def _own_rulesets(self, zone: str) -> list[Document]:
        return [each for each in self.cloudflare.rulesets(zone) if each.get("kind") == "zone"]

    def holder(self, host: str) -> str:
        """Return the id of the team's project that has the host, or "" if none has it."""
        for project in self.vercel.projects():
            if any(each["name"] == host for each in self.vercel.domains(project["id"])):
                return str(project["id"])
        return ""

    def move(self, host: str, source: str, target: str) -> None:
        """Give the host to the project `target`, wherever it is; if that is done, do nothing. Raises HandsError."""
        holder = self.holder(host)
        if holder == target:
            return
        if not holder:  # somebody else is between two calls
            self.vercel.add_domain(target, host)
            return
        if holder != source:
            what = f"it is on the project {holder} by now, neither on {source} nor on {target}"
            raise HandsError(what, where=host, remedy="Plan again.")
        self.vercel.move_domain(source, host, target)

    def production(self, project: str) -> str:
        """Return the id of the deployment that serves a project's production, or "" if there is none."""
        found = self.vercel.project(project) or {}
        return str(((found.get("targets") or {}).get("production") or {}).get("id") or "")
