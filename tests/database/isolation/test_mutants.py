"""Each listed way to weaken a policy is detected: a sample of every operator here, all of them by `make mutants`.

Prevents: tests of isolation that stay green whatever the policies say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from benchmarks.mutants import detected, verdicts
from database.row_security.declaration import Declaration
from tests.database.conftest import SQL, Database, copy, restore_roles
from tests.releases import RELEASE
from tools.mutation.mutant import Mutant
from tools.mutation.operators import mutants

OPERATORS = 35
NOT_BEHAVIOUR = {
    "unwrap select",
    "VOLATILE helper",
    "session setting",
    "login trigger",
    "member of the owner",
    "owner of the schema",
    "default privileges",
}
"""They only cost time, or expose rows only to a later session; the checks detect them."""
if RELEASE < 18:  # where each query plans a function in SQL anew, and so never shows the last one's context
    NOT_BEHAVIOUR |= {"IMMUTABLE helper"}


@pytest.fixture
def judged(template: Database) -> Iterator[Database]:
    """A database whose server temporarily gets three more roles."""
    try:
        for database in copy(template):
            yield database
            database.execute_as_superuser("drop role if exists mutant_bypass, mutant_stranger, mutant_owner")
    finally:
        restore_roles(template)


def sample() -> list[Mutant]:
    """Return up to five mutants of each operator, on different tables for each."""
    groups: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants(Declaration(SQL / "security").facts):
        groups[mutant.operator].append(mutant)
    assert len(groups) == OPERATORS
    if RELEASE < 17:  # no event triggers at login
        del groups["login trigger"]
    chosen = []
    for number, group in enumerate(groups.values()):
        step = max(1, len(group) // 4)
        chosen += group[number % step :: step]
    return chosen


def test_an_intact_database_triggers_no_detector(judged: Database) -> None:
    (untouched,) = verdicts(judged.superuser, [Mutant("none", "none", ())])
    assert (untouched.behaviour, untouched.checks, untouched.drift) == ("", 0, 0)


def test_r40_every_operator_is_detected_by_behaviour_and_checks_together(judged: Database) -> None:
    found = verdicts(judged.superuser, sample())
    assert len(found) >= 80
    assert {each.mutant.operator for each in found} == {each.operator for each in sample()}
    assert [each.mutant for each in found if not detected(each)] == []
    assert [each.mutant for each in found if not each.drift] == []
    missed = [each.mutant for each in found if not each.behaviour and each.mutant.operator not in NOT_BEHAVIOUR]
    assert missed == []
