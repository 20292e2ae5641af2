"""Everything that differs between stacks, read once, validated together, and then only passed on.

    settings = Settings.of_stack()    # raises one RefusedError that lists every mistake

Nothing else in this package reads configuration or environment.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pulumi
from pulumi.runtime import config as pulumi_config

from components.settings import protections
from components.settings.credentials import check_credentials
from components.settings.hostname import is_hostname
from components.settings.mail import LONGEST_POLICY, NOBODY, RESULTS, Mail, is_mailbox, is_mechanism
from components.settings.problems import RefusedError
from components.settings.rate_limits import RateLimits
from components.settings.reader import NAMESPACE, Configuration
from components.settings.reviews import Reviews
from components.settings.sizes import SIZES
from vendors import Access

ADOPTION = "LAUNCH_ADOPTION"
"""Environment variable that names the folder of an adoption."""
_NAME = r"(?!.*---)[a-z0-9._-]{1,100}"
"""Vercel: at most 100 characters, lower case letters, digits, dots, underscores and hyphens, no three in a row."""
_FOLDER = r"(?!\.{1,2}(?:/|\Z))[\w.@+~()\[\] -]+"
_PATH = rf"{_FOLDER}(?:/{_FOLDER})*"
_DIRECTORY = rf"\.|(?! )(?!.* \Z){_PATH}"
"""A dot means the repository's root."""
_BRANCH = r"(?!-)(?!@\Z)(?!.*(?:\.\.|@\{|\.(?:lock)?(?:/|\Z)))(?!.*/\.)(?!\.)[\w.@+=,%!\#-]+(?:/[\w.@+=,%!\#-]+)*"
"""Names that `git check-ref-format --branch` accepts, of characters that need no quotes in a URL or a shell."""
WIDEST_SCALING = 8
"""Maximum distance in compute units between smallest and largest size (Neon, "Autoscaling")."""
_A_FOLDER = "a folder relative to the repository, or . for its root"
_REPOSITORY = r"(?!-)[\w-]{1,39}/(?!\.{1,2}\Z)(?!.*\.git\Z)[\w.-]{1,100}"
_SENDER = "an SPF mechanism such as include:spf.example.com or ip4:192.0.2.0/24 (none wider than /8, of ip6 /16)"
_TEAM = r"[A-Za-z0-9][\w-]*"
"""A slug or an id."""


class Conductor(StrEnum):
    """The mode of the conductor host."""

    RESERVED = "reserved"
    ALIAS = "alias"
    ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The hosts below the domain, as full names."""

    www: str
    dashboard: str
    echome: str
    conductor: str


@dataclass(frozen=True, kw_only=True)
class Site:
    """A Vercel project and the folder of the repository that it is built from."""

    project: str
    directory: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """Repository, build and region of both sites."""

    repository: str
    branch: str
    region: str
    node_version: str
    """Major version of Node.js, as Vercel names it: 22.x."""


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """The Neon project. Everything that would replace it is set here, so no default can change underneath (N1, N2)."""

    organization: str
    project: str
    region: str
    version: int
    """Major version of PostgreSQL."""
    history_seconds: int
    """How far in the past a branch can start, in seconds. Small plans refuse Neon's default of a day (N6)."""
    minimum_compute_units: float
    maximum_compute_units: float
    replace_lost: bool
    """Whether a project may be created although this stack has had one (N4)."""
    remove_foreign_policies: bool
    """Whether undeclared objects that a database already had are removed; else harmful ones fail the first update."""


