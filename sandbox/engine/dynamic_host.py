"""Runs the SDK's host of dynamic resources, and ends it with the engine: `python -m sandbox.engine.dynamic_host`."""

from __future__ import annotations

import runpy

from sandbox.engine import lifeline

if __name__ == "__main__":
    lifeline.hold()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
