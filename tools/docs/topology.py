"""A picture of the deployment, drawn from the program's declaration for production.

Boxes are components with their resources, arrows are dependencies between their resources, rounded boxes are hosts.
"""

from __future__ import annotations

from typing import Any

from launch.picture import Part, graph, mermaid
from tools.program.declared import rehearse

_STACK = "prod"


def picture() -> str:
    """Return a Mermaid flow chart, as Markdown."""
    rehearsed = rehearse(_STACK)
    resources: list[dict[str, Any]] = rehearsed["resources"]
    component = {each["name"]: each["parent"] for each in resources if each.get("custom")}
    parts = [
        Part(
            type=each["type"],
            component=each["parent"],
            hosts=tuple(host for key in ("domain", "hostname") if (host := each["inputs"].get(key))),
            needs=tuple(component[needed] for needed in each["dependsOn"]),
        )
        for each in resources
        if each.get("custom")
    ]
    # Dependencies of a component as a whole.
    also = [
        (component[needed], each["name"])
        for each in resources
        if not each.get("custom")
        for needed in each["dependsOn"]
    ]
    return mermaid(graph(parts, rehearsed["outputs"]["hosts"], also))
