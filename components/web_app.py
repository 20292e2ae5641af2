"""A Vercel project with its domain, its environment and a production deployment.

    landing = WebApp("landing", WebAppArgs(site=settings.landing, host="prductr.com", ...))
    landing.domain      # a DNS record depends on it

One resource for each variable: the plural resource deletes everything that changed, waits and creates it again, and an
in-line environment overwrites both (V5, V6). The team is the provider's (`vercel:team`), validated with the settings
(V13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumiverse_vercel as vercel

from components.mark import MARK
from components.settings import Mistakes, RefusedError, Site, Source
from contract.environment_digest import environment_digest

TARGETS = ["production"]
"""Never combined with development, which cannot hold sensitive values (V2, V7)."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An environment variable."""

    value: pulumi.Input[str]
    sensitive: bool
    """A sensitive value can never be read back from Vercel, not even by its owner (V3)."""


@dataclass(frozen=True, kw_only=True)
class WebAppArgs:
    """A Next.js application."""

    site: Site
    source: Source
    host: str
    environment: Mapping[str, Variable]


class WebApp(pulumi.ComponentResource):
    """A Next.js application on Vercel."""

    project: vercel.Project
    domain: vercel.ProjectDomain
    deployment: vercel.Deployment

    def __init__(self, name: str, args: WebAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:WebApp", name, None, opts)
        self.project = self._project(name, args)
        self.domain = self._domain(name, args)
        variables = [self._variable(name, key, variable) for key, variable in sorted(args.environment.items())]
        self.deployment = self._deployment(name, args, variables)
        self.register_outputs({"project_id": self.project.id, "url": self.deployment.url})

    def _project(self, name: str, args: WebAppArgs) -> vercel.Project:
        return vercel.Project(
            f"{name}-project",
            name=args.site.project,
            framework="nextjs",
            git_repository=vercel.ProjectGitRepositoryArgs(
                type="github", repo=args.source.repository, production_branch=args.source.branch
            ),
            root_directory=None if args.site.directory == "." else args.site.directory,
            node_version=args.source.node_version,
            # The server's defaults may change (V11).
            resource_config=vercel.ProjectResourceConfigArgs(function_default_regions=[args.source.region], fluid=True),
            vercel_authentication=vercel.ProjectVercelAuthenticationArgs(deployment_type="standard_protection_new"),
            enable_affected_projects_deployments=False,
            automatically_expose_system_environment_variables=True,
            auto_assign_custom_domains=True,
            git_fork_protection=True,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )

    def _domain(self, name: str, args: WebAppArgs) -> vercel.ProjectDomain:
        return vercel.ProjectDomain(
            f"{name}-domain",
            project_id=self.project.id,
            domain=args.host,
            # The record is created after the domain; waiting for it here would time out and lose the domain (V9).
            wait_for_ready=False,
            # A domain leaves its old project before the new one can take it (V10).
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _variable(self, name: str, key: str, variable: Variable) -> vercel.ProjectEnvironmentVariable:
        return vercel.ProjectEnvironmentVariable(
            f"{name}-{key.lower().replace('_', '-')}",
            project_id=self.project.id,
            key=key,
            value=variable.value if variable.sensitive else _refuse_secret(key, variable.value),
            sensitive=variable.sensitive,
            targets=TARGETS,
            comment=MARK,
            opts=pulumi.ResourceOptions(
                parent=self,
                # A replacement with the same key conflicts with the old variable (V1).
                delete_before_replace=True,
                # A replacement also renews the deployment, so no deployment remains that was built with somebody
                # else's value. With a sensitive value, nobody could see that (V3).
                replace_on_changes=[] if variable.sensitive else ["value"],
            ),
        )

    def _deployment(
        self, name: str, args: WebAppArgs, variables: list[vercel.ProjectEnvironmentVariable]
    ) -> vercel.Deployment:
        return vercel.Deployment(
            f"{name}-deployment",
            project_id=self.project.id,
            ref=args.source.branch,
            production=True,
            # A changed variable reaches the application only with a new deployment (V12).
            meta={"environment": fingerprint(args.environment)},
            # A rollback promotes one of the earlier deployments.
            delete_on_destroy=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Not on the domain, which follows production by itself: a site is built and checked before it takes
                # over a host that another project still serves.
                depends_on=variables,
                replace_with=list[pulumi.Resource](variables),
            ),
        )


def fingerprint(environment: Mapping[str, Variable]) -> pulumi.Output[str]:
    """Return a digest that changes with the environment and reveals nothing about it.

    It is not secret: it has 64 bits, and an environment with secrets holds at least 190 unguessable bits.
    """
    values = {key: variable.value for key, variable in environment.items()}
    resolved: pulumi.Output[dict[str, str]] = pulumi.Output.all(**values)
    return pulumi.Output.unsecret(resolved.apply(environment_digest))


def _refuse_secret(key: str, value: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the same value. Raises RefusedError if it turns out to be a secret."""
    output = pulumi.Output.from_input(value)

    async def inspected() -> str:
        if await output.is_secret():
            mistakes = Mistakes()
            mistakes.add(key, "is given a secret, but is not sensitive", "Set sensitive=True, or give another value.")
            raise RefusedError("A variable would show a secret; it was not changed.", mistakes)
        return key

    passed: pulumi.Output[str] = pulumi.Output.from_input(inspected())
    return passed.apply(lambda _: output)
