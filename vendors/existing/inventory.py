"""What the vendors have. Each list is read once, when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any, Self, TypeVar

from vendors.access import Access
from vendors.cloudflare import Cloudflare
from vendors.existing.model import Wanted
from vendors.neon import Neon
from vendors.vercel import Vercel

Document = dict[str, Any]
T = TypeVar("T")


@dataclass
class Inventory:
    """Lists of the three vendors, cached. Every method raises VendorError."""

    access: Access
    holds_data: Callable[[str], bool]
    """Whether the database behind a URL with credentials has tables of its own; raising means that this is unknown."""
    declared: Sequence[Wanted] = ()
    """Everything that the program declares, including what is not looked up: none of it blocks the rest."""
    _read: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("cloudflare", "vercel", "neon"):
            if name in self.__dict__:  # created on first use
                self.__dict__[name].api.close()

    @cached_property
    def cloudflare(self) -> Cloudflare:
        """The client."""
        return Cloudflare.connect(self.access)

    @cached_property
    def vercel(self) -> Vercel:
        """The client, for the team."""
        return Vercel.connect(self.access)

    @cached_property
    def neon(self) -> Neon:
        """The client."""
        return Neon.connect(self.access)

    def records(self, zone: str) -> list[Document]:
        """DNS records of a zone."""
        return self._once(("records", zone), lambda: self.cloudflare.dns_records(zone))

    def rulesets(self, zone: str) -> list[Document]:
        """A zone's own rulesets, without rules."""
        return self._once(("rulesets", zone), lambda: self.cloudflare.rulesets(zone))

    def script_settings(self, account: str, name: str) -> Document | None:
        """Bindings of a Worker; None if there is no such Worker."""
        return self._once(("script", account, name), lambda: self.cloudflare.script_settings(account, name))

    def custom_domains(self, account: str) -> list[Document]:
        """Custom domains of Workers."""
        return self._once(("domains", account), lambda: self.cloudflare.custom_domains(account))

    def sites(self, account: str) -> list[Document]:
        """Web Analytics sites."""
        return self._once(("sites", account), lambda: self.cloudflare.analytics_sites(account))

    def project(self, name: str) -> Document | None:
        """A Vercel project."""
        return self._once(("project", name), lambda: self.vercel.project(name))

    def projects(self) -> list[Document]:
        """All Vercel projects of the team."""
        return self._once(("projects",), lambda: self.vercel.projects())

    def domains(self, project: str) -> list[Document]:
        """Domains of a Vercel project."""
        return self._once(("domains of", project), lambda: self.vercel.domains(project))

    def variables(self, project: str) -> list[Document]:
        """Variables of a Vercel project."""
        return self._once(("variables of", project), lambda: self.vercel.variables(project))

    def deployments(self, project: str) -> list[Document]:
        """Deployments of a Vercel project, by its id."""
        return self._once(("deployments of", project), lambda: self.vercel.deployments(project))

    def databases(self, organization: str, name: str) -> list[Document]:
        """Neon projects of exactly this name, oldest first."""

        def read() -> list[Document]:
            found = [each for each in self.neon.projects(organization, name) if each["name"] == name]
            return sorted(found, key=lambda each: str(each.get("created_at", "")))

        return self._once(("databases", organization, name), read)

    def _once(self, key: tuple[str, ...], read: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._read:
                self._read[key] = read()
            found: T = self._read[key]
            return found
