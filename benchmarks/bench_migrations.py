"""B3: applying migrations, against dbmate and against `psql -1`, which only sends the text and records nothing.

    python -m benchmarks.bench_migrations

The peers get the same statements: indexes are built without CONCURRENTLY and each file is one transaction, because
dbmate sends a file as one text and `psql -1` is one transaction. The runner is timed in this process, as it runs in the
stack's process, including its locking, hashing and checking of the ledger, which the peers lack. The tools take turns,
each round on a new database of a server with fsync on. Each figure is the best of the rounds, which a busy machine
disturbs least. The databases stay until the end, because ext4 searches long for an inode that was not freed in the last
minutes. A preview without changes queries no database at all, and is timed separately.
"""

from __future__ import annotations

import gc
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from components.migrations import MigrationsProvider
from database.migrations import manifest
from database.runner import Runner
from sandbox.postgres import Postgres, installation, scratch_server

OUR_SET = Path(__file__).parents[1] / "sql" / "migrations"
DBMATE = Path(sys.executable).with_name("dbmate")
ROUNDS = {"our set": 15, "1,000 files": 3}
Apply = Callable[[str], None]


def _our_set() -> dict[str, str]:
    """Return this project's files in the form that all three tools can run."""
    return {
        path.name: re.sub(r"^--!.*\n", "", path.read_text(), flags=re.MULTILINE).replace(" concurrently", "")
        for path in sorted(OUR_SET.glob("*.sql"))
    }


def _thousand_files() -> dict[str, str]:
    return {
        f"{number:04d}_table.sql": f"-- Table {number} of many.\n"
        f"create table public.table_{number:04d} (id bigint primary key, note text not null default '');\n"
        f"create index table_{number:04d}_note on public.table_{number:04d} (note);\n"
        for number in range(1, 1001)
    }


def _write(folder: Path, files: dict[str, str]) -> tuple[Path, Path]:
    """Write the files in the runner's form (also psql's) and in dbmate's, and return the two folders."""
    ours, theirs = folder / "migrations", folder / "dbmate"
    for directory, form in ((ours, "{}"), (theirs, "-- migrate:up\n{}\n-- migrate:down\n")):
        directory.mkdir(parents=True)
        for name, text in files.items():
            (directory / name).write_text(form.replace("{}", text))
    return ours, theirs


def _tools(ours: Path, theirs: Path) -> dict[str, Apply]:
    psql = [str(installation() / "bin" / "psql"), "--no-psqlrc", "--quiet", "-1", "-v", "ON_ERROR_STOP=1"]
    for path in sorted(ours.iterdir()):
        psql += ["-f", str(path)]

    def run(command: list[str], url: str) -> None:
        subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.DEVNULL, check=True)

    def launch(url: str) -> None:
        Runner(url, ours).run()

    return {
        "launch": launch,
        "dbmate": lambda url: run([str(DBMATE), "-d", str(theirs), "--no-dump-schema", "migrate"], url),
        "psql -1": lambda url: run([*psql, url], url),
    }


def _timed(apply: Apply, url: str) -> float:
    gc.collect()
    started = time.perf_counter()
    apply(url)
    return time.perf_counter() - started


def _measure(server: Postgres, name: str, files: dict[str, str]) -> None:
    fresh: dict[str, list[float]] = {}
    unchanged: dict[str, list[float]] = {}
    preview: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(server.uri(), autocommit=True) as admin:
        ours, theirs = _write(Path(folder), files)
        tools = _tools(ours, theirs)
        for _ in range(ROUNDS[name]):
            for tool, apply in tools.items():
                database = f"bench_{secrets.token_hex(4)}"
                admin.execute(f"create database {database} strategy file_copy".encode())
                admin.execute("checkpoint")
                fresh.setdefault(tool, []).append(_timed(apply, server.uri(database)))
                if tool == "launch":
                    preview.setdefault(tool, []).append(_timed(lambda _url: _preview(ours), ""))
                    preview.setdefault("reading alone", []).append(_timed(lambda _url: _reading(ours), ""))
                if tool == "dbmate":
                    preview.setdefault(tool, []).append(_timed(apply, server.uri(database)))
                if tool != "psql -1":
                    unchanged.setdefault(tool, []).append(_timed(apply, server.uri(database)))
    _show(f"fresh apply, {name} ({len(files)} files)", fresh)
    _show(f"a run with nothing to do, {name}", unchanged)
    _show(f"a preview with nothing to do, {name}", preview)


def _preview(directory: Path) -> None:
    """Do the resource's work if nothing has changed: hash all files and compare them with the remembered hashes."""
    provider = MigrationsProvider()
    remembered = {
        "database_url": "postgresql://owner@127.0.0.1/unasked",
        "directory": str(directory),
        "files": manifest(directory),
    }
    assert not provider.check(remembered, remembered).failures
    assert not provider.diff("", remembered, remembered).changes


def _reading(directory: Path) -> None:
    """Read each file once, the minimum work of any tool that detects an edited file."""
    with os.scandir(directory) as entries:
        for entry in entries:
            descriptor = os.open(entry.path, os.O_RDONLY)
            os.read(descriptor, 1 << 16)
            os.close(descriptor)


def _show(title: str, seconds: dict[str, list[float]]) -> None:
    best = {tool: min(each) for tool, each in seconds.items()}
    figures = "  ".join(f"{tool} {value * 1000:.1f} ms" for tool, value in best.items())
    ratios = "  ".join(f"{best['launch'] / value:.2f} of {tool}" for tool, value in best.items() if tool != "launch")
    print(f"B3 {title}: {figures}\n   launch takes {ratios}", flush=True)
    if "psql -1" in best:
        print(f"   the floor, psql -1, takes {best['psql -1'] / best['dbmate']:.2f} of dbmate", flush=True)


def main() -> None:
    """Print the figures and the ratios."""
    with scratch_server() as server:
        _measure(server, "our set", _our_set())
        _measure(server, "1,000 files", _thousand_files())
    print("B3 targets: fresh at most 0.70 of dbmate (our set), 0.95 (1,000 files), 1.15 of psql -1; no-op at most 0.10")


if __name__ == "__main__":
    main()
