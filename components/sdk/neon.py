"""Typed binding of the Neon provider, which has no maintained SDK.

It is the Terraform provider kislerdm/neon through Pulumi's bridge for any Terraform provider, bound in the shape of a
generated SDK. Only the project is bound: its default branch, role, database and endpoint come with it, and declaring
them as separate resources would bring hazards (N9 to N12; a role created here would bypass row security).
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable
from typing import cast

import pulumi
from pulumi.runtime.settings import register_package

from contract.plugins import BRIDGE, BRIDGE_VERSION

VERSION = "0.15.0"
"""Pinned: an upgrade has replaced projects before (N1), and 0.16 changes the shape of the endpoint settings (N7)."""


def parameter() -> str:
    """Return the base64 parameter that makes the bridge this provider."""
    remote = {"remote": {"url": "registry.opentofu.org/kislerdm/neon", "version": VERSION}}
    return base64.b64encode(json.dumps(remote, separators=(",", ":")).encode()).decode()


def _package() -> Awaitable[str]:
    return asyncio.ensure_future(register_package(BRIDGE, BRIDGE_VERSION, "", "neon", VERSION, parameter()))


@pulumi.input_type
class ProjectBranchArgs:
    """The default branch with its first role and database; a change replaces the project."""

    def __init__(self, *, name: str, role_name: str, database_name: str) -> None:
        pulumi.set(self, "name", name)
        pulumi.set(self, "role_name", role_name)
        pulumi.set(self, "database_name", database_name)

    name: str
    role_name: str = pulumi.property("roleName")
    database_name: str = pulumi.property("databaseName")


@pulumi.input_type
class ProjectDefaultEndpointSettingsArgs:
    """Compute of the default endpoint, read when the project is created; later changes do not reach it (N7)."""

    def __init__(self, *, minimum_units: float, maximum_units: float, suspend_timeout_seconds: int) -> None:
        pulumi.set(self, "minimum_units", minimum_units)
        pulumi.set(self, "maximum_units", maximum_units)
        pulumi.set(self, "suspend_timeout_seconds", suspend_timeout_seconds)

    minimum_units: float = pulumi.property("autoscalingLimitMinCu")
    maximum_units: float = pulumi.property("autoscalingLimitMaxCu")
    suspend_timeout_seconds: int = pulumi.property("suspendTimeoutSeconds")


@pulumi.input_type
class ProjectArgs:
    """A project's inputs. A change of organization, region, version or branch replaces it (N2)."""

    def __init__(
        self,
        *,
        name: str,
        org_id: str,
        region_id: str,
        pg_version: int,
        history_retention_seconds: int,
        store_password: str,
        branch: ProjectBranchArgs,
        default_endpoint_settings: ProjectDefaultEndpointSettingsArgs,
    ) -> None:
        pulumi.set(self, "name", name)
        pulumi.set(self, "org_id", org_id)
        pulumi.set(self, "region_id", region_id)
        pulumi.set(self, "pg_version", pg_version)
        pulumi.set(self, "history_retention_seconds", history_retention_seconds)
        pulumi.set(self, "store_password", store_password)
        pulumi.set(self, "branch", branch)
        pulumi.set(self, "default_endpoint_settings", default_endpoint_settings)

    name: str
    org_id: str = pulumi.property("orgId")
    region_id: str = pulumi.property("regionId")
    pg_version: int = pulumi.property("pgVersion")
    history_retention_seconds: int = pulumi.property("historyRetentionSeconds")
    store_password: str = pulumi.property("storePassword")
    """"yes" or "no": the provider has no booleans (N13)."""
    branch: ProjectBranchArgs
    default_endpoint_settings: ProjectDefaultEndpointSettingsArgs = pulumi.property("defaultEndpointSettings")


class Project(pulumi.CustomResource):
    """A Neon project with one branch, one role, one database and one endpoint."""

    default_branch_id: pulumi.Output[str] = pulumi.property("defaultBranchId")
    database_host: pulumi.Output[str] = pulumi.property("databaseHost")
    database_host_pooler: pulumi.Output[str] = pulumi.property("databaseHostPooler")
    database_name: pulumi.Output[str] = pulumi.property("databaseName")
    database_user: pulumi.Output[str] = pulumi.property("databaseUser")
    database_password: pulumi.Output[str] = pulumi.property("databasePassword")

    def __init__(self, resource_name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        for output in ("default_branch_id", *(f"database_{part}" for part in _DATABASE_PARTS)):
            args.__dict__[output] = None
        pinned = pulumi.ResourceOptions(version=VERSION, additional_secret_outputs=_SECRETS)
        super().__init__(
            "neon:index/project:Project",
            resource_name,
            # An input type, which the SDK turns into a mapping, contrary to its annotation.
            cast("pulumi.Inputs", args),
            pulumi.ResourceOptions.merge(pinned, opts),
            package_ref=_package(),
        )


_DATABASE_PARTS = ("host", "host_pooler", "name", "user", "password")
_SECRETS = ["connectionUri", "connectionUriPooler", "databasePassword"]
