# ruff: noqa: N802 -- the method names come from the protocol
"""The engine's resource provider protocol over gRPC, for one package.

One server serves many engines at once. An engine opens a separate connection for every provider that its program
configures, so the connection's address identifies the configuration of a request.
"""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.proto import provider_pb2 as rpc

from sandbox.providers.core import (
    Change,
    Connection,
    Difference,
    HalfMadeError,
    Operations,
    Package,
    ProviderError,
    UnsupportedError,
    decode,
    encode,
    reveal,
)

log = logging.getLogger(__name__)

Context = grpc.ServicerContext


class _Typed(Protocol):
    """A request about a resource."""

    @property
    def type(self) -> str: ...
    @property
    def urn(self) -> str: ...


_CONNECTIONS_KEPT = 256
"""The number of configurations that are kept; the engine of a dropped one ended long ago."""

_KINDS = {
    (Change.ADD, False): rpc.PropertyDiff.ADD,
    (Change.ADD, True): rpc.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): rpc.PropertyDiff.DELETE,
    (Change.DELETE, True): rpc.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): rpc.PropertyDiff.UPDATE,
    (Change.UPDATE, True): rpc.PropertyDiff.UPDATE_REPLACE,
}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The requests to attached providers of one package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._connections: OrderedDict[str, Connection] = OrderedDict()
        self._lock = threading.Lock()

    def Handshake(self, _request: rpc.ProviderHandshakeRequest, _context: Context) -> rpc.ProviderHandshakeResponse:
        """Report the capabilities."""
        return rpc.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    def Attach(self, _request: plugin_pb2.PluginAttach, _context: Context) -> empty_pb2.Empty:
        """Accept an engine; its address is not needed."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: empty_pb2.Empty, _context: Context) -> plugin_pb2.PluginInfo:
        """Report the version."""
        return plugin_pb2.PluginInfo(version=self.package.version)

    def GetSchema(self, _request: rpc.GetSchemaRequest, _context: Context) -> rpc.GetSchemaResponse:
        """Report only the package's name and version; programs have their packages' own schema."""
        return rpc.GetSchemaResponse(schema=json.dumps({"name": self.package.name, "version": self.package.version}))

    def Parameterize(self, request: rpc.ParameterizeRequest, context: Context) -> rpc.ParameterizeResponse:
        """Become a parameterized package."""
        with _reported(context):
            if request.HasField("args"):
                raise ProviderError(f"{self.package.name} is parameterized by value only, not on the command line")
            value = request.value
            name, version = self.package.parameterize(value.name, value.version, value.value)
            return rpc.ParameterizeResponse(name=name, version=version)

    def CheckConfig(self, request: rpc.CheckRequest, context: Context) -> rpc.CheckResponse:
        """Check a provider's configuration."""
        with _reported(context):
            config = reveal(decode(request.news))
            failures = [rpc.CheckFailure(reason=reason) for reason in self.package.check(config)]
            return rpc.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: rpc.DiffRequest, _context: Context) -> rpc.DiffResponse:
        """Compare configurations; a change never replaces the provider."""
        changed = decode(request.old_inputs) != decode(request.news)
        return rpc.DiffResponse(changes=rpc.DiffResponse.DIFF_SOME if changed else rpc.DiffResponse.DIFF_NONE)

    def Configure(self, request: rpc.ConfigureRequest, context: Context) -> rpc.ConfigureResponse:
        """Connect to the vendor with a configuration."""
        with _reported(context):
            connection = self.package.connect(reveal(decode(request.args)))
            with self._lock:
                self._connections[context.peer()] = connection
                if len(self._connections) > _CONNECTIONS_KEPT:
                    self._connections.popitem(last=False)
            return rpc.ConfigureResponse(
                acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
            )

    def Check(self, request: rpc.CheckRequest, context: Context) -> rpc.CheckResponse:
        """Check a resource's inputs."""
        with _reported(context):
            name = request.name or request.urn.rpartition("::")[2]
            inputs, failures = self._operations(request, context).check(
                name, decode(request.olds), decode(request.news), request.randomSeed
            )
            return rpc.CheckResponse(
                inputs=encode(inputs), failures=[rpc.CheckFailure(reason=reason) for reason in failures]
            )

    def Diff(self, request: rpc.DiffRequest, context: Context) -> rpc.DiffResponse:
        """Report the changes that an update would make."""
        with _reported(context):
            found = self._operations(request, context).diff(
                decode(request.olds), decode(request.old_inputs), decode(request.news)
            )
            ignored = set(request.ignoreChanges)
            return _diff_response([difference for difference in found if not _is_ignored(difference, ignored)])

    def Create(self, request: rpc.CreateRequest, context: Context) -> rpc.CreateResponse:
        """Create a resource."""
        with _reported(context):
            identifier, state = self._operations(request, context).create(
                decode(request.properties), preview=request.preview
            )
            return rpc.CreateResponse(id=identifier, properties=encode(state))

    def Read(self, request: rpc.ReadRequest, context: Context) -> rpc.ReadResponse:
        """Read a resource, for a refresh or an import."""
        with _reported(context):
            found = self._operations(request, context).read(
                request.id, decode(request.properties), decode(request.inputs)
            )
            if found is None:
                return rpc.ReadResponse()
            identifier, state, inputs = found
            return rpc.ReadResponse(id=identifier, properties=encode(state), inputs=encode(inputs))

    def Update(self, request: rpc.UpdateRequest, context: Context) -> rpc.UpdateResponse:
        """Change a resource."""
        with _reported(context):
            state = self._operations(request, context).update(
                request.id,
                decode(request.olds),
                decode(request.old_inputs),
                decode(request.news),
                preview=request.preview,
            )
            return rpc.UpdateResponse(properties=encode(state))

    def Delete(self, request: rpc.DeleteRequest, context: Context) -> empty_pb2.Empty:
        """Remove a resource."""
        with _reported(context):
            self._operations(request, context).delete(request.id, decode(request.properties))
            return empty_pb2.Empty()

    def Invoke(self, request: rpc.InvokeRequest, context: Context) -> rpc.InvokeResponse:
        """Call a function."""
        with _reported(context):
            function = self._connection(context).functions.get(request.tok)
            if function is None:
                raise ProviderError(f"the function {request.tok} is not served by the sandbox's {self.package.name}")
            response = rpc.InvokeResponse()
            getattr(response, "return").CopyFrom(encode(function(reveal(decode(request.args)))))
            return response

    def Cancel(self, _request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """End every wait of this engine's provider."""
        with self._lock:
            connection = self._connections.get(context.peer())
        if connection is not None:
            connection.cancel()
        return empty_pb2.Empty()

    def _connection(self, context: Context) -> Connection:
        with self._lock:
            connection = self._connections.get(context.peer())
        if connection is None:
            raise ProviderError(f"the provider {self.package.name} was restarted during the run: run the command again")
        return connection

    def _operations(self, request: _Typed, context: Context) -> Operations:
        token = request.type or request.urn.split("::")[2].rpartition("$")[2]
        resources = self._connection(context).resources
        if token not in resources:
            served = ", ".join(sorted(resources))
            raise ProviderError(f"unrecognized resource type {token}; the sandbox's {self.package.name} has {served}")
        return Operations(resources[token])


@contextmanager
def _reported(context: Context) -> Iterator[None]:
    """Convert an exception to the status that the engine shows. Values are never logged, as they may be secrets."""
    try:
        yield
    except HalfMadeError as error:
        _abort_half_made(context, error)
    except (ProviderError, UnsupportedError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("%s at %s:%s", type(error).__name__, place.filename, place.lineno)
        context.abort(
            grpc.StatusCode.INTERNAL,
            f"the sandbox's provider failed: {type(error).__name__} at line {place.lineno} "
            f"of {place.filename.rpartition('/')[2]}",
        )


def _abort_half_made(context: Context, error: HalfMadeError) -> None:
    """Abort with a status that makes the engine keep the resource's known state, and complete it next time."""
    detail = rpc.ErrorResourceInitFailed(id=error.identifier, properties=encode(error.state), reasons=[str(error)])
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _diff_response(found: list[Difference]) -> rpc.DiffResponse:
    kinds = {difference.path: _KINDS[difference.change, difference.replaces] for difference in found}
    changes = rpc.DiffResponse.DIFF_SOME if found else rpc.DiffResponse.DIFF_NONE
    return rpc.DiffResponse(
        changes=changes,
        diffs=sorted({difference.property for difference in found}),
        replaces=sorted({difference.property for difference in found if difference.replaces}),
        detailedDiff={path: rpc.PropertyDiff(kind=kind) for path, kind in kinds.items()},
        hasDetailedDiff=True,
    )


def _is_ignored(difference: Difference, ignored: set[str]) -> bool:
    return any(
        difference.path == path or difference.path.startswith((f"{path}.", f"{path}[")) or path == "*"
        for path in ignored
    )
