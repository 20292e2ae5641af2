"""The part of the clouds' store that is visible on the internet, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.state import Document


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
    """A zone on Cloudflare, with all settings that affect its hosts."""

    id: str
    name: str
    account: str
    serial: int
    name_servers: tuple[str, ...]
    records: tuple[Record, ...]
    settings: Mapping[str, str]
    redirect_rules: tuple[Document, ...]
    rate_limits: tuple[Document, ...]
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
        """Return a zone setting, or the default of a new zone."""
        return self.settings.get(name, default)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment on Vercel, with the environment of its build."""

    id: str
    environment: Mapping[str, str] = field(repr=False)
    regions: frozenset[str] = frozenset()
    """The regions of its functions."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Vercel project."""

    id: str
    name: str
    root_directory: str


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A host name that leads to a Vercel project."""

    name: str
    project: Project
    serves: Deployment | None
    protected: bool = False
    """Whether visitors must sign in at Vercel."""
    redirect: str | None = None
    redirect_status: int = 307
    certificate_valid: bool = True


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything visible at one version of the store."""

    version: int
    zones: tuple[Zone, ...]
    domains: Mapping[str, Domain]
    scripts: Mapping[str, Document]
    """Worker scripts by ACCOUNT/NAME."""
    namespaces: Mapping[str, Document] = field(default_factory=dict)
    """Namespaces of Durable Objects by id."""
    schedules: tuple[tuple[str, str], ...] = ()
    """Cron triggers: the script, as ACCOUNT/NAME, and the expression."""
    outages: frozenset[str] = frozenset()
    """Regions of Vercel in which no function runs."""
    dev_hosts: Mapping[str, str] = field(default_factory=dict)
    """Hosts below workers.dev: the script, as ACCOUNT/NAME."""
    auth_hosts: frozenset[str] = frozenset()
    """Hosts of Neon Auth."""

    def zone_of(self, host: str) -> Zone | None:
        """Return the zone that contains a host; the longest one, if zones are nested."""
        labels = host.split(".")
        parents = (".".join(labels[index:]) for index in range(len(labels)))
        return next((zone for parent in parents for zone in self.zones if zone.name == parent), None)
