"""A vendor that records every call, and an engine's side of the provider protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as rpc
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from sandbox.providers.__main__ import serve
from sandbox.providers.core.resource import Package
from sandbox.providers.core.values import decode, encode

Json = Any
"""A value of JSON, or a message of the protocol, which grpc does not type."""


@dataclass(frozen=True)
class Call:
    """One request that the vendor received."""

    method: str
    path: str
    body: Json
    headers: Mapping[str, str] = field(compare=False, default_factory=dict)

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Vendor:
    """An HTTP server that returns the responses set by a test, and 599 for any other request."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._answers: dict[str, list[Answer]] = {}
        self._arrived = threading.Condition()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                is_json = self.headers.get("content-type", "").startswith("application/json")
                body = json.loads(content) if content and is_json else content.decode() or None
                answer = vendor.answer(Call(self.command, self.path, body, dict(self.headers)))
                plain = isinstance(answer.body, str)
                payload = b"" if answer.body is None else (answer.body if plain else json.dumps(answer.body)).encode()
                self.send_response(answer.status)
                for name, value in {"content-length": str(len(payload)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def on(self, line: str, *bodies: Json | Answer) -> None:
        """Respond to `METHOD /path?query` with each of `bodies` in turn, the last one for ever."""
        self._answers[line] = [body if isinstance(body, Answer) else Answer(body) for body in bodies]

    def answer(self, call: Call) -> Answer:
        with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()
        answers = self._answers.get(call.line)
        if not answers:
            return Answer({"unexpected": call.line}, 599)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def taken(self) -> list[Call]:
        """Return the calls so far and forget them."""
        calls, self.calls = self.calls, []
        return calls

    def lines(self) -> list[str]:
        return [call.line for call in self.taken()]

    def wait_for(self, count: int) -> None:
        """Wait until so many calls have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.calls) >= count, timeout=10)

    def stop(self) -> None:
        """Stop the server; may be called twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class FailedError(Exception):
    """The provider refused; `half_made` is the resource that it left behind, if any."""

    def __init__(self, message: str, half_made: tuple[str, dict[str, Json]] | None) -> None:
        super().__init__(message)
        self.half_made = half_made


@dataclass(frozen=True)
class Difference:
    """The result of Diff."""

    kinds: dict[str, str]
    replaces: list[str]
    diffs: list[str]
    changes: bool


class Provider:
    """The engine's side: one connection to a served package."""

    def __init__(self, package: Package) -> None:
        self._server, self.port = serve(package, 0)
        self._channels: list[grpc.Channel] = []
        self.stub = self.connection()

    def connection(self) -> provider_pb2_grpc.ResourceProviderStub:
        """Return a connection of another engine."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=options)
        self._channels.append(channel)
        return provider_pb2_grpc.ResourceProviderStub(channel)

    def stop(self) -> None:
        for channel in self._channels:
            channel.close()
        self._server.stop(None).wait()

    def configure(self, **config: Json) -> Provider:
        self.call(self.stub.Configure, rpc.ConfigureRequest(args=encode(config), acceptSecrets=True))
        return self

    def check_config(self, **config: Json) -> list[str]:
        response = self.call(self.stub.CheckConfig, rpc.CheckRequest(news=encode(config)))
        return [failure.reason for failure in response.failures]

    def check(
        self, token: str, inputs: Mapping[str, Json], olds: Mapping[str, Json] | None = None
    ) -> tuple[dict[str, Json], list[str]]:
        request = rpc.CheckRequest(
            urn=_urn(token), type=token, name="name", news=encode(inputs), olds=encode(olds or {}), randomSeed=b"seed"
        )
        response = self.call(self.stub.Check, request)
        return decode(response.inputs), [failure.reason for failure in response.failures]

    def diff(
        self,
        token: str,
        state: Mapping[str, Json],
        news: Mapping[str, Json],
        old_inputs: Mapping[str, Json] | None = None,
        ignore: Sequence[str] = (),
    ) -> Difference:
        request = rpc.DiffRequest(
            id="id",
            urn=_urn(token),
            type=token,
            olds=encode(state),
            news=encode(news),
            old_inputs=encode(old_inputs or {}),
            ignoreChanges=ignore,
        )
        response = self.call(self.stub.Diff, request)
        kinds = {path: rpc.PropertyDiff.Kind.Name(diff.kind) for path, diff in response.detailedDiff.items()}
        assert response.hasDetailedDiff
        changes = response.changes == rpc.DiffResponse.DIFF_SOME
        return Difference(kinds, list(response.replaces), list(response.diffs), changes)

    def create(self, token: str, inputs: Mapping[str, Json], *, preview: bool = False) -> tuple[str, dict[str, Json]]:
        request = rpc.CreateRequest(urn=_urn(token), type=token, properties=encode(inputs), preview=preview)
        response = self.call(self.stub.Create, request)
        return response.id, decode(response.properties)

    def update(
        self, token: str, identifier: str, state: Mapping[str, Json], news: Mapping[str, Json], *, preview: bool = False
    ) -> dict[str, Json]:
        request = rpc.UpdateRequest(
            id=identifier, urn=_urn(token), type=token, olds=encode(state), news=encode(news), preview=preview
        )
        return decode(self.call(self.stub.Update, request).properties)

    def read(
        self,
        token: str,
        identifier: str,
        state: Mapping[str, Json] | None = None,
        inputs: Mapping[str, Json] | None = None,
    ) -> tuple[str, dict[str, Json], dict[str, Json]]:
        request = rpc.ReadRequest(
            id=identifier, urn=_urn(token), type=token, properties=encode(state or {}), inputs=encode(inputs or {})
        )
        response = self.call(self.stub.Read, request)
        return response.id, decode(response.properties), decode(response.inputs)

    def delete(self, token: str, identifier: str, state: Mapping[str, Json]) -> None:
        request = rpc.DeleteRequest(id=identifier, urn=_urn(token), type=token, properties=encode(state))
        self.call(self.stub.Delete, request)

    def invoke(self, token: str, **arguments: Json) -> dict[str, Json]:
        response = self.call(self.stub.Invoke, rpc.InvokeRequest(tok=token, args=encode(arguments)))
        return decode(getattr(response, "return"))

    def cancel(self) -> None:
        self.stub.Cancel(empty_pb2.Empty())

    @staticmethod
    def call(method: Json, request: Json) -> Json:
        """Send a request; raises FailedError."""
        try:
            return method(request, timeout=30)
        except grpc.RpcError as error:
            raise FailedError(str(error.details()), _half_made(error)) from None


def _half_made(error: Json) -> tuple[str, dict[str, Json]] | None:
    """Return the part of an error that the engine itself reads: a status with the detail of a failed initialization."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            detail = rpc.ErrorResourceInitFailed()
            assert status.details[0].Unpack(detail)
            assert list(detail.reasons) == [error.details()]
            return detail.id, decode(detail.properties)
    return None


def _urn(token: str) -> str:
    return f"urn:pulumi:stack::project::{token}::name"
