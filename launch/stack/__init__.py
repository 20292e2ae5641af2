"""Drive the engine and one stack."""

from launch.stack.engine import Engine, EngineError, find
from launch.stack.environment import applied, shell
from launch.stack.locks import BusyError, refuse_busy, settle
from launch.stack.outputs import Host, Outputs
from launch.stack.past import Setting, Update
from launch.stack.proxies import exemptions, proxies
from launch.stack.stack import SANDBOX, MissingStackError, PulumiError, Stack, UpdateError
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
