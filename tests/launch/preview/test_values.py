"""Values in events. Prevents: a visible secret, a path that leads to another property."""

from __future__ import annotations

import pytest

from launch.preview import values
from launch.preview.values import MISSING

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("value", ["value"]),
        ("bindings[0].text", ["bindings", 0, "text"]),
        ('files["0001_a.sql"]', ["files", "0001_a.sql"]),
        (r'a["b\"c"].d', ["a", 'b"c', "d"]),
        ("a[1][2]", ["a", 1, 2]),
    ],
)
def test_a_path_is_split_into_its_steps(path: str, steps: list[str | int]) -> None:
    assert values.steps(path) == steps


def test_a_value_is_found_or_missing_and_a_secret_hides_its_contents() -> None:
    tree = {"a": [{"b": None}], "s": SECRET, "t": "x"}
    assert values.at(tree, "a[0].b") is None
    for path in ("a[1]", "a[0].c", "z", "a.b", "t[0]", "t.x"):
        assert values.at(tree, path) is MISSING
    assert values.text_of(values.at(tree, "s.anything[3]")) == "[secret]"


def test_no_secret_is_shown_wherever_it_stands() -> None:
    tree = {"list": [SECRET, {"deep": SECRET}], "url": "postgres://owner:hunter2@host/db"}
    text = values.text_of(tree)
    assert text.count("[secret]") == 3
    assert "hunter2" not in text
    assert "ciphertext" not in text


def test_the_smallest_differing_parts_are_named() -> None:
    before = {"a": 1, "b": {"c.d": 1, "e": [1, 2]}, "gone": True, "__provider": "x"}
    after = {"a": 1, "b": {"c.d": 2, "e": [1, 3]}, "new": SECRET, "__provider": "y"}
    assert list(values.differing(before, after)) == ['b["c.d"]', "b.e[1]", "new", "gone"]
    assert list(values.differing([1], [1, 2], "list")) == ["list"]
    assert list(values.differing(before, before)) == []


def test_two_long_texts_are_shown_from_where_they_differ() -> None:
    one, other = "x" * 5_000 + "OLD" + "y" * 5_000, "x" * 5_000 + "NEW" + "y" * 5_000
    before, after = values.shown(one, other)
    assert "OLD" in before
    assert "NEW" in after
    assert len(before) < 400
    assert values.shown("short", MISSING) == ("short", "–")  # noqa: RUF001 -- a dash


def test_a_value_that_is_not_known_yet_says_so() -> None:
    assert values.text_of("04da6b54-80e4-46f7-96ec-b56ff0331ba9") == "known after the update"
    assert values.text_of(["dd056dcd-154b-4c76-9bd3-c8f88648b5ff"]) == '["known after the update"]'
