"""A deployed launch and the tools to work on it, with the stack and behind its back."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contract.paths import PROJECT
from launch.local.environment import variables
from launch.stack.engine import find
from launch.stack.environment import applied
from sandbox.base.home import Home
from sandbox.state.store import Store
from tests.documents import published

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The sandbox in `folder`, with the stack deployed into it."""

    folder: Path

    @property
    def home(self) -> Home:
        return Home.load(self.folder)

    def environment(self, **changes: str) -> dict[str, str]:
        looks = str(self.folder.parent / "looks")
        return {**applied(variables(self.home, find())), "LAUNCH_LOOKS": looks, **changes}

    def pulumi(self, *arguments: str, code: int | None = 0, **changes: str) -> Done:
        """Plain `pulumi` in the project's folder; asserts its exit code unless `code` is None."""
        return run("pulumi", *arguments, "--non-interactive", code=code, environment=self.environment(**changes))

    def launch(self, *arguments: str, code: int | None = 0, **changes: str) -> Done:
        """The command `launch`."""
        done = run(sys.executable, "-m", "launch", *arguments, code=code, environment=self.environment(**changes))
        if "--json" in arguments and done.stdout:
            published(done.stdout)
        return done

    def outputs(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", "--show-secrets").stdout)
        return found

    def state(self) -> dict[str, Any]:
        # In plain text: each write encrypts the same secrets anew.
        found: dict[str, Any] = json.loads(self.pulumi("stack", "export", "--show-secrets").stdout)["deployment"]
        return found

    def resources(self) -> dict[str, Any]:
        """Return every provider's resource in the state, by URN."""
        held = [each for each in self.state()["resources"] if each.get("id") and not each["type"].startswith("pulumi:")]
        assert held
        return {each["urn"]: each["outputs"] for each in held}

    def verified(self, code: int) -> dict[str, Any]:
        """Return the document of `launch verify --json`, which must end with the expected exit code."""
        found: dict[str, Any] = json.loads(self.launch("verify", "--json", code=code).stdout)
        return found

    def cloudflare(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 -- as JSON has it
        """Call Cloudflare's API, like a person with the token."""
        return self._call(
            method,
            f"/client/v4{path}",
            self.home.credentials.cloudflare_api_token,
            json=body or None,
        )["result"]

    def vercel(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 -- as JSON has it
        """Call Vercel's API, for the team."""
        return self._call(
            method, f"/vercel{path}?teamId=hhnn", self.home.credentials.vercel_api_token, json=body or None
        )

    def neon(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 -- as JSON has it
        """Call Neon's API."""
        return self._call(method, f"/neon/api/v2{path}", self.home.credentials.neon_api_key, json=body or None)

    def zone(self) -> str:
        zone: str = self.cloudflare("GET", "/zones?name=prductr.com")[0]["id"]
        return zone

    def records(self) -> dict[tuple[str, str], str]:
        """Return the ids of the zone's DNS records by name and type."""
        found = self.cloudflare("GET", f"/zones/{self.zone()}/dns_records?per_page=100")
        return {(record["name"], record["type"]): record["id"] for record in found}

    def projects(self) -> list[str]:
        """Return the ids of all Neon projects."""
        store = Store(self.home.store_path)
        try:
            return [project["id"] for project in store.find("neon.projects")]
        finally:
            store.close()

    def settle(self) -> None:
        """Remember that everything is as declared now, so that nobody has to update it again."""
        self._settled.write_text(str(self.changes()))

    @property
    def is_as_declared(self) -> bool:
        """Whether nothing was changed at the clouds since `settle`."""
        return self._settled.exists() and self._settled.read_text() == str(self.changes())

    @property
    def _settled(self) -> Path:
        return self.folder.parent / "settled"

    def fault(self, **rule: object) -> None:
        """Order a fault of the clouds."""
        self._call("POST", "/_sandbox/faults", self.home.credentials.admin_token, json=rule)

    def mend(self) -> None:
        """End all faults."""
        self._call("DELETE", "/_sandbox/faults", self.home.credentials.admin_token)

    def settings(self, folder: Path, **changes: object) -> str:
        """Write the stack's settings with changes to a file of its own: the project's file stays unchanged."""
        lines = (PROJECT / "Pulumi.sandbox.yaml").read_text().rstrip().splitlines()
        kept = [line for line in lines if not any(line.strip().startswith(f"{key}:") for key in changes)]
        added = [f"  {key}: {json.dumps(value)}" for key, value in changes.items()]
        file = folder / f"Pulumi.{secrets.token_hex(4)}.yaml"
        file.write_text("\n".join([*kept, *added]) + "\n")
        return str(file)

    def changes(self) -> int:
        """Return the number of changes that the clouds have seen so far."""
        store = Store(self.home.store_path)
        try:
            return store.version()
        finally:
            store.close()

    def _call(self, method: str, path: str, token: str, json: object = None) -> Any:  # noqa: ANN401 -- as JSON has it
        answer = httpx.request(
            method,
            f"http://127.0.0.1:{self.home.ports.cloud}{path}",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
            json=json,
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {"result": None}


def run(*command: str, environment: dict[str, str], code: int | None = 0, folder: Path = PROJECT) -> Done:
    """Run a program to the end, without a terminal."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert code is None or done.returncode == code, (
        f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done


def new_sandbox(folder: Path) -> dict[str, str]:
    """Return the environment in which `launch up` makes a sandbox in `folder`."""
    return {**os.environ, "LAUNCH_SANDBOX_HOME": str(folder), "LAUNCH_SANDBOX_PORT_BASE": "auto"}
