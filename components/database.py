"""The Neon project: one branch, one database, one owner.

Neon's API gives every role BYPASSRLS, the owner included, so the owner only migrates. The application's roles are
created in SQL (see `schema.py`), and no role is ever declared here.

    database = Database("database", DatabaseArgs(settings=settings.database, earlier=None))
    database.owner_url                         # direct: migrations need a session
    database.pooled_url("prductr_app", password)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import pulumi

from components.sdk import neon
from components.settings import DatabaseSettings

BRANCH = "main"
OWNER = "neondb_owner"
NAME = "neondb"

PLAN_SUSPEND_TIMEOUT = 0
"""0 leaves the time until an idle endpoint suspends to the plan."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """The database to declare."""

    settings: DatabaseSettings
    earlier: Mapping[str, str] | None
    """The database summary from this stack's last update, which names the database that exists or should exist."""


class Database(pulumi.ComponentResource):
    """A protected Neon project."""

    project_id: pulumi.Output[str]
    pooled_host: pulumi.Output[str]
    owner_url: pulumi.Output[str]
    """The owner's URL on the direct host, which keeps a session."""
    summary: pulumi.Output[dict[str, str]]
    """Ids and hosts for operators. Contains no secret."""

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Database", name, None, opts)
        project = self._project(name, args)
        self.project_id = project.id
        self.pooled_host = project.database_host_pooler
        password: pulumi.Output[str] = pulumi.Output.secret(project.database_password)
        self.owner_url = _url(project.database_user, password, project.database_host)
        self.summary = pulumi.Output.all(
            project_id=self.project_id,
            branch_id=project.default_branch_id,
            host=project.database_host,
            pooled_host=self.pooled_host,
            name=project.database_name,
        ).apply(lambda parts: dict(parts))
        self.register_outputs({"owner_url": self.owner_url, "summary": self.summary})

    def pooled_url(self, role: str, password: pulumi.Input[str]) -> pulumi.Output[str]:
        """Return the URL with which `role` connects for single statements and transactions."""
        return _url(role, password, self.pooled_host)

    def _project(self, name: str, args: DatabaseArgs) -> neon.Project:
        settings = args.settings
        return neon.Project(
            f"{name}-project",
            neon.ProjectArgs(
                name=settings.project,
                org_id=settings.organization,
                region_id=settings.region,
                pg_version=settings.version,
                history_retention_seconds=settings.history_seconds,
                store_password="yes",  # noqa: S106 -- a yes or no, not a password
                branch=neon.ProjectBranchArgs(name=BRANCH, role_name=OWNER, database_name=NAME),
                default_endpoint_settings=neon.ProjectDefaultEndpointSettingsArgs(
                    minimum_units=settings.minimum_compute_units,
                    maximum_units=settings.maximum_compute_units,
                    suspend_timeout_seconds=PLAN_SUSPEND_TIMEOUT,
                ),
            ),
            # A replacement is a new, empty project. Protection refuses it; if that were lifted, the data would still
            # stay (N1-N5).
            pulumi.ResourceOptions(
                parent=self,
                protect=True,
                retain_on_delete=True,
                # They reach the compute only at its creation, so the report of a later change would be false (N7).
                ignore_changes=["defaultEndpointSettings"],
                hooks=pulumi.ResourceHookBinding(before_create=[self._refuse_second(name, args)]),
            ),
        )

    def _refuse_second(self, name: str, args: DatabaseArgs) -> pulumi.ResourceHook:
        """Stop the creation of a project, at preview too, if this stack has already had one: it would be empty (N4).

        A refresh forgets a project that the API did not find, and the next update would then silently create another.
        """

        def refuse(_: pulumi.ResourceHookArgs) -> None:
            if not args.settings.replace_lost:
                refuse_second_project(args.earlier)

        return pulumi.ResourceHook(f"{name}-refuse-second", refuse, pulumi.ResourceHookOptions(on_dry_run=True))


def refuse_second_project(earlier: Mapping[str, str] | None) -> None:
    """Raise ValueError if the stack's outputs still name a database."""
    if earlier:
        raise ValueError(
            f"This stack has had the Neon project {earlier['project_id']}; another one would be empty.\n"
            f"If this run would replace it, its branch {BRANCH}, database {NAME} or role {OWNER} was renamed at"
            " Neon: rename it back (N3). If the project exists but is not in the state, bring it back with"
            " `pulumi import`. Only if it is lost for good, run pulumi config set replaceLostDatabase true"
        )


def _url(role: pulumi.Input[str], password: pulumi.Input[str], host: pulumi.Input[str]) -> pulumi.Output[str]:
    # Neon's own connection_uri does not escape the password (N14).
    return pulumi.Output.all(role, password, host).apply(
        lambda parts: f"postgresql://{quote(parts[0])}:{quote(parts[1], safe='')}@{parts[2]}/{NAME}?sslmode=require"
    )
