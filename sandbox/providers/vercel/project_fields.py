"""Conversion of a project's settings between properties and the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.core import Value

_TEXTS = {
    "buildCommand": "buildCommand",
    "devCommand": "devCommand",
    "framework": "framework",
    "ignoreCommand": "commandForIgnoringBuildStep",
    "installCommand": "installCommand",
    "outputDirectory": "outputDirectory",
    "previewDeploymentSuffix": "previewDeploymentSuffix",
    "rootDirectory": "rootDirectory",
}
"""Settings that are null in the API if unset."""

_COERCED = ("buildCommand", "devCommand", "installCommand", "outputDirectory")
"""Texts for which the API returns null if the program has an empty one."""

_TRISTATE = {
    "enablePreviewFeedback": "enablePreviewFeedback",
    "enableProductionFeedback": "enableProductionFeedback",
    "enableAffectedProjectsDeployments": "enableAffectedProjectsDeployments",
}

_FLAGS = {
    "automaticallyExposeSystemEnvironmentVariables": "autoExposeSystemEnvs",
    "previewDeploymentsDisabled": "previewDeploymentsDisabled",
    "autoAssignCustomDomains": "autoAssignCustomDomains",
    "gitLfs": "gitLFS",
    "functionFailover": "serverlessFunctionZeroConfigFailover",
    "customerSuccessCodeVisibility": "customerSupportCodeVisibility",
    "protectedSourcemaps": "protectedSourcemaps",
    "gitForkProtection": "gitForkProtection",
    "prioritiseProductionBuilds": "productionDeploymentsFastLane",
    "directoryListing": "directoryListing",
}
"""Booleans that every update sends; false if unset."""

_SKEW_SECONDS = {"30 minutes": 1800, "4 hours": 14400, "12 hours": 43200, "1 day": 86400, "7 days": 604800}

_PROTECTION = {
    "standard_protection": "prod_deployment_urls_and_all_previews",
    "standard_protection_new": "all_except_custom_domains",
    "all_deployments": "all",
    "only_preview_deployments": "preview",
    "only_production_deployments": "production",
}
_IP_MODES = {"trusted_ip_required": "additional", "trusted_ip_optional": "exclusive"}


def creation(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request that creates a project, without settings that only an update accepts."""
    body: dict[str, Any] = {api: planned.get(name) for name, api in _TEXTS.items()}
    for name, api in (("ignoreCommand", "commandForIgnoringBuildStep"),):
        if name not in planned:
            del body[api]
    body["name"] = planned["name"]
    body |= {api: planned[name] for name, api in _TRISTATE.items() if name in planned}
    if "previewDeploymentsDisabled" in planned:
        body["previewDeploymentsDisabled"] = planned["previewDeploymentsDisabled"]
    if "gitRepository" in planned:
        body["gitRepository"] = {key: planned["gitRepository"][key] for key in ("type", "repo")}
    return body | _common(planned)


def update(planned: Mapping[str, Any], old_name: str) -> dict[str, Any]:
    """Return the request that sets all settings."""
    body: dict[str, Any] = {api: planned.get(name) for name, api in _TEXTS.items()}
    body |= {"name": planned["name"]} if planned["name"] != old_name else {}
    body |= {api: planned.get(name, False) for name, api in _FLAGS.items()}
    for name, api in _TRISTATE.items():
        if name in planned or name != "enableAffectedProjectsDeployments":
            body[api] = planned.get(name)
    body["skewProtectionMaxAge"] = _SKEW_SECONDS.get(planned.get("skewProtection", ""), 0)
    body["gitComments"] = planned.get("gitComments")
    body["optionsAllowlist"] = planned.get("optionsAllowlist")
    body["trustedSources"] = None
    password, addresses = planned.get("passwordProtection"), planned.get("trustedIps")
    body["passwordProtection"] = password and {
        "deploymentType": _PROTECTION[password["deploymentType"]],
        "password": password["password"],
    }
    body["trustedIps"] = addresses and {
        "deploymentType": _PROTECTION[addresses["deploymentType"]],
        "protectionMode": _IP_MODES[addresses.get("protectionMode", "trusted_ip_required")],
        "addresses": addresses["addresses"],
    }
    body |= {"nodeVersion": planned["nodeVersion"]} if planned.get("nodeVersion") else {}
    options = planned.get("gitProviderOptions")
    body |= {"gitProviderOptions": _git_options(options)} if options else {}
    return body | _common(planned)


def _common(planned: Mapping[str, Any]) -> dict[str, Any]:
    protection = (planned.get("vercelAuthentication") or {}).get("deploymentType", "standard_protection_new")
    body: dict[str, Any] = {"ssoProtection": {"deploymentType": _PROTECTION.get(protection, protection)}}
    if "oidcTokenConfig" in planned:
        body["oidcTokenConfig"] = planned["oidcTokenConfig"]
    resources = _resource_config(planned)
    return body | ({"resourceConfig": resources} if resources is not None else {})


def _resource_config(planned: Mapping[str, Any]) -> dict[str, Any] | None:
    given = planned.get("resourceConfig")
    config: dict[str, Any] = {}
    for name, api in (("functionDefaultCpuType", "functionDefaultMemoryType"),):
        config |= {api: given[name]} if given and name in given else {}
    for name in ("functionDefaultTimeout", "functionDefaultRegions", "fluid"):
        config |= {name: given[name]} if given and given.get(name) is not None else {}
    if "functionDefaultRegions" not in config and "serverlessFunctionRegion" in planned:
        config["functionDefaultRegions"] = [planned["serverlessFunctionRegion"]]
    if "onDemandConcurrentBuilds" in planned:
        config["elasticConcurrencyEnabled"] = planned["onDemandConcurrentBuilds"]
    if planned.get("buildMachineType"):
        config["buildMachineType"] = planned["buildMachineType"]
    return config if config or given is not None else None


