"""A proxy in the user's shell is for the vendors. Prevents: a program that tries to reach the engine through it."""

from __future__ import annotations

import dataclasses

import pytest

from launch.stack.engine import Engine
from launch.stack.environment import exemptions, proxies
from tests.toolchain.engine.bare_project import BareProject

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "names",
    [("https_proxy", "http_proxy"), ("HTTPS_PROXY", "HTTP_PROXY"), ("grpc_proxy",), ("ALL_PROXY", "all_proxy")],
)
def test_a_program_reaches_the_engine_whatever_proxy_the_shell_names(
    project: BareProject, engine: Engine, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    for name in names:
        monkeypatch.setenv(name, NOWHERE)
    environment = {**project.environment, **dict.fromkeys(names, NOWHERE), **engine.environment()}
    project.write("import pulumi\npulumi.export('reached', True)\n")
    code, output = dataclasses.replace(project, environment=environment).run("preview")
    assert code == 0, output
    assert "reached" in output


def test_grpcs_own_exemptions_take_precedence_and_include_this_machine() -> None:
    found = exemptions({"no_grpc_proxy": "engine.internal", "NO_PROXY": "vendor.internal"}, "more.example")
    assert set(found) == {"no_proxy", "NO_PROXY", "no_grpc_proxy"}
    for value in found.values():
        assert {"engine.internal", "vendor.internal", "more.example", "127.0.0.1", "localhost"} <= set(value.split(","))


def test_a_shell_without_a_proxy_is_left_as_it_is() -> None:
    assert proxies({"PATH": "/bin", "HTTPS_PROXY": "", "NO_PROXY": "x"}) == {}
    assert proxies({"Https_Proxy": NOWHERE}) == {"Https_Proxy": NOWHERE}
