"""Errors of dynamic resources. Prevents: messages for people behind a prefix of the host, defects without a trace."""

from __future__ import annotations

import pytest

from tests.toolchain.engine.bare_project import BareProject

ERRORS = """
class ClosedError(Exception):
    pass
"""
PROVIDER = """
import os

from errors import ClosedError
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider


class Shop(ResourceProvider):
    def create(self, props):
        if props["broken"]:
            return {}["no such key"]
        return CreateResult("shop", props)

    def read(self, id_, props):
        raise ClosedError("the shop is closed. Come again tomorrow.")


class Thing(Resource):
    def __init__(self, name, broken):
        super().__init__(Shop(), name, {"broken": broken})
"""
NOISE = ("Exception calling application", "Traceback", "grpc")


@pytest.fixture
def shop(project: BareProject) -> BareProject:
    project.write("from shop import Thing\nThing('thing', broken=False)", shop=PROVIDER, errors=ERRORS)
    return project


def test_an_error_of_a_dynamic_resource_is_reported_in_its_own_words(shop: BareProject) -> None:
    code, output = shop.run("up", "--yes", "--skip-preview")
    assert code == 0, output
    code, output = shop.run("refresh", "--yes", "--skip-preview")
    assert code != 0
    assert "the shop is closed. Come again tomorrow." in output
    assert [word for word in NOISE if word in output] == []


def test_a_defect_of_a_dynamic_resource_comes_with_its_trace(shop: BareProject) -> None:
    shop.write("from shop import Thing\nThing('thing', broken=True)")
    code, output = shop.run("up", "--yes", "--skip-preview")
    assert code != 0
    assert "KeyError: 'no such key'" in output
    assert 'return {}["no such key"]' in output
