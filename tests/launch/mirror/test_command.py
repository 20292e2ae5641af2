"""The options of both verbs, before anything is read. Prevents: rules that are ignored, valid words that fail."""

from __future__ import annotations

import click
import pytest

from launch.cli import launch


@pytest.mark.parametrize("verb", [("mirror", "twin"), ("rehearse",)])
def test_rows_are_named_in_lower_case_and_masked_ones_need_rules(verb: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError, match=r"--data masked and --rules FILE belong together"):
        launch.main([*verb, "--data", "masked"], standalone_mode=False)
