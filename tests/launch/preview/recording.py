"""Records the real engine's events for many kinds of change, once: the input of the golden-file tests.

    launch up; python -m tests.launch.preview.recording      # with LAUNCH_SANDBOX_HOME of that sandbox

Each change is made in a copy of the project, previewed against the running sandbox, and kept as `recorded/NAME.json`:
the engine's events without unchanged resources. Nothing is updated.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contract.paths import PROJECT
from launch.local import of_running_sandbox
from launch.preview import Database, read
from launch.preview.look import look
from launch.stack import Stack, applied
from sandbox.base import Home, home_path
from tests.end_to_end.world import Launch

RECORDED = Path(__file__).with_name("recorded")
_LEFT_OUT = (".venv", ".git", ".sandbox", "node_modules", "tests", "__pycache__", ".mypy_cache", ".ruff_cache")

_LONGEST = 600
"""Number of characters of a text that are kept."""

Change = Callable[[Path], object]
"""Edits a copy of the project."""


def setting(**values: object) -> Change:
    """Return a change of values of the stack's configuration."""

    def change(folder: Path) -> None:
        file = folder / "Pulumi.sandbox.yaml"
        added = "".join(f"  prductr:{key}: {json.dumps(value)}\n" for key, value in values.items())
        file.write_text(file.read_text() + added)

    return change