@dataclass(frozen=True, kw_only=True)
class EchomeSettings:
    """The gateway."""

    upstream: str
    """Base URL, or "" if there is none."""
    timeout_seconds: int
    cors_origins: tuple[str, ...]
    """Browser origins that may call the API."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one stack."""

    domain: str
    hosts: Hosts
    conductor: Conductor
    source: Source
    landing: Site
    dashboard: Site
    auth_url: str
    database: DatabaseSettings
    echome: EchomeSettings
    worker_cpu_milliseconds: int
    """CPU limit of one request; 0 leaves it to the plan."""
    mail: Mail
    master_key: str = field(repr=False)
    """Key with which users' secrets are encrypted today, 32 bytes in base64; "" if a new one may be generated."""
    enable_rls: bool
    enable_rate_limiting: bool
    protections_off: Mapping[str, protections.Off]
    """The protections that the two flags above switch off, by key."""
    rate_limits: RateLimits
    analytics_retention_days: int
    reviews: Reviews
    taking_over: bool
    """Whether a foreign resource stops only its own creation, so `--exclude` can leave it out."""
    adoption: Path | None
    """The folder that holds this run's adoption decisions, written by `launch adopt`; None in every other run."""
    access: Access = field(repr=False)
    """The vendors' addresses, with the credentials that the providers use."""

    @property
    def redirects(self) -> dict[str, str]:
        """Host -> target host; a redirect keeps path and query."""
        return {self.hosts.www: self.domain}

    @classmethod
    def of_stack(cls) -> Self:
        """Return the settings of the running program. Raises RefusedError."""
        values = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
        secrets = [key for key in values if pulumi_config.is_config_secret(key)]
        return cls.load(values, secrets=secrets, environment=os.environ, stack=pulumi.get_stack())

    @classmethod
    def load(
        cls,
        values: Mapping[str, str],
        *,
        secrets: Collection[str] = (),
        environment: Mapping[str, str],
        stack: str = "this stack",
        today: date | None = None,
    ) -> Self:
        """Return settings from configuration `values` by full key, of which those in `secrets` are encrypted.

        Raises RefusedError, which lists every mistake.
        """
        configuration = Configuration(values, secrets)
        settings = cls._read(configuration, environment, stack, today or datetime.now(UTC).date())
        configuration.refuse_unknown()
        _check_together(settings, configuration)
        check_credentials(configuration, environment)
        if count := len(configuration.mistakes.found):
            mistakes = "a mistake" if count == 1 else f"{count} mistakes"
            heading = f"The configuration of {stack} has {mistakes}; nothing was changed."
            raise RefusedError(heading, configuration.mistakes)
        return settings

    @classmethod
    def _read(cls, read: Configuration, environment: Mapping[str, str], stack: str, today: date) -> Self:
        domain = read.host("domain")
        flags = {key: read.flag(key) for key in protections.MEANINGS}
        mode = read.choice("conductor", list(Conductor))
        return cls(
            domain=domain,
            hosts=Hosts(
                www=read.host("wwwHost", domain),
                dashboard=read.host("dashboardHost", domain),
                echome=read.host("echomeHost", domain),
                conductor=read.host("conductorHost", domain),
            ),
            conductor=Conductor(mode) if mode in list(Conductor) else Conductor.RESERVED,
            source=Source(
                repository=read.text("repository", _REPOSITORY, "a GitHub repository (OWNER/NAME)"),
                branch=read.text("productionBranch", _BRANCH, "a branch"),
                region=read.text("region", r"[a-z]{3}\d", "a Vercel region such as iad1"),
                node_version=read.text("nodeVersion", r"[1-9]\d\.x", "a version of Node.js at Vercel such as 22.x"),
            ),
            landing=Site(
                project=read.text("landingProject", _NAME, "a Vercel project name"),
                directory=read.text("landingDirectory", _DIRECTORY, _A_FOLDER),
            ),
            dashboard=Site(
                project=read.text("dashboardProject", _NAME, "a Vercel project name"),
                directory=read.text("dashboardDirectory", _DIRECTORY, _A_FOLDER),
            ),
            auth_url=read.url("neonAuthUrl"),
            database=DatabaseSettings(
                organization=read.text("neonOrganization", r"org-[a-z0-9-]+", "the id of a Neon organization (org-…)"),
                project=read.text("databaseProject", r"\w(?:[\w .-]{0,62}[\w.-])?", "a name of at most 64 characters"),
                region=read.text(
                    "databaseRegion", r"(?:aws|azure)-[a-z]+(?:-[a-z]+)?-?\d?", "a Neon region such as aws-eu-central-1"
                ),
                version=read.integer("databaseVersion", 15, 18, "(major version of PostgreSQL)"),
                history_seconds=read.integer("databaseHistorySeconds", 0, 30 * 86400, "seconds"),
                minimum_compute_units=read.size("databaseMinimumComputeUnits", SIZES, "compute units"),
                maximum_compute_units=read.size("databaseMaximumComputeUnits", SIZES, "compute units"),
                replace_lost=read.flag("replaceLostDatabase"),
                remove_foreign_policies=read.flag("removeForeignPolicies"),
            ),
            echome=EchomeSettings(
                upstream=read.url("echomeUpstream", optional=True),
                timeout_seconds=read.integer("echomeTimeoutSeconds", 1, 100, "seconds"),
                cors_origins=read.words("echomeCorsOrigins", _is_origin, "an origin such as https://app.example.com"),
            ),
            worker_cpu_milliseconds=read.integer("workerCpuMilliseconds", 0, 300_000, "milliseconds"),
            mail=Mail(
                servers=read.words("mailServers", _receives, "a host name, or . for a domain that receives no mail"),
                senders=read.words("mailSenders", is_mechanism, _SENDER),
                others=read.choice("mailFromOthers", list(RESULTS)),
                dmarc_policy=read.choice("dmarcPolicy", ("none", "quarantine", "reject")),
                dmarc_reports=read.words("dmarcReports", is_mailbox, "an e-mail address such as dmarc@example.com"),
            ),
            master_key=read.secret("userSecretsMasterKey", _is_key, "32 bytes in base64"),
            enable_rls=flags["enableRls"],
            enable_rate_limiting=flags["enableRateLimiting"],
            protections_off=protections.off(
                read, {key: read.values.get(f"{NAMESPACE}:{key}") != "false" for key in flags}, stack=stack, today=today
            ),
            rate_limits=RateLimits.read(read),
            analytics_retention_days=read.integer("analyticsRetentionDays", 1, 3650, "days"),
            reviews=Reviews.read(read),
            taking_over=read.flag("takingOver"),
            adoption=Path(environment[ADOPTION]) if environment.get(ADOPTION) else None,
            access=_access(read, environment),
        )


