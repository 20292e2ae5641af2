"""A failed update names the failure in the sandbox itself, which the stack only sees as a missing response."""

from __future__ import annotations

from launch.local.up import explained
from launch.stack import PulumiError, UpdateError
from sandbox.base import Failure

FAILED = Failure(when=0.0, part="sandbox.cloud.neon", message="initdb: error: No space left on device")


def test_a_failure_of_the_sandbox_is_named_with_a_remedy_and_keeps_the_kind_of_the_error() -> None:
    error = explained(UpdateError("`pulumi up` failed (see above)."), [FAILED, FAILED])
    assert isinstance(error, UpdateError)
    assert error.what.count("sandbox.cloud.neon: initdb: error: No space left on device") == 1
    assert "make down" in error.remedy


def test_the_update_keeps_its_own_remedy_and_place() -> None:
    error = explained(PulumiError("no stack", where="here", remedy="Make it."), [FAILED])
    assert (error.where, error.remedy) == ("here", "Make it.")


def test_an_error_without_a_failure_of_the_sandbox_is_unchanged() -> None:
    error = PulumiError("no stack")
    assert explained(error, []) is error
