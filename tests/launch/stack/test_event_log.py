"""The log of the engine's events. Prevents: an empty report because the engine was stopped in the middle of a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from launch.stack import EngineError
from launch.stack.event_log import read


def test_an_unfinished_last_line_is_dropped_and_any_other_is_an_error(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    assert read(log) == ()
    log.write_text('{"sequence": 1}\n\n{"sequence": 2}\n{"seq')
    assert read(log) == ({"sequence": 1}, {"sequence": 2})
    log.write_text('{"sequence": 1}\n{"seq\n{"sequence": 3}\n')
    with pytest.raises(EngineError, match="is damaged"):
        read(log)
