"""The common parts of all attached providers."""

from sandbox.providers.core import schema
from sandbox.providers.core.diffing import Change, Difference
from sandbox.providers.core.errors import ApiError, HalfMadeError, ProviderError
from sandbox.providers.core.http import Api, RetryRule, retry_after
from sandbox.providers.core.operations import Operations
from sandbox.providers.core.planning import same
from sandbox.providers.core.resource import Connection, Live, Package, Resource
from sandbox.providers.core.schema import Kind, Property, Type, camel, snake
from sandbox.providers.core.values import UNKNOWN, UnsupportedError, Value, decode, encode, reveal

__all__ = [
    "UNKNOWN",
    "Api",
    "ApiError",
    "Change",
    "Connection",
    "Difference",
    "HalfMadeError",
    "Kind",
    "Live",
    "Operations",
    "Package",
    "Property",
    "ProviderError",
    "Resource",
    "RetryRule",
    "Type",
    "UnsupportedError",
    "Value",
    "camel",
    "decode",
    "encode",
    "retry_after",
    "reveal",
    "same",
    "schema",
    "snake",
]
