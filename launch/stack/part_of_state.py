"""A stack's state as it is exported, with some of its resources left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Resource = dict[str, Any]


def without(deployment: Mapping[str, Any], wanted: Callable[[Resource], bool]) -> dict[str, Any]:
    """Return the deployment with only the `wanted` resources, components and providers; nothing names a dropped one."""
    resources: list[Resource] = deployment.get("resources") or []
    kept = [each for each in resources if not _held(each) or wanted(each)]
    urns = {each["urn"] for each in kept}
    return {**deployment, "resources": [_freed(each, urns) for each in kept]}


def _held(resource: Resource) -> bool:
    """Return whether it is a resource at a vendor, not a component, provider or stack."""
    return bool(resource.get("custom")) and not str(resource["type"]).startswith("pulumi:")


def _freed(resource: Resource, urns: set[str]) -> Resource:
    freed = dict(resource)
    if "dependencies" in freed:
        freed["dependencies"] = [urn for urn in freed["dependencies"] if urn in urns]
    if "propertyDependencies" in freed:
        freed["propertyDependencies"] = {
            name: [urn for urn in found or () if urn in urns] for name, found in freed["propertyDependencies"].items()
        }
    for name in ("deletedWith",):
        if freed.get(name) and freed[name] not in urns:
            del freed[name]
    if "replaceWith" in freed:
        freed["replaceWith"] = [urn for urn in freed["replaceWith"] or () if urn in urns]
    return freed
