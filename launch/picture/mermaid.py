"""The picture as a Mermaid flow chart, for Markdown."""

from __future__ import annotations

from launch.picture.graph import Graph


def mermaid(graph: Graph) -> str:
    """Return the chart in its fence."""
    lines = ["flowchart LR"]
    lines += [f'    {box.name}["<b>{box.name}</b><br/>{box.vendor}<br/>{box.contents}"]' for box in graph.boxes]
    for host, box in graph.hosts:
        node = host.replace(".", "_")
        lines += [f'    {node}(["{host}"])', f"    {node} --> {box}"]
    lines += [f"    {source} -.-> {target}" for source, target in graph.arrows]
    return "\n".join(["```mermaid", *lines, "```"])
