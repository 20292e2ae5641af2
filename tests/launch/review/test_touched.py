"""The Workers that a change touches. Prevents: a review that tests production's Workers."""

from __future__ import annotations

from typing import Any

from contract.paths import WORKERS
from contract.resource_types import WORKERS_SCRIPT
from contract.workers import MODULES
from launch.review.touched import touched


def deployed(**changed: str) -> list[dict[str, Any]]:
    modules = {name: (WORKERS / module).read_text() for name, module in MODULES.items()} | changed
    return [{"type": WORKERS_SCRIPT, "inputs": {"scriptName": name, "content": text}} for name, text in modules.items()]


def test_where_production_runs_the_same_modules_none_is_touched() -> None:
    assert touched(deployed(), WORKERS) == ()


def test_each_changed_module_is_touched_and_no_other() -> None:
    for name in MODULES:
        assert touched(deployed(**{name: "// another"}), WORKERS) == (name,)


def test_a_worker_that_production_lacks_is_touched() -> None:
    assert set(touched([], WORKERS)) == set(MODULES)
