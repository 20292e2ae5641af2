"""The database's contents: tables by migration, plans of the rate limit, roles and policies that isolate tenants.

    schema = Schema("schema", SchemaArgs(database=database, secrets=secrets, remove_foreign=False, plans=[…]))
    schema.version, schema.isolation

An application must not be deployed before the schema, because its role does not exist until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi

from components.generated_secrets import GeneratedSecrets
from components.migrations import Migrations
from components.rate_limit import RateLimitPlans
from components.row_security import RowSecurity


class Migrated(Protocol):
    """A database."""

    owner_url: pulumi.Output[str]
    project_id: pulumi.Output[str]
    """Another id means another database."""


@dataclass(frozen=True, kw_only=True)
class SchemaArgs:
    """The database, its secrets, and how strict to be."""

    database: Migrated
    """Migrated by its owner, over the direct URL: a pooler loses the session that locks need."""
    secrets: GeneratedSecrets
    """Includes the passwords of the roles that are created in SQL."""
    remove_foreign: bool
    """Whether undeclared objects that a database already had are removed; else harmful ones fail the first update."""
    sql: str = "sql"
    """Folder of migrations and security, relative to the program's."""
    plans: Sequence[str] = ()
    """Rate limit plans as NAME=CALLS/SECONDS, the default first. Without any, the table is left as it is."""


class Schema(pulumi.ComponentResource):
    """Tables, roles and policies."""

    version: pulumi.Output[str]
    """The newest migration applied."""
    isolation: pulumi.Output[dict[str, Any]]
    """Fingerprint of everything that isolates tenants, counts of tables and policies, and unprotected relations."""

    def __init__(self, name: str, args: SchemaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Schema", name, None, opts)
        migrations = Migrations(
            f"{name}-migrations",
            database_url=args.database.owner_url,
            database_id=args.database.project_id,
            directory=f"{args.sql}/migrations",
            opts=pulumi.ResourceOptions(parent=self),
        )
        security = RowSecurity(
            f"{name}-row-security",
            database_url=args.database.owner_url,
            application_password=args.secrets.application_password,
            service_password=args.secrets.service_password,
            schema_version=migrations.version,
            directory=f"{args.sql}/security",
            remove_foreign=args.remove_foreign,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.plans:
            RateLimitPlans(
                f"{name}-plans",
                database_url=args.database.owner_url,
                plans=args.plans,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[migrations]),
            )
        self.version = migrations.version
        self.isolation = pulumi.Output.all(security.fingerprint, security.summary, security.unprotected).apply(
            lambda parts: {
                "fingerprint": parts[0],
                "tables": parts[1]["tables"],
                "policies": parts[1]["policies"],
                "unprotected": parts[2],
            }
        )
        self.register_outputs({"version": self.version, "isolation": self.isolation})
