"""Read the team's objects at Vercel: projects with their domains, variables and newest deployments."""

from __future__ import annotations

from typing import Any

from contract.twin import DATABASE, SECRET
from launch.mirror.model import Document, Reading, chosen
from vendors import Vercel

_NAME = "Vercel"
_NEWEST = 20
"""Number of deployments that a twin has per project, besides the production deployment."""
_USER = frozenset(("id", "email", "name", "username", "avatar", "defaultTeamId"))
_TEAM = frozenset(
    (
        *("id", "slug", "name", "avatar", "description", "createdAt", "sensitiveEnvironmentVariablePolicy"),
        *("enablePreviewFeedback", "enableProductionFeedback", "remoteCaching", "hideIpAddresses"),
        "hideIpAddressesInLogDrains",
    )
)
_PROJECT = frozenset(
    (
        *("id", "accountId", "name", "live", "createdAt", "updatedAt", "lastAliasRequest", "lastRollbackTarget"),
        *("buildCommand", "commandForIgnoringBuildStep", "devCommand", "framework", "installCommand"),
        *("outputDirectory", "previewDeploymentSuffix", "rootDirectory", "serverlessFunctionRegion"),
        *("ssoProtection", "trustedIps", "oidcTokenConfig", "optionsAllowlist", "autoExposeSystemEnvs"),
        *("enablePreviewFeedback", "enableProductionFeedback", "enableAffectedProjectsDeployments"),
        *("previewDeploymentsDisabled", "autoAssignCustomDomains", "gitLFS", "customerSupportCodeVisibility"),
        *("serverlessFunctionZeroConfigFailover", "gitForkProtection", "productionDeploymentsFastLane"),
        *("directoryListing", "protectedSourcemaps", "publicSource", "sourceFilesOutsideRootDirectory"),
        *("skewProtectionMaxAge", "gitComments", "gitProviderOptions", "resourceConfig", "nodeVersion"),
    )
)
_LINK = frozenset(
    (
        *("type", "org", "repo", "repoId", "repoOwnerId", "productionBranch", "sourceless"),
        *("createdAt", "updatedAt"),
    )
)
"""Without credentials, and without hooks, whose addresses are secrets."""
_DOMAIN = frozenset(
    (
        *("name", "apexName", "projectId", "redirect", "redirectStatusCode", "gitBranch", "customEnvironmentId"),
        *("createdAt", "updatedAt", "verified", "verification"),
    )
)
_VARIABLE = frozenset(
    (
        *("id", "key", "type", "target", "gitBranch", "comment", "customEnvironmentIds", "configurationId"),
        *("createdAt", "updatedAt", "createdBy", "updatedBy"),
    )
)
_DEPLOYMENT = frozenset(
    (
        *("id", "uid", "name", "projectId", "ownerId", "url", "target", "readyState", "readySubstate", "status"),
        *("alias", "aliasAssigned", "aliasError", "createdAt", "created", "buildingAt", "ready", "creator", "team"),
        *("gitSource", "source", "regions", "version", "type", "public"),
    )
)
_META = frozenset(
    (
        *("environment", "githubCommitRef", "githubCommitSha", "githubCommitOrg", "githubCommitRepo"),
        *("githubOrg", "githubRepo", "githubDeployment"),
    )
)
_OF_DATABASES = ("DATABASE_URL", "POSTGRES_URL")
"""Suffixes of keys whose variables contain the URL of the database; the twin's own replaces it."""


def read(vercel: Vercel, reading: Reading) -> Document:
    """Return the documents of the team. Raises VendorError."""
    user = reading.read(_NAME, "the user", vercel.user, {})
    projects = vercel.projects()
    found: Document = {"users": [chosen(user, _USER)], "teams": [chosen(vercel.own_team(), _TEAM)], "projects": []}
    parts: dict[str, Any] = {"domains": {}, "variables": {}, "deployments": {}, "aliases": {}}
    for project in projects:
        id_, name = str(project["id"]), str(project["name"])
        found["projects"].append(_project(project))

        def many(what: str, look: Any, name: str = name) -> list[Document]:  # noqa: ANN401 -- a look at one list
            listed: list[Document] = reading.read(_NAME, f"{what} of the project {name}", look, [])
            return listed

        domains = many("domains", lambda: vercel.domains(id_))  # noqa: B023 -- called at once, as are the others
        parts["domains"][id_] = [chosen(one, _DOMAIN) for one in domains]
        variables = many("variables", lambda: vercel.variables(id_))  # noqa: B023
        parts["variables"][id_] = [_variable(one) for one in variables]
        deployments = many("deployments", lambda: _deployments(vercel, project))  # noqa: B023
        parts["deployments"][id_] = [_deployment(one) for one in deployments]
        aliases = many("aliases", lambda: vercel.aliases(id_))  # noqa: B023
        parts["aliases"][id_] = [chosen(one, frozenset(("alias", "deploymentId", "createdAt"))) for one in aliases]
    return found | parts


def _project(project: Document) -> Document:
    link = project.get("link")
    targets = {
        name: chosen(one, frozenset(("id", "url", "target", "readyState", "createdAt")))
        for name, one in (project.get("targets") or {}).items()
        if isinstance(one, dict)
    }
    return chosen(project, _PROJECT) | {
        "link": chosen(link, _LINK) if isinstance(link, dict) else None,
        "targets": targets,
    }


def _variable(variable: Document) -> Document:
    key = str(variable["key"])
    return chosen(variable, _VARIABLE) | {"value": DATABASE if key.endswith(_OF_DATABASES) else SECRET}


def _deployments(vercel: Vercel, project: Document) -> list[Document]:
    """Return the newest deployments, and the production deployment, however old it is."""
    found = vercel.newest_deployments(str(project["id"]), _NEWEST)
    production = ((project.get("targets") or {}).get("production") or {}).get("id")
    if production and all(production not in (one.get("uid"), one.get("id")) for one in found):
        found.append(vercel.deployment(str(production)))
    return found


def _deployment(deployment: Document) -> Document:
    """Return a deployment with only the names of its variables."""
    meta = chosen(deployment.get("meta") or {}, _META)
    environment = deployment.get("env")
    names = sorted(environment) if isinstance(environment, list | dict) else None
    found = chosen(deployment, _DEPLOYMENT) | {"meta": meta} | ({"env": names} if names is not None else {})
    found["id"] = found.get("id") or found.pop("uid")
    found.pop("uid", None)
    return found
