"""The engine must accept a state without some of its resources: nothing in it may reference a removed one."""

from __future__ import annotations

from typing import Any

from launch.stack.part_of_state import without

ROOT = "urn:pulumi:prod::prductr::pulumi:pulumi:Stack::prductr-prod"


def resource(name: str, *needs: str, **more: object) -> dict[str, Any]:
    return {
        "urn": name,
        "type": "a:index/b:B",
        "custom": True,
        "dependencies": list(needs),
        "propertyDependencies": {"one": list(needs), "none": None},
        **more,
    }


def test_nothing_references_a_dropped_resource_and_components_and_providers_stay() -> None:
    root = {"urn": ROOT, "type": "pulumi:pulumi:Stack"}
    component = {"urn": "component", "type": "prductr:launch:WebApp", "custom": False}
    provider = {"urn": "provider", "type": "pulumi:providers:vercel", "custom": True}
    kept = resource("kept", "dropped", "other", deletedWith="dropped", replaceWith=["dropped", "other"])
    there = [root, component, provider, resource("dropped"), kept, resource("other")]
    deployment = {"manifest": {"time": "now"}, "resources": there}
    left = without(deployment, lambda each: each["urn"] != "dropped")
    assert left["manifest"] == {"time": "now"}
    assert [each["urn"] for each in left["resources"]] == [ROOT, "component", "provider", "kept", "other"]
    assert left["resources"][3] == resource(
        "kept", "other", replaceWith=["other"], propertyDependencies={"one": ["other"], "none": []}
    )
    assert kept["dependencies"] == ["dropped", "other"]
