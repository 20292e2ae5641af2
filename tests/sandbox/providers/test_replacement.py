"""The changes that replace a resource, for every input of every served type.

Prevents: a replacement, with its loss of data, that the sandbox showed as a harmless update (Neon N1, N2), and the
reverse. `replacement.json` is taken from the official plugins' own schemas, independently of the tested tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.providers.core import schema
from sandbox.providers.core.schema import Kind, Property, Type
from tests.sandbox.providers.support import Json, Provider

RULES: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "replacement.json").read_text())


def _value(declared: Property, kind: Type, number: int) -> Json:
    """Return one of two values of a type."""
    match kind.kind:
        case Kind.STRING | Kind.ANY:
            return declared.enum[number] if len(declared.enum) > number else f"value-{number}"
        case Kind.NUMBER | Kind.INTEGER:
            return int(declared.enum[number]) if declared.enum else number + 1
        case Kind.BOOLEAN:
            return bool(number)
        case Kind.ARRAY | Kind.SET:
            assert kind.element
            return [_value(declared, kind.element, number)]
        case Kind.MAP:
            assert kind.element
            return {"key": _value(declared, kind.element, number)}
        case Kind.OBJECT:
            assert kind.fields
            inputs = {name: inner for name, inner in kind.fields.items() if inner.input}
            return {name: _value(inner, inner.type, number) for name, inner in inputs.items()}


def _cases() -> Iterator[tuple[str, str, bool]]:
    for token, rule in RULES.items():
        yield from ((token, name, True) for name in rule["replaces"])
        yield from ((token, name, False) for name in rule["updates"])


@pytest.fixture
def served(cloudflare: Provider, vercel: Provider, neon: Provider) -> dict[str, Provider]:
    """The provider of each package."""
    return {"cloudflare": cloudflare, "vercel": vercel, "neon": neon}


def test_every_input_replaces_or_updates_as_in_the_official_plugins(served: dict[str, Provider]) -> None:
    wrong = []
    for token, name, replaces in _cases():
        package = token.partition(":")[0]
        declared = schema.load(package)[token].properties
        state = {key: _value(entry, entry.type, 0) for key, entry in declared.items()}
        news = {key: value for key, value in state.items() if declared[key].input}
        assert served[package].diff(token, state, news).changes is False, token
        news[name] = _value(declared[name], declared[name].type, 1)
        difference = served[package].diff(token, state, news, old_inputs=state)
        if difference.replaces != ([name] if replaces else []) or difference.diffs != [name]:
            wrong.append((token, name, difference))
        assert all(kind.endswith("_REPLACE") == replaces for kind in difference.kinds.values()), (token, name)
    assert wrong == []


def test_the_rules_cover_every_input_that_is_served(served: dict[str, Provider]) -> None:
    assert len(list(_cases())) == 189
    for package in served:
        for token, resource in schema.load(package).items():
            inputs = sorted(name for name, declared in resource.properties.items() if declared.input)
            assert sorted(RULES[token]["replaces"] + RULES[token]["updates"]) == inputs


def test_a_value_that_the_vendor_fills_in_is_no_difference_when_the_program_omits_it(
    served: dict[str, Provider],
) -> None:
    for package, provider in served.items():
        for token, resource in schema.load(package).items():
            declared = resource.properties
            state = {
                name: _value(entry, entry.type, 0) if entry.default is None else entry.default
                for name, entry in declared.items()
                if entry.required or entry.computed or entry.default is not None
            }
            inputs = {name: state[name] for name, entry in declared.items() if entry.required}
            assert provider.diff(token, state, inputs).kinds == {}, token


def test_a_removed_input_is_a_difference_and_an_ignored_one_is_not(cloudflare: Provider) -> None:
    token = "cloudflare:index/dnsRecord:DnsRecord"
    inputs = {"zoneId": "Z", "name": "a", "type": "A", "ttl": 1, "content": "192.0.2.1"}
    state = {**inputs, "proxied": False, "comment": "by hand", "tags": ["a"]}
    assert cloudflare.diff(token, state, inputs).kinds == {"comment": "DELETE"}
    assert cloudflare.diff(token, state, inputs, ignore=["comment"]).changes is False
    assert cloudflare.diff(token, state, {**inputs, "comment": "by hand", "priority": 1}).kinds == {"priority": "ADD"}


def test_names_that_mean_the_same_are_no_difference_and_others_are(cloudflare: Provider) -> None:
    token = "cloudflare:index/dnsRecord:DnsRecord"
    inputs = {"zoneId": "Z", "name": "sub.app", "type": "CNAME", "ttl": 1, "content": "Target.example"}
    state = {**inputs, "proxied": False, "name": "sub.app.example.com", "content": "target.example"}
    assert cloudflare.diff(token, state, inputs, old_inputs=inputs).changes is False
    shorter = {**inputs, "name": "sub"}
    assert cloudflare.diff(token, state, shorter, old_inputs=inputs).kinds == {"name": "UPDATE"}
    apex = {**state, "name": "example.com"}
    assert cloudflare.diff(token, apex, {**inputs, "name": "@"}).changes is False


def test_a_change_of_an_unset_team_replaces_nothing(vercel: Provider) -> None:
    token = "vercel:index/projectDomain:ProjectDomain"
    state = {"projectId": "P", "domain": "a.example", "teamId": "team_1"}
    assert vercel.diff(token, state, {"projectId": "P", "domain": "a.example"}).changes is False
    named = {"projectId": "P", "domain": "a.example", "teamId": "team_2"}
    assert vercel.diff(token, state, named).replaces == ["teamId"]
