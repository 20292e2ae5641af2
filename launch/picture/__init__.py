"""The picture of a stack: its parts, and what flows where, from a declaration or from a state."""

from launch.picture.graph import Box, Graph, Part, graph, of_state
from launch.picture.mermaid import mermaid
from launch.picture.svg import svg

__all__ = ["Box", "Graph", "Part", "graph", "mermaid", "of_state", "svg"]
