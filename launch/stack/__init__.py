"""Drive the engine and one stack."""

from launch.stack.engine import Engine, EngineError, find
from launch.stack.environment import applied, exemptions, proxies, shell
from launch.stack.locks import BusyError, refuse_busy, settle
from launch.stack.outputs import Host, Outputs
from launch.stack.past import Setting, Update
from launch.stack.readable import SANDBOX, MissingStackError, PulumiError
from launch.stack.stack import Stack, UpdateError
from launch.stack.state import SIGNATURE, State

__all__ = [
    "SANDBOX",
    "SIGNATURE",
    "BusyError",
    "Engine",
    "EngineError",
    "Host",
    "MissingStackError",
    "Outputs",
    "PulumiError",
    "Setting",
    "Stack",
    "State",
    "Update",
    "UpdateError",
    "applied",
    "exemptions",
    "find",
    "proxies",
    "refuse_busy",
    "settle",
    "shell",
]
