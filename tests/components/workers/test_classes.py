"""The migration that an update sends. Prevents: a block that breaks the second deployment or lacks the first one."""

from __future__ import annotations

import pytest

from components.settings import RefusedError
from components.workers.classes import Classes, Migration, Uploaded, fingerprint, uploaded
from tests.clients import all_closed
from vendors import Access

FIRST = Migration(tag="v1", new_sqlite_classes=("UserLimiter",))
SECOND = Migration(tag="v2", new_sqlite_classes=("Other",), deleted_classes=("UserLimiter",))


def sent(
    history: list[Migration], present: Uploaded | None, inputs: str = "", earlier: dict[str, str] | None = None
) -> tuple[object, object, int] | None:
    """Old tag, new tag and number of steps."""
    found = Classes(history=history, present=present, earlier=earlier or {}).block("limiter", inputs)
    return (found.old_tag, found.new_tag, len(list(found.steps))) if found else None  # type: ignore[arg-type]


def test_a_missing_or_untagged_worker_gets_all_migrations() -> None:
    for present in (None, Uploaded(), Uploaded(modified_on="then")):
        assert sent([FIRST], present) == (None, "v1", 1)
        assert sent([FIRST, SECOND], present) == (None, "v2", 2)


def test_a_worker_at_the_last_tag_gets_none_and_one_behind_gets_the_rest() -> None:
    assert sent([FIRST], Uploaded(tag="v1")) is None
    assert sent([FIRST, SECOND], Uploaded(tag="v1")) == ("v1", "v2", 1)
    assert sent([FIRST, SECOND], Uploaded(tag="v2")) is None


def test_the_block_stays_declared_while_nothing_changes_and_is_removed_with_the_next_change() -> None:
    earlier = {"sent_with": "a", "sent_from": "", "modified_on": "then"}
    present = Uploaded(tag="v1", modified_on="then")
    assert sent([FIRST], present, inputs="a", earlier=earlier) == (None, "v1", 1)
    assert sent([FIRST], present, inputs="b", earlier=earlier) is None
    assert sent([FIRST], Uploaded(tag="v1", modified_on="by hand"), inputs="a", earlier=earlier) is None
    assert sent([FIRST], present, inputs="a", earlier=None) is None
    assert sent([FIRST], present, inputs="a", earlier={"sent_with": "", "modified_on": "then"}) is None
    assert sent([FIRST], None, inputs="a", earlier=earlier) == (None, "v1", 1)
    later = {"sent_with": "a", "sent_from": "v1", "modified_on": "then"}
    second = Uploaded(tag="v2", modified_on="then")
    assert sent([FIRST, SECOND], second, inputs="a", earlier=later) == ("v1", "v2", 1)


def test_a_worker_ahead_of_the_program_is_left_alone() -> None:
    with pytest.raises(RefusedError, match="is at the migration 'v3', which this program does not have"):
        sent([FIRST, SECOND], Uploaded(tag="v3"))


def test_the_fingerprint_changes_with_each_input() -> None:
    assert len({fingerprint(content="a"), fingerprint(content="b"), fingerprint(content="a", cpu=1)}) == 3


def test_a_look_at_a_worker_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vendors.api.FIRST_PAUSE", 0.001)
    nowhere = Access(
        cloudflare_url="http://127.0.0.1:1", cloudflare_token="", vercel_token="", vercel_team="", neon_key=""
    )
    with all_closed(1), pytest.raises(RefusedError):
        uploaded(nowhere, "account", "limiter")
