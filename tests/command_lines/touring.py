"""A tour: commands of one of the vendors' command lines, one after another, each with its effect at the vendor."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contract.paths import PROJECT
from toolchain import node

HERE = Path(__file__).parent
DATA = PROJECT / ".build" / "command-lines.json"
"""The results of the latest run, a row for each command."""
_SECONDS = 180
"""Time limit of one command, on a busy machine."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command, with the vendor's response.

    `{name}` in the command stands for a value that an earlier step captured, or that the tour was given.
    """

    command: str
    """Words after the program's name, without quotes; `~` in a word is a blank."""
    says: str = ""
    """A pattern that the output, on either stream, must match; `{name}` is a captured value, verbatim."""
    refused: bool = False
    """Whether the vendor refuses it: the command ends with a code other than 0."""
    reads: str | None = None
    """Standard input; none by default."""
    differs: str = ""
    """Why the sandbox responds differently from the vendor, if that is known."""


@dataclass(frozen=True)
class Result:
    """The result of a step."""

    program: str
    command: str
    expected: str
    code: int
    seconds: float
    output: str
    known: str
    as_the_vendor: bool

    def row(self) -> dict[str, object]:
        """The result for the table."""
        return {
            "program": self.program,
            "command": self.command,
            "at the vendor": self.expected,
            "as at the vendor": self.as_the_vendor,
            "known difference": self.known,
            "exit code": self.code,
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Tour:
    """A program, its folder, and its steps."""

    program: str
    script: str
    """Path of the program's main module below node_modules."""
    steps: Sequence[Step]
    files: dict[str, str] = field(default_factory=dict)
    """Files of the folder in which the commands run."""
    given: dict[str, str] = field(default_factory=dict)

    def run(self, environment: dict[str, str], home: Path) -> list[Result]:
        """Run every step, in a folder and with a HOME of its own."""
        folder = home / "project"
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        folder.mkdir(parents=True, exist_ok=True)
        own = environment | {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "NODE_COMPILE_CACHE": str(home / "compiled"),
            "CI": "1",
            "NO_COLOR": "1",
            "WRANGLER_SEND_METRICS": "false",
            "VERCEL_TELEMETRY_DISABLED": "1",
            "PATH": f"{node.node().parent}{os.pathsep}{environment.get('PATH', os.defpath)}",
        }
        return list(self._results(own, folder))

    def _results(self, environment: dict[str, str], folder: Path) -> Iterator[Result]:
        known = dict(self.given)
        for step in self.steps:
            words = [_filled(word, known).replace("~", " ") for word in step.command.split(" ")]
            program = HERE / "node_modules" / self.script
            started = time.monotonic()
            done = subprocess.run(
                [str(node.node()), str(program), *words],
                cwd=folder,
                env=environment,
                input=step.reads or "",
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            output = _COLOURS.sub("", done.stdout + done.stderr)
            escaped = {name: re.escape(value) for name, value in known.items()}
            found = re.search(_filled(step.says, escaped), output, re.DOTALL)
            if found:
                known |= {name: value for name, value in found.groupdict().items() if value}
            yield Result(
                program=self.program,
                command=step.command.replace("~", " "),
                expected="refused" if step.refused else "done",
                code=done.returncode,
                seconds=time.monotonic() - started,
                output=output,
                known=step.differs,
                as_the_vendor=bool(found) and (done.returncode != 0) == step.refused,
            )


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the results as a text table, with the share of successes for each program and for all."""
    lines = [
        f"{'as' if row['as at the vendor'] else 'NOT as'} at the vendor: {row['program']} {row['command']}"
        f" ({row['at the vendor']})" + (f" [{row['known difference']}]" if row["known difference"] else "")
        for row in rows
    ]
    programs = dict.fromkeys(str(row["program"]) for row in rows)
    lines += [_share([row for row in rows if row["program"] == program], program) for program in programs]
    return "\n".join([*lines, _share(rows, "all")])


def _share(rows: Sequence[Mapping[str, object]], name: str) -> str:
    good = sum(bool(row["as at the vendor"]) for row in rows)
    return f"{name}: {good} of {len(rows)} commands as at the vendor ({good / len(rows):.1%})"


def _filled(word: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        word = word.replace(f"{{{name}}}", value)
    return word
