"""Read YAML and JSON files strictly: no duplicate key, no alias that grows, no other kind of file."""

from __future__ import annotations

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from contract.paths import PROJECT
from contract.problem import Problem
from launch.inputs.schemas import complaints

LARGEST = 1 << 20
"""Bytes. Files written by hand are far smaller."""


class InputError(Problem):
    """A file cannot be read, or has the wrong contents."""


def read_yaml(path: Path, name: str) -> dict[str, Any]:
    """Return the YAML file, checked against the schema `name`. Raises InputError with every mistake."""
    return _checked(path, name, _from_yaml(path, _text(path)))


def read_json(path: Path, name: str) -> dict[str, Any]:
    """Return the same for a JSON file. Raises InputError."""
    text = _text(path)
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})", where=shown(path), remedy="Correct it, or restore it.") from None
    return _checked(path, name, document)


def shown(path: Path) -> str:
    """Return the path as a person of the project writes it."""
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)


def _checked(path: Path, name: str, document: object) -> dict[str, Any]:
    wrong = list(complaints(document, name))
    if wrong:
        remedy = f"contract/schemas/{name}.json lists its allowed contents."
        raise InputError("; ".join(wrong), where=shown(path), remedy=remedy)
    assert isinstance(document, dict), "every schema wants an object"
    return document


def _text(path: Path) -> str:
    remedy = "Restore it, or name another file."
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            raise InputError(what, where=shown(path), remedy=remedy)
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(f"has {size} bytes, more than {LARGEST}", where=shown(path), remedy=remedy)
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=shown(path), remedy=remedy) from None
    except ValueError:
        raise InputError("is not text in UTF-8", where=shown(path), remedy=remedy) from None


def _from_yaml(path: Path, text: str) -> object:
    try:
        return yaml.load(text, Loader=_Strict)  # noqa: S506 -- a safe loader with fewer features
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{shown(path)}:{mark.line + 1}" if mark else shown(path)
        raise InputError(f"is not YAML ({error.problem})", where=where, remedy="Correct it.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = f"is not YAML ({' '.join(str(error).split())})"
        raise InputError(what, where=shown(path), remedy="Correct it.") from None


class _Strict(yaml.SafeLoader):
    """A loader with unique keys and without aliases, which could make a small file huge."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not accepted here", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be text", problem_mark=key.start_mark)
            if key.value in seen:
                problem = f"the key {key.value!r} appears twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# JSON has no dates, so a date in YAML stays text as it is written.
_Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found
