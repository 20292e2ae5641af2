"""The picture as SVG for a page: hosts on the left, then each box to the right of the boxes that need it.

Everything that it shows is on the page as text as well, so that a screen reader loses nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from launch.picture.graph import Graph

_WIDTH, _GAP, _LINE, _PAD = 230, 70, 18, 10
_LETTERS = 30
"""Number of letters that fit into a box."""
_LINES = 4
_HEIGHT = _LINES * _LINE + 2 * _PAD
_STEP = _HEIGHT + 24


def svg(graph: Graph) -> str:
    """Return an element for the middle of a page. It uses the page's classes box, host, name, soft and arrow."""
    columns = _columns(graph)
    places: dict[str, tuple[int, int]] = {}
    for number, names in enumerate(columns):
        for row, name in enumerate(names):
            places[name] = (number * (_WIDTH + _GAP) + 1, row * _STEP + 1)
    width = len(columns) * (_WIDTH + _GAP) - _GAP + 2
    height = max((len(names) for names in columns), default=0) * _STEP
    drawn = [*_arrows(graph, places), *_nodes(graph, places)]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg role="img" aria-labelledby="picture-title" {size}>'
    title = '<title id="picture-title">Hosts, what serves them, and what each part depends on</title>'
    return "\n".join([head, title, *drawn, "</svg>"])


def _columns(graph: Graph) -> list[list[str]]:
    """Return hosts first; each box in the column after the last one that needs it."""
    needed_by: dict[str, set[str]] = {box.name: set() for box in graph.boxes}
    for source, target in graph.arrows:
        needed_by[source].add(target)
    depth: dict[str, int] = {}

    def deep(name: str, way: frozenset[str]) -> int:
        if name not in depth:
            after = [deep(each, way | {name}) for each in needed_by[name] if each not in way]
            depth[name] = max(after, default=0) + 1
        return depth[name]

    for name in sorted(needed_by):
        deep(name, frozenset())
    last = max(depth.values(), default=0)
    columns = [[f"host:{host}" for host, _ in graph.hosts]]
    columns += [[name for name in sorted(depth) if depth[name] == number] for number in range(1, last + 1)]
    return [names for names in columns if names]


def _nodes(graph: Graph, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    for host, _ in graph.hosts:
        yield from _node(places[f"host:{host}"], "host", host, [])
    for box in graph.boxes:
        lines = [box.vendor, *textwrap.wrap(box.contents, _LETTERS)]
        if len(lines) > _LINES - 1:
            lines = [*lines[: _LINES - 2], f"{lines[_LINES - 2][: _LETTERS - 1]}…"]
        yield from _node(places[box.name], "box", box.name, lines)


def _node(place: tuple[int, int], kind: str, name: str, lines: list[str]) -> Iterator[str]:
    x, y = place
    round_ = 20 if kind == "host" else 4
    yield f'<rect class="{kind}" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="{round_}"/>'
    yield f'<text class="name" x="{x + _PAD}" y="{y + _PAD + 14}">{escape(name)}</text>'
    for number, line in enumerate(lines, 1):
        yield f'<text class="soft" x="{x + _PAD}" y="{y + _PAD + 14 + number * _LINE}">{escape(line)}</text>'


def _arrows(graph: Graph, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    ends = [(f"host:{host}", box) for host, box in graph.hosts] + [(target, source) for source, target in graph.arrows]
    for one, other in ends:
        if one in places and other in places:
            (x1, y1), (x2, y2) = places[one], places[other]
            start, end, half = x1 + _WIDTH, x2, _HEIGHT // 2
            bend = max(30, abs(end - start) // 2)
            path = f"M{start} {y1 + half} C{start + bend} {y1 + half} {end - bend} {y2 + half} {end} {y2 + half}"
            yield f'<path class="arrow" d="{path}"/>'