def _is_origin(value: str) -> bool:
    parts = urlsplit(value)
    return bool(re.fullmatch(r"https://[a-z0-9.-]+(?::\d{1,5})?", value)) and is_hostname(parts.hostname or "")


def _access(read: Configuration, environment: Mapping[str, str]) -> Access:
    try:
        return Access.of(read.values, environment)
    except ValueError as error:
        read.mistakes.add("a vendor's address", str(error), "Use https.")
        return Access.of({}, {})


def _receives(value: str) -> bool:
    return value == NOBODY or is_hostname(value)


def _is_key(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 32
    except binascii.Error:
        return False


def _check_together(settings: Settings, configuration: Configuration) -> None:
    """Note mistakes that no single value shows."""
    keys = {
        "wwwHost": settings.hosts.www,
        "dashboardHost": settings.hosts.dashboard,
        "echomeHost": settings.hosts.echome,
        "conductorHost": settings.hosts.conductor,
    }
    seen: dict[str, str] = {}
    for key, host in keys.items():
        if host and (other := seen.setdefault(host, key)) != key:
            configuration.wrong(key, f"{configuration.shown(key, host)} is also the {other}")
    upstream = urlsplit(settings.echome.upstream).hostname
    if upstream in (settings.domain, *keys.values()):
        configuration.wrong("echomeUpstream", "leads back to a host of this launch, which serves something else")
    if settings.landing.project and settings.landing.project == settings.dashboard.project:
        project = configuration.shown("landingProject", settings.landing.project)
        configuration.wrong("landingProject", f"{project} is also the dashboardProject")
    least, most = settings.database.minimum_compute_units, settings.database.maximum_compute_units
    if least > most:
        configuration.wrong("databaseMinimumComputeUnits", f"{least:g} is more than the databaseMaximumComputeUnits")
    elif most - least > WIDEST_SCALING:
        reason = f"is more than {WIDEST_SCALING} above the databaseMinimumComputeUnits, which is more than Neon scales"
        configuration.wrong("databaseMaximumComputeUnits", f"{most:g} {reason}")
    if NOBODY in settings.mail.servers and len(settings.mail.servers) > 1:
        configuration.wrong("mailServers", f"{NOBODY} means that the domain receives no mail, so it must be alone")
    if all(map(is_mechanism, settings.mail.senders)) and (flaw := settings.mail.flaw):
        configuration.wrong("mailSenders", flaw)
    if len(settings.mail.dmarc) > LONGEST_POLICY:
        flaw = f"the DMARC policy has {len(settings.mail.dmarc)} characters; a TXT record holds {LONGEST_POLICY}"
        configuration.wrong("dmarcReports", flaw)
    team = configuration.values.get("vercel:team", "")
    if not re.fullmatch(_TEAM, team, re.ASCII):
        shown = configuration.shown("vercel:team", team)
        what = f"{shown} is not a team's slug; without one, resources land in a personal account"
        configuration.mistakes.add("vercel:team", what, "pulumi config set vercel:team SLUG")
