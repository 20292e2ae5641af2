"""Mistyped commands. Prevents: a mistake that creates or removes a resource."""

from __future__ import annotations

import pytest

from tests.verbs import call

BAD = (
    ("create",),
    ("create", "7"),
    ("create", "0", "--branch", "x"),
    ("create", "-1", "--branch", "x"),
    ("create", "seven", "--branch", "x"),
    ("create", "1000000000", "--branch", "x"),
    ("create", "7", "--branch", ""),
    ("create", "7", "--branch", "-x"),
    ("create", "7", "--branch", "a..b"),
    ("create", "7", "--branch", "a b"),
    ("create", "7", "--branch", "a\nb"),
    ("create", "7", "--branch", "/a"),
    ("create", "7", "--branch", "a/"),
    ("create", "7", "--branch", "a~1"),
    ("create", "7", "--branch", "x", "--commit", "HEAD"),
    ("create", "7", "--branch", "x", "--commit", "abc"),
    ("create", "7", "--branch", "x", "--rows", "all"),
    ("create", "7", "--branch", "x", "--wait", "-1"),
    ("create", "7", "--branch", "x", "--wait", "nan-ish"),
    ("create", "7", "--branch", "x", "--fresh"),
    ("create", "7", "8", "--branch", "x"),
    ("update", "7"),
    ("update", "7", "--branch", "main.lock"),
    ("destroy",),
    ("destroy", "pr-7"),
    ("destroy", "7", "--force"),
    ("list", "7"),
    ("sweep", "--open", "x"),
    ("sweep", "--open", "0"),
    ("sweep", "--open", "7", "--none-open"),
    ("sweep", "--open", "7", "--github"),
    ("sweep", "--none-open", "--github"),
    ("remove", "7"),
    ("create", "7", "--branch", "x", "--json", "--markdown"),
)


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_a_mistake_is_one_sentence_and_exit_code_1_and_touches_nothing(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(*_: object) -> None:
        raise AssertionError("the stack was looked for")

    monkeypatch.setattr("launch.commands.delivery.review.named", touched)
    done = call("review", *arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.output
    assert done.stdout == "" or "--json" in arguments
