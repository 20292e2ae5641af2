"""The names that `launch.local` offers. Prevents: a file of the room that shadows the name that it defines."""

from __future__ import annotations

import subprocess
import sys

import pytest

from contract.paths import PROJECT
from launch import local


@pytest.mark.parametrize("first", local.__all__)
def test_each_name_is_the_object_that_its_file_defines_whatever_was_imported_before(first: str) -> None:
    code = (
        f"from launch.local import {first}\nfrom launch import local\n"
        "assert all(callable(getattr(local, name)) for name in local.__all__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        local.nothing  # noqa: B018 -- it raises
