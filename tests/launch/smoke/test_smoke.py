"""`launch smoke`. Prevents: a plugin that passes without a run, one whose crash, hang, overwriting or
question goes unnoticed, a checkout that a plugin can change, and a process that is left behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from launch.inputs import InputError, complaints
from launch.report import Verdict
from launch.smoke import FILE, Matrix, Results, Run
from tests.full_disk import full_disk
from tests.launch.smoke.plugins import carlos, lisa, plugin
from tests.verbs import Result, call

STAND_IN = str(Path(__file__).with_name("stand_in.py"))
SECRET = "cf-token-that-no-plugin-may-see"


@dataclass
class World:
    """A folder with checkouts and a plan whose runner is the stand-in."""

    folder: Path
    seconds: float = 60

    def checkout(self, name: str = "prductr-com") -> Path:
        folder = self.folder / "checkouts" / name
        (folder / "packages" / "landing").mkdir(parents=True)
        (folder / "README.md").write_text("# Read me\n")
        (folder / "packages" / "landing" / "package.json").write_text("{}")
        git(folder, "init", "--quiet")
        git(folder, "add", "--all")
        git(folder, "-c", "user.name=t", "-c", "user.email=t@prductr.com", "commit", "--quiet", "-m", "x")
        return folder

    def plan(self, **runner: Any) -> Path:  # noqa: ANN401 -- as YAML has it
        whole = yaml.safe_load(FILE.read_text())
        own = {"run": [sys.executable, STAND_IN, "{command}", "{plugin}"], "version": [sys.executable, "--version"]}
        whole["runner"] |= own | {"timeoutSeconds": self.seconds} | runner
        path = self.folder / "smoke.yaml"
        path.write_text(yaml.safe_dump(whole))
        return path

    def smoke(self, *arguments: str, **runner: Any) -> Result:  # noqa: ANN401 -- as YAML has it
        return call("smoke", "--plan", str(self.plan(**runner)), "--json", "--by", "ana", *arguments)

    def one(self, name: str, folder: Path, checkout: Path | None = None) -> dict[str, Any]:
        """Return the run of one plugin in prductr-com."""
        source = checkout or self.checkout()
        before = snapshot(source)
        given = ("--only", "prductr-com", "--plugin", f"{name}={folder}", "--checkout", f"prductr-com={source}")
        done = self.smoke(*given)
        assert snapshot(source) == before, "the original is never touched"
        [run] = [each for each in done.document["runs"] if each["plugin"] == name]
        assert list(complaints({"schema": 1, "runs": done.document["runs"]}, "smoke_results")) == []
        found: dict[str, Any] = run
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "index"}


def test_two_good_plugins_pass_in_three_repositories_and_the_results_are_kept(world: World) -> None:
    results = world.folder / "results.json"
    given = ["--plugin", f"lisa={lisa(world.folder / 'lisa')}", "--plugin", f"carlos={carlos(world.folder / 'carlos')}"]
    for name in ("prductr-com", "conductor", "echome"):
        given += ["--checkout", f"{name}={world.checkout(name)}"]
    done = world.smoke(*given, "--results", str(results))
    assert done.exit_code == 0, done.output
    runs = json.loads(results.read_text())["runs"]
    assert runs == done.document["runs"]
    assert len(runs) == 6
    for run in runs:
        assert run["verdict"] == "passed"
        assert run["runner_version"].startswith("Python 3")
        assert run["plugin_version"] == "1.2.3"
        assert len(run["repository_commit"]) == 40
        assert run["repository_changed"] is False
        assert (run["by"], run["cost_usd"]) == ("ana", 0.25)
        assert run["seconds"] >= 0
        assert run["started"].endswith("+00:00")


AND = "good = act\ndef act(command):\n    good(command)\n    "
"""Beginning of a plugin that also does its work correctly."""

SHOWSTOPPERS: list[tuple[str, str, str]] = [
    ("crash", "def act(command): raise SystemExit(3)", "exit code 3"),
    ("crash", "import os, signal\ndef act(command): os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
    ("crash", AND + "return {'is_error': True}, 0", "success"),
    (
        "crash",
        AND + "return {'is_error': None}, 0",
        "ended with an error",
    ),
    ("crash", AND + "return {}, 1", "exit code 1"),
    (
        "crash",
        "def act(command): return {'is_error': True, 'subtype': 'error_max_budget_usd'}, 0",
        "error_max_budget_usd",
    ),
    ("output", AND + "return ''", "no result in JSON"),
    ("output", 'good = act\ndef act(command):\n    good(command)\n    return \'{"type": "res\'', "no result in JSON"),
    ("output", AND + "return 'x' * (5 << 20)", "more than 4 MiB"),
    (
        "overwritten",
        AND + "Path('README.md').write_text('mine')",
        "overwrote README.md",
    ),
    (
        "overwritten",
        AND + "Path('packages/landing/package.json').unlink()",
        "overwrote packages/landing/package.json",
    ),
    (
        "prompt",
        AND + "return {'permission_denials': [{'tool_name': 'Bash'}]}, 0",
        "permission to use Bash",
    ),
    ("prompt", "def act(command): return {'result': 'Which project do you mean?'}, 0", "asked a question"),
]


@pytest.mark.parametrize(
    ("kind", "code", "expected"), SHOWSTOPPERS, ids=[f"{n}-{each[0]}" for n, each in enumerate(SHOWSTOPPERS)]
)
def test_each_showstopper_is_found(world: World, kind: str, code: str, expected: str) -> None:
    run = world.one("lisa", lisa(world.folder / "lisa", code))
    assert (run["verdict"], run["showstopper"]) == ("failed", kind)
    assert expected in run["detail"]


MEMORIES: list[tuple[str, str | None, str]] = [
    ("semantic.json", None, "left no"),
    ("semantic.json", "", "is empty"),
    ("semantic.json", "  \n", "is empty"),
    ("semantic.json", "{", "is not valid JSON"),
    ("semantic.json", "{}", "holds nothing"),
    ("semantic.json", "null", "holds nothing"),
    ("notes.md", "words", "has no heading"),
    ("notes.md", "# Memory\n\n## More\n", "nothing below"),
    ("notes.md", "# Memory\n\nWords.\n", ""),
    ("semantic.json", '[{"a": 1}]', ""),
]


@pytest.mark.parametrize(("name", "content", "expected"), MEMORIES)
def test_lisa_leaves_a_memory_that_can_be_read(world: World, name: str, content: str | None, expected: str) -> None:
    write = "" if content is None else f"Path('.gt/memory/{name}').write_text({content!r})"
    code = f"def act(command):\n    Path('.gt/memory').mkdir(parents=True)\n    {write or 'pass'}"
    run = world.one("lisa", lisa(world.folder / "lisa", code))
    assert run["verdict"] == ("failed" if expected else "passed"), run
    assert expected in run["detail"]


DOCUMENTS: list[tuple[str, str]] = [
    ("leave(OPEN_QUESTIONS=None)", "left no scopecraft/OPEN_QUESTIONS.md"),
    (
        "leave(ROADMAP='# Roadmap\\n\\n## Phase 1\\n\\nx\\n\\n## Phase 2\\n\\nx\\n')",
        "has 2 sections 'Phase', not 3 to 5",
    ),
    (
        "leave(ROADMAP='# R\\n' + ''.join(f'\\n## Phase {n}\\n\\nx\\n' for n in range(6)))",
        "has 6 sections 'Phase', not 3 to 5",
    ),
    ("leave(EPICS_AND_STORIES=EPICS.replace('## Epic 3', '## Story 3'))", "has 2 sections 'Epic', not 3 or more"),
    ("leave(EPICS_AND_STORIES=EPICS.replace('- [ ] It works.', '', 1))", "has no acceptance criteria"),
    ("leave(METRICS_AND_PMF=PLAIN + 'TBD\\n')", "holds a placeholder: TBD"),
    ("leave(METRICS_AND_PMF=PLAIN + '[Insert metric]\\n')", "holds a placeholder: [Insert metric]"),
    ("leave(METRICS_AND_PMF=PLAIN + '{{ name }}\\n')", "holds a placeholder"),
    ("leave(METRICS_AND_PMF=PLAIN + '[add it](https://prductr.com)\\n')", ""),
    ("leave(METRICS_AND_PMF=PLAIN + '```\\n# TODO\\n```\\n')", ""),
    ("leave(ROADMAP='```\\n' + PHASES + '```\\n# R\\n\\nx\\n')", "has 0 sections 'Phase'"),
]


@pytest.mark.parametrize(("code", "expected"), DOCUMENTS)
def test_carlos_leaves_six_documents_that_are_whole(world: World, code: str, expected: str) -> None:
    run = world.one("carlos", carlos(world.folder / "carlos", f"def act(command): {code}"))
    assert run["verdict"] == ("failed" if expected else "passed"), run
    assert expected in run["detail"]


def test_a_file_that_was_there_before_is_not_the_plugins(world: World) -> None:
    checkout = world.checkout()
    (checkout / ".gt" / "memory").mkdir(parents=True)
    (checkout / ".gt" / "memory" / "semantic.json").write_text('{"old": true}')
    run = world.one("lisa", lisa(world.folder / "lisa", "def act(command): pass"), checkout)
    assert run["verdict"] == "failed"
    assert run["repository_changed"] is True


HANG = """
import os, subprocess, sys, time
def act(command):
    code = "import os, sys, time; open(sys.argv[1], 'a').write(str(os.getpid()) + '\\\\n'); time.sleep(600)"
    for own_session in (False, True):
        subprocess.Popen([sys.executable, "-c", code, {pids!r}], start_new_session=own_session)
    {then}
