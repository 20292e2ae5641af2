"""A language host for Python programs, served to the engine over gRPC: `python -m toolchain.engine.language_host`.

The official host is a Go program that ships with Pulumi's own installation. This one replaces it if the engine was
built from source. It runs programs with its own interpreter, so it ignores the `virtualenv` option of Pulumi.yaml. It
neither generates code nor builds packages, and announces no plugins in advance: the engine loads each one when the
program first uses it.
"""

# ruff: noqa: N802, ARG002 -- names and parameters are the protocol's
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions, version

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, plugin_pb2
from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeServicer, add_LanguageRuntimeServicer_to_server

from toolchain.engine import lifeline, program

_GRACE = 1.0
"""Seconds that calls in progress may still take when the engine stops the host."""


class LanguageHost(LanguageRuntimeServicer):
    """The engine's interface to a language."""

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Agree on the protocol."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: object, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Our version, which is the SDK's."""
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None in advance."""
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program."""
        return program.run(request)

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """The interpreter, for `pulumi about`."""
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """The installed packages, for `pulumi about`."""
        found = {distribution.name: distribution.version for distribution in distributions()}
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=found[name]) for name in sorted(found)]
        )

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Install the program's requirements.txt, for `pulumi install`."""
        folder = request.info.program_directory or request.directory
        command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            for line in process.stdout or ():
                yield language_pb2.InstallDependenciesResponse(stdout=line)
        if process.returncode:
            context.abort(grpc.StatusCode.UNKNOWN, f"pip could not install {folder}/requirements.txt")


def main() -> None:
    """Serve on a free port, print it for the engine, and stop when the engine asks for it or is gone."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = grpc.server(ThreadPoolExecutor(), options=_GRPC_CHANNEL_OPTIONS)
    add_LanguageRuntimeServicer_to_server(LanguageHost(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    lifeline.hold()
    print(port, flush=True)
    stopped.wait()
    server.stop(_GRACE).wait()
    # The engine waits for our exit, and unloading a program's thousands of modules would cost most of a second.
    os._exit(0)


if __name__ == "__main__":
    main()
