"""The fields of a project: its settings with their defaults, and their validation."""

from __future__ import annotations

import re
import zlib
from typing import Any

from sandbox.cloud.vercel.protocol import FRAMEWORKS, REGIONS, ApiError, bad_request
from sandbox.state import Document

_NAME = re.compile(r"[a-z0-9._-]{1,100}")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_NODE_VERSIONS = ("24.x", "22.x", "20.x")
_PROTECTIONS = (
    "all",
    "preview",
    "prod_deployment_urls_and_all_previews",
    "all_except_custom_domains",
)
_PARTLY_CHANGED = ("oidcTokenConfig", "gitComments", "gitProviderOptions", "resourceConfig")
"""Settings that are objects: a change lists only the keys to change; null changes nothing."""
_RESOURCES: Document = {
    "fluid": True,
    "functionDefaultRegions": ["iad1"],
    "functionDefaultTimeout": 300,
    "functionDefaultMemoryType": "standard",
    "elasticConcurrencyEnabled": False,
    "buildMachineType": "standard",
    "buildMachineSelection": "fixed",
}
SETTINGS: Document = {
    "buildCommand": None,
    "commandForIgnoringBuildStep": None,
    "devCommand": None,
    "framework": None,
    "installCommand": None,
    "outputDirectory": None,
    "previewDeploymentSuffix": None,
    "rootDirectory": None,
    "serverlessFunctionRegion": "iad1",
    "ssoProtection": {"deploymentType": "all_except_custom_domains"},
    "passwordProtection": None,
    "trustedIps": None,
    "trustedSources": None,
    "oidcTokenConfig": {"enabled": True, "issuerMode": "team"},
    "optionsAllowlist": None,
    "autoExposeSystemEnvs": True,
    "enablePreviewFeedback": None,
    "enableProductionFeedback": None,
    "enableAffectedProjectsDeployments": True,
    "previewDeploymentsDisabled": False,
    "autoAssignCustomDomains": True,
    "gitLFS": False,
    "serverlessFunctionZeroConfigFailover": False,
    "customerSupportCodeVisibility": False,
    "gitForkProtection": True,
    "productionDeploymentsFastLane": True,
    "directoryListing": False,
    "protectedSourcemaps": False,
    "publicSource": None,
    "sourceFilesOutsideRootDirectory": True,
    "skewProtectionMaxAge": 0,
    "gitComments": {"onCommit": False, "onPullRequest": True},
    "gitProviderOptions": {"createDeployments": "enabled"},
    "resourceConfig": _RESOURCES,
    "nodeVersion": "24.x",
}
"""Every setting that a client may change, with its default for a new project."""

UNCHANGING: Document = {
    "alias": [],
    "defaultResourceConfig": _RESOURCES,
    "deploymentExpiration": {
        "expirationDays": 36500,
        "expirationDaysProduction": 36500,
        "expirationDaysCanceled": 36500,
        "expirationDaysErrored": 36500,
        "deploymentsToKeep": 10,
    },
}
"""Fields that the API shows for every project and the sandbox never changes."""

_OTHER_TYPES: dict[str, type] = {
    **dict.fromkeys(("passwordProtection", "trustedIps", "trustedSources", "optionsAllowlist"), dict),
    **dict.fromkeys(("enablePreviewFeedback", "enableProductionFeedback", "publicSource"), bool),
}
TYPES: dict[str, type] = {
    key: _OTHER_TYPES.get(key, str) if value is None else type(value) for key, value in SETTINGS.items()
}
"""The type of each setting."""


def check_name(name: object) -> str:
    """Return the name. Raises ApiError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or "---" in name:
        raise bad_request(
            "Project names can be up to 100 characters long and must be lowercase. They can include letters, digits, "
            "and the following characters: '.', '_', '-'. However, they cannot contain the sequence '---'."
        )
    return name


def changed(project: Document, wanted: Document) -> Document:
    """Return the project with the requested settings. Raises ApiError for a value that is not allowed."""
    settings = {key: value for key, value in wanted.items() if key in SETTINGS}
    _one_of(settings, "framework", FRAMEWORKS)
    _one_of(settings, "nodeVersion", _NODE_VERSIONS)
    _one_of(settings, "serverlessFunctionRegion", REGIONS)
    for key in _PARTLY_CHANGED:
        if isinstance(part := settings.get(key, {}), dict):
            settings[key] = (project[key] or {}) | part
        else:
            settings[key] = project[key]
    if isinstance(resources := settings.get("resourceConfig"), dict):
        for region in resources.get("functionDefaultRegions") or []:
            _one_of({"resourceConfig.functionDefaultRegions": region}, "resourceConfig.functionDefaultRegions", REGIONS)
    if isinstance(protection := settings.get("ssoProtection"), dict):
        _one_of(protection, "deploymentType", _PROTECTIONS)
    if isinstance(protection := settings.get("passwordProtection"), dict):
        # The password is accepted but never returned.
        settings["passwordProtection"] = {key: value for key, value in protection.items() if key != "password"}
    if settings.get("rootDirectory") in ("", "."):
        settings["rootDirectory"] = None
    return project | settings


def link(repository: Any, now: int, production_branch: str = "main") -> Document:  # noqa: ANN401 -- JSON
    """Return the project's connection to its repository, from `{type, repo}`. Raises ApiError."""
    if not isinstance(repository, dict) or repository.get("type") != "github":
        raise bad_request("Invalid request: `gitRepository.type` should be `github`: no other provider is connected.")
    name = repository.get("repo")
    if not isinstance(name, str) or not _REPOSITORY.fullmatch(name):
        raise ApiError(400, "bad_request", "Invalid request: `gitRepository.repo` should be `owner/name`.")
    organization, repo = name.split("/")
    return {
        "type": "github",
        "org": organization,
        "repo": repo,
        "repoId": zlib.crc32(name.encode()),
        "repoOwnerId": zlib.crc32(organization.encode()),
        "productionBranch": production_branch,
        "deployHooks": [],
        "gitCredentialId": "",
        "sourceless": False,
        "createdAt": now,
        "updatedAt": now,
    }


def _one_of(settings: Document, key: str, allowed: tuple[str, ...]) -> None:
    value = settings.get(key)
    if value is not None and value not in allowed:
        names = ", ".join(allowed)
        raise bad_request(f"Invalid request: `{key}` should be equal to one of the allowed values: {names}.")
