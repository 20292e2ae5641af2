"""What the internet can see of the clouds' store at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.cloud.store import Document


@dataclass(frozen=True, kw_only=True)
class Record:
    """A DNS record."""

    name: str
    type: str
    content: str
    ttl: int
    proxied: bool
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A zone on Cloudflare with all that decides how its hosts answer."""

    id: str
    name: str
    account: str
    serial: int
    name_servers: tuple[str, ...]
    records: tuple[Record, ...]
    settings: Mapping[str, str]
    redirect_rules: tuple[Document, ...]
    workers: Mapping[str, str]
    """Custom domains: host name -> script."""
    routes: tuple[tuple[str, str], ...]
    """Worker routes: pattern -> script; an empty script switches Workers off for the pattern."""

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Record, ...]]:
        """The records of each name."""
        names = {record.name for record in self.records}
        return {name: tuple(record for record in self.records if record.name == name) for name in names}

    def setting(self, name: str, default: str) -> str:
        """A zone setting, or the default of a new zone."""
        return self.settings.get(name, default)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A production deployment on Vercel, with the environment that it was built with."""

    id: str
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Vercel project."""

    id: str
    name: str
    root_directory: str
    protected: bool
    """Whether its vercel.app addresses ask for a Vercel login."""
    production: Deployment | None


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A host name attached to a Vercel project."""

    name: str
    project: Project
    redirect: str | None
    redirect_status: int
    certificate_valid: bool


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything at one version of the store."""

    version: int
    zones: tuple[Zone, ...]
    projects: Mapping[str, Project]
    domains: Mapping[str, Domain]
    scripts: Mapping[str, Document]
    """Worker scripts by ACCOUNT/NAME."""

    def zone_of(self, host: str) -> Zone | None:
        """The zone to which a host belongs: the longest one whose labels end the host's."""
        labels = host.split(".")
        parents = (".".join(labels[index:]) for index in range(len(labels)))
        return next((zone for parent in parents for zone in self.zones if zone.name == parent), None)
