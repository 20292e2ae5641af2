"""YAML and JSON files, read with no surprise: no key twice, no alias that grows, no file of another kind."""

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
"""Bytes. What people write by hand is far smaller."""


class InputError(Problem):
    """A file that cannot be read, or that is not what it should be."""


def read_yaml(path: Path, name: str) -> dict[str, Any]:
    """The YAML file, as the schema `name` wants it. Raises InputError with every mistake."""
    return _checked(path, name, _from_yaml(path, _text(path)))


def read_json(path: Path, name: str) -> dict[str, Any]:
    """The same of a JSON file. Raises InputError."""
    text = _text(path)
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})", where=shown(path), remedy="Correct it, or restore it.") from None
    return _checked(path, name, document)


def shown(path: Path) -> str:
    """The path as a person of the project writes it."""
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)


def _checked(path: Path, name: str, document: object) -> dict[str, Any]:
    wrong = list(complaints(document, name))
    if wrong:
        remedy = f"contract/schemas/{name}.json says what it may hold."
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
    """Keys are unique, and nothing stands for something else: an alias could make a small file huge."""

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


# A date in YAML would be no text, and JSON has no dates: it stays as it is written.
_Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found
