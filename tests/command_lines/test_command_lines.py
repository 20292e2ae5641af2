"""The vendors' own command lines in the environment of `launch env --official-plugins`.

Prevents: a rehearsal that ends at the first command of a familiar tool, or shows a success or a refusal that the vendor
would not return.
"""

from __future__ import annotations

import pytest

from tests.command_lines.conftest import TOURS
from tests.command_lines.touring import Result

_LEAST = 0.95


def of(program: str, results: list[Result]) -> list[Result]:
    return [one for one in results if one.program == program]


@pytest.mark.parametrize("program", [tour.program for tour in TOURS])
def test_every_command_gets_the_vendors_response(program: str, results: list[Result]) -> None:
    wrong = [
        f"{program} {one.command}: exit code {one.code}\n{one.output.strip()[-600:]}"
        for one in of(program, results)
        if not one.as_the_vendor and not one.known
    ]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("program", [tour.program for tour in TOURS])
def test_known_differences_are_few_and_still_exist(program: str, results: list[Result]) -> None:
    found = of(program, results)
    assert [one.command for one in found if one.known and one.as_the_vendor] == []
    assert sum(one.as_the_vendor for one in found) / len(found) >= _LEAST
    assert len(found) >= 30
    assert sum(one.expected == "refused" for one in found) >= 5