"""


@pytest.mark.parametrize("then", ["time.sleep(600)", "pass"])
def test_nothing_that_a_plugin_started_outlives_it(world: World, then: str) -> None:
    pids = world.folder / "pids"
    world.seconds = 5 if then != "pass" else 60
    both = f"os.path.exists({str(pids)!r}) and open({str(pids)!r}).read().count(chr(10)) == 2"
    wait = f"\n    while not ({both}): time.sleep(0.05)"
    run = world.one("lisa", lisa(world.folder / "lisa", HANG.format(pids=str(pids), then=f"pass{wait}\n    {then}")))
    assert run["showstopper"] == ("timeout" if then != "pass" else "output")
    started = [int(line) for line in pids.read_text().split()]
    assert started
    assert [pid for pid in started if psutil.pid_exists(pid) and SLEEPS in command_line(pid)] == []


SLEEPS = "time.sleep(600)"


def command_line(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


def test_a_plugin_gets_no_credential_of_the_launch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUDFLARE_API_TOKEN", "VERCEL_API_TOKEN", "NEON_API_KEY", "PULUMI_CONFIG_PASSPHRASE", "PGPASSWORD"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "given")
    code = "import os\n" + AND + "pass"
    kept = world.folder / "kept.json"
    code += f"\n    Path({str(kept)!r}).write_text(json.dumps(dict(os.environ)))"
    assert world.one("lisa", lisa(world.folder / "lisa", code))["verdict"] == "passed"
    assert SECRET not in kept.read_text()
    assert json.loads(kept.read_text())["ANTHROPIC_API_KEY"] == "given"


def refused(world: World) -> dict[str, Any]:
    answer = {"is_error": True, "subtype": "success", "terminal_reason": "api_error", "api_error_status": 401}
    return world.one("lisa", lisa(world.folder / "lisa", f"def act(command): return {answer!r}, 1"))


def no_plugin(world: World) -> dict[str, Any]:
    return world.one("lisa", world.folder / "none")


def no_manifest(world: World) -> dict[str, Any]:
    (world.folder / "empty").mkdir()
    return world.one("lisa", world.folder / "empty")


def other_plugin(world: World) -> dict[str, Any]:
    return world.one("lisa", plugin(world.folder / "other", "lisa", "", declared="liza"))


def no_command(world: World) -> dict[str, Any]:
    return world.one("lisa", plugin(world.folder / "other", "lisa", "", command="research"))


def worktree(world: World) -> dict[str, Any]:
    source = world.checkout()
    git(source, "worktree", "add", "--quiet", str(world.folder / "tree"))
    return world.one("lisa", lisa(world.folder / "lisa"), world.folder / "tree")


def way_out(world: World) -> dict[str, Any]:
    source = world.checkout()
    (source / "out").symlink_to(source / "README.md")
    return world.one("lisa", lisa(world.folder / "lisa"), source)


NOT_RUN: list[tuple[Callable[[World], dict[str, Any]], str]] = [
    (refused, "the model's service refused it (status 401)"),
    (no_plugin, "is not a folder"),
    (no_manifest, "is not a plugin"),
    (other_plugin, "is the plugin 'liza'"),
    (no_command, "has no command /lisa:discover"),
    (worktree, "keeps the history"),
    (way_out, "a link that leads out of it"),
]


@pytest.mark.parametrize(("make", "expected"), NOT_RUN)
def test_a_plugin_with_anything_missing_is_not_run_and_never_passed(
    world: World, make: Callable[[World], dict[str, Any]], expected: str
) -> None:
    run = make(world)
    assert (run["verdict"], run["showstopper"]) == ("not checked", "")
    assert run["detail"].startswith("not run: ")
    assert expected in run["detail"]


@pytest.mark.parametrize("word", ["no-such-program", "false"])
def test_a_runner_that_is_missing_or_broken_is_not_run(world: World, word: str) -> None:
    given = ("--plugin", f"lisa={lisa(world.folder / 'lisa')}", "--checkout", f"echome={world.checkout('echome')}")
    done = world.smoke(*given, version=[word])
    assert done.exit_code == 1
    assert {each["verdict"] for each in done.document["runs"]} == {"not checked"}
    assert done.document["counts"]["passed"] == 0


def test_a_result_is_not_replaced_by_a_run_that_did_not_happen(world: World) -> None:
    results = world.folder / "results.json"
    source, good = world.checkout(), lisa(world.folder / "lisa")
    arguments = ("--only", "prductr-com", "--results", str(results), "--plugin", f"lisa={good}")
    world.smoke(*arguments, "--checkout", f"prductr-com={source}")
    world.smoke(*arguments)
    kept = {each["plugin"]: each["verdict"] for each in json.loads(results.read_text())["runs"]}
    assert kept == {"lisa": "passed", "carlos": "not checked"}


def test_results_for_which_the_disk_has_no_room_leave_the_earlier_ones_and_nothing_beside(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.json")
    with pytest.raises(InputError, match="cannot be written"), full_disk():
        results.keep([Run(plugin="p", command="/p:c", repository="r", verdict=Verdict.PASSED, detail="")])
    assert list(tmp_path.iterdir()) == []


def test_repositories_that_are_left_out_on_purpose_are_named(world: World) -> None:
    done = world.smoke("--only", "prductr-com")
    left = [each["subject"] for each in done.document["checks"] if each["verdict"] == "noted"]
    assert left == ["conductor", "echome"]
    assert done.exit_code == 1


def test_the_plan_is_the_matrix_of_the_launch() -> None:
    matrix = Matrix.read()
    assert [test.command for test in matrix.tests] == ["/lisa:discover", "/carlos:roadmap"]
    assert list(matrix.repositories) == ["prductr-com", "conductor", "echome"]
    assert matrix.runner.timeout_seconds == 600
    words = matrix.runner.command(matrix.tests[0], Path("/plugins/lisa"))
    assert words[:3] == ["claude", "-p", "/lisa:discover"]
    assert words[words.index("--plugin-dir") + 1] == os.fspath(Path("/plugins/lisa"))
    assert words[words.index("--max-budget-usd") + 1] == "5"
    assert "{" not in "".join(words)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("command: /lisa:discover", "command: /carlos:discover", "does not carry the name of its plugin lisa"),
        ('    - "{command}"\n', "", "runner.run has no {command}"),
        ("timeoutSeconds: 600", "timeoutSeconds: 0", "runner.timeoutSeconds"),
        ("scopecraft/ROADMAP.md", "../ROADMAP.md", "tests[1].leaves[1]"),
        ("budgetUsd: 5", "budgetUsd: 5\n  budget: 5", "'budget' was unexpected"),
    ],
)
def test_a_wrong_plan_is_refused_before_anything_runs(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = FILE.read_text()
    assert old in text
    path = tmp_path / "smoke.yaml"
    path.write_text(text.replace(old, new, 1))
    done = call("smoke", "--plan", str(path))
    assert done.exit_code == 1
    assert expected in done.stderr
