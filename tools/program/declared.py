"""Runs the program itself with a stand-in for the engine and lists its declarations: no cloud, no engine, no network.

`python -m tools.program.declared STACK [OPTIONS]` prints JSON: `resources` in order of registration, `packages`,
`outputs`, and `error` when the program was refused. OPTIONS is JSON with `config` (values over those of the stack's
file; null removes one), `secret` (keys that are encrypted), `environment` (over invented credentials) and `program`
(another file to run).

`python -m tools.program.declared --list STACK` prints the resources for people.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import runpy
import subprocess
import sys
from typing import Any

import pulumi
import yaml
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import mocks, rpc, set_all_config, settings, stack

from contract.paths import PROJECT
from tools.program import stand_ins
from tools.program.stand_ins import StandIns
from vendors import Api

CREDENTIALS = {
    "CLOUDFLARE_API_TOKEN": "rehearsal-cloudflare-token-0123456789abcd",
    "VERCEL_API_TOKEN": "rehearsalvercel0123456789",
    "NEON_API_KEY": "napi_rehearsal0123456789",
}
OPERATORS = {
    "prductr:neonOrganization": "org-rehearsal-00000000",
    "prductr:neonAuthUrl": "https://ep-rehearsal.neonauth.eu-central-1.aws.neon.build/neondb/auth",
}
"""Settings that a stack's file may leave to its operator, with invented values."""


def rehearse(stack_name: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """Return the declarations for this stack, from a process of its own because Pulumi's runtime is global."""
    command = [sys.executable, "-m", "tools.program.declared", stack_name, json.dumps(options)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The rehearsal of {stack_name} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def listing(rehearsed: dict[str, Any]) -> str:
    """Return the resources as readable lines: parent / type name [options]."""
    options = ("protect", "retainOnDelete", "deleteBeforeReplace")
    lines = []
    for resource in rehearsed["resources"]:
        chosen = [option for option in options if resource.get(option)]
        hooks = resource.get("hooks", {}).get("beforeCreate", [])
        chosen += [hook for hook in hooks if not hook.startswith("launch-")]  # on all resources that may exist
        suffix = f" [{', '.join(chosen)}]" if chosen else ""
        parent = re.sub(r"^prductr-.*", "stack", resource["parent"])
        lines.append(f"{parent} / {resource['type']} {resource['name']}{suffix}")
    return "\n".join(sorted(lines))


class Callbacks:
    """Accepts hooks, which only a real engine would call."""

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        """Accept the hook."""


class Recorder(mocks.MockMonitor):
    """Records every registration as it is sent."""

    def __init__(self) -> None:
        super().__init__(StandIns())
        self.declared: list[dict[str, Any]] = []
        self.outputs: dict[str, Any] = {}
        self.packages: list[dict[str, Any]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 -- the protocol's
        """Record the registration, and respond as a provider would."""
        if request.type != "pulumi:pulumi:Stack":
            note = json_format.MessageToDict(request)
            note["inputs"] = _readable(note.pop("object", {}))
            note["parent"] = _name(request.parent)
            note["dependsOn"] = sorted(_name(urn) for urn in note.pop("dependencies", []))
            self.declared.append(note)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterPackage(self, request: Any) -> Any:  # noqa: ANN401, N802 -- the protocol's
        """Record which provider is requested, with its parameter."""
        note = json_format.MessageToDict(request)
        self.packages.append({**note, "parameter": request.parameterization.value.decode()})
        return super().RegisterPackage(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802 -- the protocol's
        """Keep the stack's outputs."""
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            self.outputs = _readable(json_format.MessageToDict(request.outputs))
        return empty_pb2.Empty()


def configuration(stack_name: str, changes: dict[str, str | None]) -> dict[str, str]:
    """Return the stack's configuration as the engine passes it to the program."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    stored = yaml.safe_load((PROJECT / f"Pulumi.{stack_name}.yaml").read_text())["config"]
    values = {f"prductr:{key}": entry["default"] for key, entry in declared.items() if "default" in entry}
    values |= OPERATORS | stored | changes
    return {key: _text(value) for key, value in values.items() if value is not None}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _readable(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Return a value with secrets as {"secret": …} instead of Pulumi's signatures."""
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
        return {"secret": _readable(value.get("value"))}
    return {key: _readable(item) for key, item in value.items() if not key.startswith("__")}


def main(stack_name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Run the program in this process."""
    recorder = Recorder()
    features = set(recorder.GetDeploymentInfo(None).supportedFeatures)  # type: ignore[no-untyped-call]
    settings.configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=recorder,
            monitor_features=features,
            engine=mocks.MockEngine(None),
            project="prductr",
            stack=stack_name,
            dry_run=False,
            organization=None,
            callbacks=Callbacks(),
        )
    )
    set_all_config(configuration(stack_name, options.get("config", {})), options.get("secret", []))
    setattr(Api, "call", stand_ins.vendor)  # noqa: B010 -- the type checker rejects assigning to a method
    os.environ.update(CREDENTIALS | options.get("environment", {}))
    program = options.get("program", str(PROJECT / "__main__.py"))
    error = None

    def run() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        asyncio.run(stack.run_in_stack(run))
    except pulumi.RunError as refused:
        error = str(refused)
    return {
        "resources": recorder.declared,
        "packages": recorder.packages,
        "outputs": recorder.outputs,
        "error": error,
    }


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print(listing(rehearse(sys.argv[2])))
    else:
        print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})))