def _git_options(options: Mapping[str, Any]) -> dict[str, Any]:
    names = ("requireVerifiedCommits", "gitCommitStatus", "consolidatedGitCommitStatus")
    body: dict[str, Any] = {name: options[name] for name in names if name in options}
    if "createDeployments" in options:
        body["createDeployments"] = "enabled" if options["createDeployments"] else "disabled"
    if "repositoryDispatchEvents" in options:
        body["disableRepositoryDispatchEvents"] = not options["repositoryDispatchEvents"]
    return body


def state(answer: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
    """Return a project's outputs from the response; `planned` provides the program's values that the API omits."""
    result: dict[str, Any] = {"name": answer["name"]}
    for name, api in _TEXTS.items():
        kept = planned.get(name) == "" and name in _COERCED and answer.get(api) is None
        result[name] = "" if kept else answer.get(api)
    result |= {name: answer.get(api) for name, api in _TRISTATE.items()}
    if (
        planned.get("enableAffectedProjectsDeployments") is False
        and result["enableAffectedProjectsDeployments"] is None
    ):
        result["enableAffectedProjectsDeployments"] = False
    result |= {name: bool(answer.get(api)) for name, api in _FLAGS.items()}
    result |= {"previewComments": answer.get("enablePreviewFeedback"), "publicSource": planned.get("publicSource")}
    ages = {seconds: name for name, seconds in _SKEW_SECONDS.items()}
    age = answer.get("skewProtectionMaxAge") or 0
    result["skewProtection"] = ages.get(age, f"unknown - {age} seconds") if age else None
    result["nodeVersion"] = answer.get("nodeVersion")
    result["oidcTokenConfig"] = {"issuerMode": (answer.get("oidcTokenConfig") or {}).get("issuerMode", "team")}
    result["optionsAllowlist"] = answer.get("optionsAllowlist")
    result |= _protection_state(answer, planned)
    result |= _resources_state(answer, planned)
    result["gitRepository"] = repository(answer)
    for name in ("gitComments", "gitProviderOptions"):
        result[name] = planned.get(name) and answer.get(name)
    if result["gitProviderOptions"]:
        result["gitProviderOptions"] = _git_options_state(result["gitProviderOptions"])
    return {name: value for name, value in result.items() if value is not None}


def _protection_state(answer: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
    names = {api: name for name, api in _PROTECTION.items()}

    def named(protection: Mapping[str, Any]) -> Value:
        return names.get(protection["deploymentType"], protection["deploymentType"])

    sso, password, addresses = (answer.get(key) for key in ("ssoProtection", "passwordProtection", "trustedIps"))
    result: dict[str, Any] = {"vercelAuthentication": {"deploymentType": named(sso) if sso else "none"}}
    if password:
        secret = (planned.get("passwordProtection") or {}).get("password", "")
        result["passwordProtection"] = {"deploymentType": named(password), "password": secret}
    if addresses:
        modes = {api: name for name, api in _IP_MODES.items()}
        result["trustedIps"] = {
            "deploymentType": named(addresses),
            "protectionMode": modes.get(addresses.get("protectionMode"), "trusted_ip_required"),
            "addresses": addresses.get("addresses", []),
        }
    return result


def _resources_state(answer: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
    config = answer.get("resourceConfig")
    region = answer.get("serverlessFunctionRegion")
    regions = (config or {}).get("functionDefaultRegions") or ([region] if region else [])
    result: dict[str, Any] = {}
    if "serverlessFunctionRegion" in planned:
        result["serverlessFunctionRegion"] = region
    if config is None and not regions:
        return result
    config = config or {}
    resources = {
        "functionDefaultCpuType": config.get("functionDefaultMemoryType"),
        "functionDefaultTimeout": config.get("functionDefaultTimeout"),
        "functionDefaultRegions": regions,
        "fluid": bool(config.get("fluid")),
    }
    result["resourceConfig"] = {name: value for name, value in resources.items() if value is not None}
    result["onDemandConcurrentBuilds"] = bool(config.get("elasticConcurrencyEnabled"))
    elastic = config.get("buildMachineSelection") == "elastic"
    result["buildMachineType"] = "elastic" if elastic else config.get("buildMachineType") or ""
    return result


def repository(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the git repository that a project is linked to."""
    link = answer.get("link") or {}
    match link.get("type"):
        case "github":
            repo = f"{link.get('org')}/{link.get('repo')}"
        case "gitlab":
            repo = (
                f"{link.get('projectNamespace')}/{str(link.get('projectUrl')).removesuffix('.git').rpartition('/')[2]}"
            )
        case "bitbucket":
            repo = f"{link.get('owner')}/{link.get('slug')}"
        case _:
            return None
    result = {"type": link["type"], "repo": repo, "productionBranch": link.get("productionBranch")}
    return {name: value for name, value in result.items() if value is not None}


def _git_options_state(options: Mapping[str, Any]) -> dict[str, Any]:
    names = ("requireVerifiedCommits", "gitCommitStatus", "consolidatedGitCommitStatus")
    result: dict[str, Any] = {name: options[name] for name in names if options.get(name) is not None}
    if options.get("createDeployments") is not None:
        result["createDeployments"] = options["createDeployments"] == "enabled"
    if options.get("disableRepositoryDispatchEvents") is not None:
        result["repositoryDispatchEvents"] = not options["disableRepositoryDispatchEvents"]
    return result