def replaced(path: str, old: str, new: str) -> Change:
    """Return a change that replaces one text of a file by another, everywhere."""

    def change(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text, (path, old)
        (folder / path).write_text(text.replace(old, new))

    return change


def written(path: str, text: str) -> Change:
    """Return a change that writes a file with this text."""
    return lambda folder: (folder / path).write_text(text)


_MIGRATION = """-- Tasks get a due date, and each has a title from now on.

alter table public.tasks add column due_at timestamptz;
create index tasks_due_at on public.tasks (due_at);
update public.tasks set description = '' where description is null;
alter table public.tasks alter column description set not null;
"""

_PROOF = """
import pulumi, pulumi_cloudflare as cloudflare
cloudflare.DnsRecord(
    "proof", zone_id="ZONE", name="_proof.prductr.com", type="TXT", content='"new"', ttl=300,
    opts=pulumi.ResourceOptions(import_="ZONE/RECORD", protect=True),
)
"""


def imported(folder: Path) -> None:
    """Import a record made by hand, with another content, by a program that declares nothing else."""
    home = Home.load(home_path())
    launch = Launch(folder=home.path)
    zone, names = launch.zone(), ("_proof.prductr.com", "TXT")
    if names not in launch.records():
        record = {"type": "TXT", "name": names[0], "content": '"old"', "ttl": 1}
        launch.cloudflare("POST", f"/zones/{zone}/dns_records", **record)
    (folder / "__main__.py").write_text(_PROOF.replace("ZONE", zone).replace("RECORD", launch.records()[names]))
    (folder / "Pulumi.yaml").write_text("name: imported\nruntime:\n  name: python\n")
    command = ["pulumi", "stack", "init", "sandbox", "--non-interactive"]
    subprocess.run(command, cwd=folder, env=launch.environment(), capture_output=True, check=False)


def secret(folder: Path) -> None:
    """Use a configured key in place of the generated one, which is protected."""
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    command = ["pulumi", "config", "set", "--secret", "userSecretsMasterKey", key]
    subprocess.run(command, cwd=folder, env=Launch(folder=home_path()).environment(), check=True)


def drifted(_folder: Path) -> None:
    """Change a record by hand."""
    launch = Launch(folder=home_path())
    record = launch.records()["prductr.com", "A"]
    launch.cloudflare("PATCH", f"/zones/{launch.zone()}/dns_records/{record}", ttl=60)


def policy(folder: Path) -> None:
    """Let viewers delete tasks, and the service no longer."""
    replaced(
        "sql/security/tables/tasks.sql",
        "for delete to prductr_app, prductr_service\nusing (organization_id = (select public.writable_org_id()))",
        "for delete to prductr_app\nusing (organization_id = (select public.current_org_id()))",
    )(folder)
    file = folder / "sql/security/declared.json"
    facts = json.loads(file.read_text())
    changed = facts["policy"]["tasks.tasks_delete"]
    changed["using"] = changed["using"].replace("writable_org_id", "current_org_id")
    changed["roles"] = ["prductr_app"]
    file.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


CHANGES: dict[str, tuple[Change, ...]] = {
    "nothing": (),
    "update": (setting(nodeVersion="20.x"),),
    "worker-updated": (setting(conductor="alias"),),
    "host-absent": (setting(conductor="absent"),),
    "host-replaced": (setting(dashboardHost="app.prductr.com"),),
    "records-created": (setting(mailServers=["mx1.example.com", "mx2.example.com"]),),
    "protections-off": (setting(enableRateLimiting=False, enableRls=False),),
    "protected-deleted": (secret,),
    "costs": (setting(workerCpuMilliseconds=50, databaseHistorySeconds=604800),),
    "shield-off": (setting(burstRequests=0),),
    "migration": (written("sql/migrations/9000_due_dates.sql", _MIGRATION),),
    "policy": (policy,),
    "worker-code": (replaced("workers/conductor/index.js", "String(RETRY_AFTER_SECONDS)", "`${RETRY_AFTER_SECONDS}`"),),
    "migration-edited": (replaced("sql/migrations/0001_baseline.sql", "create table", "create  table"),),
    "region-refused": (setting(databaseRegion="aws-us-east-1"),),
    "protected-replaced": (
        replaced("components/generated_secrets.py", "length=length, special", "length=length + 8, special"),
    ),
    "imported": (imported,),
    "settings-refused": (setting(mailFromOthers="perhaps", nodeVersion="9"),),
    "rule-broken": (replaced("components/generated_secrets.py", "parent=self, protect=True", "parent=self"),),
    "drifted": (drifted,),
    "created": (),
}


def record(name: str, changes: tuple[Change, ...], environment: dict[str, str]) -> None:
    """Preview one change and keep the engine's events."""
    with tempfile.TemporaryDirectory(prefix="prductr-recording-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for change in changes:
            change(copy)
        stack = Stack(name="sandbox", environment=environment, folder=copy)
        events = stack.planned(refresh=name == "drifted")
        seen = read(events)
        found = look(seen, stack) if seen.succeeded else Database()
        kept = {"events": [_short(each) for each in events if _tells(each)], "database": asdict(found)}
        text = json.dumps(kept, indent=1, ensure_ascii=False)
    (RECORDED / f"{name}.json").write_text(text.replace(str(copy), "/project") + "\n")
    print(name, seen.succeeded, len(seen.changes), len(text), flush=True)


def _short(value: Any) -> Any:  # noqa: ANN401 -- as JSON has it
    """Return the value without the middle of long texts, such as a Worker's code."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]} {hashlib.sha256(value.encode()).hexdigest()}"
    return value


def _tells(event: Mapping[str, Any]) -> bool:
    """Return whether an event reports more than an unchanged resource."""
    if "resOutputsEvent" in event:
        return bool(event["resOutputsEvent"]["metadata"]["type"] == "pulumi:pulumi:Stack")
    step = (event.get("resourcePreEvent") or {}).get("metadata")
    if step is not None:
        return bool(step["op"] != "same") and not step["type"].startswith("pulumi:providers:")
    return "preludeEvent" not in event and "progressEvent" not in event


def main(names: list[str]) -> None:
    """Record all but `created`, which needs a sandbox without the launch; or only the named ones."""
    environment = {**applied(of_running_sandbox()), "LAUNCH_PROJECT": str(PROJECT)}
    RECORDED.mkdir(exist_ok=True)
    for name, changes in CHANGES.items():
        if name in names or (not names and name != "created"):
            record(name, changes, environment)


if __name__ == "__main__":
    main(sys.argv[1:])
