"""Runs the SDK's host of dynamic resources, and stops with the engine: `python -m toolchain.engine.dynamic_host`.

An error that a dynamic resource raises reaches the user in its own words; the SDK's host would show its trace (from SDK
3.260 on). An error type of Python itself is a defect, and comes with its trace.
"""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn, cast

import grpc
import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from toolchain.engine import lifeline

Method = Callable[[object, grpc.ServicerContext], object]


class PlainErrors:
    """A servicer of the SDK that passes errors on unchanged."""

    def __init__(self, servicer: provider_pb2_grpc.ResourceProviderServicer) -> None:
        self._servicer = servicer

    def __getattr__(self, name: str) -> Method:
        """A method of the protocol."""
        method: Method = getattr(self._servicer, name)

        def call(request: object, context: grpc.ServicerContext) -> object:
            try:
                return method(request, cast("grpc.ServicerContext", _Raising(context)))
            except NotImplementedError:
                raise  # the SDK's answer to unknown calls
            except Exception as error:
                context.abort(grpc.StatusCode.UNKNOWN, _message(error))

        return call


class _Raising:
    """A call's context by which the SDK cannot end a call with a trace: the error goes on instead."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> object:
        """Everything else is the context's."""
        return getattr(self._context, name)

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """Raise the error that is being handled, or end the call where there is none."""
        if error := sys.exception():
            raise error
        self._context.abort(code, details)


def _message(error: Exception) -> str:
    defect = type(error).__module__ == "builtins" or not str(error)
    return "".join(traceback.format_exception(error)) if defect else str(error)


def main() -> None:
    """Serve until the engine is gone."""
    add = provider_pb2_grpc.add_ResourceProviderServicer_to_server

    def add_plainly(
        servicer: provider_pb2_grpc.ResourceProviderServicer, server: grpc.Server | grpc.aio.Server
    ) -> None:
        add(cast("provider_pb2_grpc.ResourceProviderServicer", PlainErrors(servicer)), server)

    provider_pb2_grpc.add_ResourceProviderServicer_to_server = add_plainly
    lifeline.hold()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
