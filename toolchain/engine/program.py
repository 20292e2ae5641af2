"""Runs a Pulumi program inside the language host. The engine starts a host for each run, so nothing is left behind."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.settings import Settings, configure
from pulumi.runtime.stack import run_in_stack

_THREADS_PER_OPERATION = 4
"""Threads for each operation that the engine allows concurrently, as in the official host."""


def run(request: language_pb2.RunRequest) -> language_pb2.RunResponse:
    """Run the program that `request` names. If the answer says `bail`, the error was already shown to the user."""
    return contextvars.copy_context().run(_run, request)


def _run(request: language_pb2.RunRequest) -> language_pb2.RunResponse:
    folder = Path(request.info.program_directory or request.pwd)
    entry = folder / (request.info.entry_point or request.program or ".")
    # Tasks that fail after the first failure tell the user nothing new.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    configure(
        Settings(
            project=request.project,
            stack=request.stack,
            organization=request.organization or "organization",
            root_directory=request.info.root_directory,
            monitor=request.monitor_address,
            engine=request.args[0] if request.args else None,
            parallel=request.parallel,
            dry_run=request.dryRun,
        )
    )
    pulumi.runtime.set_all_config(dict(request.config), list(request.configSecretKeys))
    os.chdir(request.pwd or folder)
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(max_workers=max(request.parallel, 1) * _THREADS_PER_OPERATION)
    loop.set_default_executor(executor)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(entry)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except (Exception, SystemExit):
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_program_trace(folder)}")
    else:
        return language_pb2.RunResponse()
    finally:
        _cancel_remaining(loop)
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return language_pb2.RunResponse(bail=True)


def _execute(entry: Path) -> None:
    if entry.is_dir() and not (entry / "__main__.py").exists():
        raise pulumi.RunError(f"unable to find main python program `__main__.py` in `{entry}`")
    folder = str(entry if entry.is_dir() else entry.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    runpy.run_path(str(entry / "__main__.py" if entry.is_dir() else entry), run_name="__main__")


def _program_trace(folder: Path) -> str:
    """The current exception's trace, from the program's first line on."""
    _, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    first = next((i for i, frame in enumerate(frames) if Path(frame.filename).is_relative_to(folder)), 0)
    return "".join(traceback.format_exception(error, limit=first - len(frames)))


def _cancel_remaining(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
