"""Functions as verbs. Prevents: an exit code that is not the report's, a requested form that is missing, an error
without its remedy, and a half-written page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click
import pytest

from contract.problem import Problem
from database.postgres import DatabaseError, PasswordError, SecurityError, UnreachableError, UrlError
from launch import cli
from launch.report import (
    Answer,
    ExitCode,
    FailedError,
    Finding,
    Report,
    Section,
    UncheckedError,
    UnsafeError,
    Verdict,
    plain_verb,
    verb,
)
from tests.full_disk import full_disk
from tests.verbs import Result, call

Run = Callable[..., Result]


def report(verdict: Verdict) -> Report:
    """A report with one finding."""
    found = Finding(subject="shop", name="open", verdict=verdict, detail="closed", remedy="Open it.")
    return Report(title="Shop", kind="shop", sections=(Section(findings=(found,)),))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `launch shop` with a function of the test's own."""

    def invoke(result: Report | Answer | Exception, *arguments: str) -> Result:
        def shop(*, loud: bool) -> Report | Answer:
            assert loud == ("--loud" in arguments)
            if isinstance(result, Exception):
                raise result
            return result

        made = plain_verb if isinstance(result, Answer) else verb
        module = ModuleType("shop")
        option = click.option("--loud", is_flag=True)
        module.shop = made("shop", help="Look at the shop.")(option(shop))  # type: ignore[attr-defined, arg-type]
        monkeypatch.setitem(cli.VERBS, "shop", "shop")
        monkeypatch.setitem(sys.modules, "shop", module)
        return call("shop", *arguments)

    return invoke


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.PASSED, 0),
        (Verdict.UNCHECKED, 1),
        (Verdict.FAILED, 2),
        (Verdict.UNSAFE, 3),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",)])
def test_the_exit_code_is_the_reports_in_every_form(
    run: Run, verdict: Verdict, code: int, form: tuple[str, ...]
) -> None:
    done = run(report(verdict), "--loud", *form)
    assert (done.exit_code, done.stderr) == (code, "")
    if form == ("--json",):
        assert (done.document["exit_code"], done.document["verdict"]) == (code, verdict.value)
    elif form == ("--markdown",):
        assert done.stdout.startswith("## ")
    else:
        assert done.stdout.startswith("Shop\n")


def test_a_page_is_written_beside_the_printed_report(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shop.html"
    file.write_text("an earlier one")
    done = run(report(Verdict.FAILED), "--json", "--html", str(file))
    assert (done.exit_code, done.document["verdict"]) == (2, "failed")
    assert file.read_text().startswith("<!doctype html>")
    assert [each.name for each in tmp_path.iterdir()] == ["shop.html"]


def test_a_page_that_cannot_be_written_is_an_error_and_the_findings_are_still_printed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "absent" / "shop.html"
    done = run(report(Verdict.PASSED), "--html", str(file))
    assert done.exit_code == 1
    assert "closed" in done.stdout
    assert done.stderr == (
        f"Error: {file}: the page cannot be written (No such file or directory). Name another folder or file.\n"
    )


def test_a_page_for_which_the_disk_has_no_room_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shop.html"
    file.write_text("an earlier one")
    with full_disk():
        done = run(report(Verdict.PASSED), "--html", str(file))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {file}: the page cannot be written")
    assert file.read_text() == "an earlier one"
    assert [each.name for each in tmp_path.iterdir()] == ["shop.html"]


def test_a_page_that_cannot_be_written_hides_no_worse_finding(run: Run, tmp_path: Path) -> None:
    done = run(report(Verdict.UNSAFE), "--json", "--html", str(tmp_path / "absent" / "shop.html"))
    assert done.exit_code == 3
    assert done.document["verdict"] == "unsafe", "one document, and no second one of the error"
    assert done.stderr.startswith("Error: ")


def test_two_forms_at_once_are_a_usage_error(run: Run) -> None:
    done = run(report(Verdict.PASSED), "--json", "--markdown")
    assert done.exit_code == 1
    assert "give one of them" in done.document["error"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Problem("closed"), 1),
        (UncheckedError("closed"), 1),
        (FailedError("closed"), 2),
        (UnsafeError("closed"), 3),
        (UnreachableError("closed"), 1),
        (PasswordError("closed"), 1),
        (UrlError("closed"), 1),
        (DatabaseError("closed"), 2),
        (SecurityError("closed"), 2),
    ],
)
def test_the_exit_code_of_an_error_depends_on_its_kind(run: Run, error: Problem, code: int) -> None:
    assert run(error).exit_code == code


def test_an_error_names_the_problem_its_place_and_a_remedy(run: Run) -> None:
    error = Problem("it is \x1b[31mclosed", where="the shop", remedy="Open it.")
    done = run(error)
    assert (done.stdout, done.stderr) == ("", "Error: the shop: it is \\x1b[31mclosed. Open it.\n")
    result = run(error, "--json")
    assert result.document == {"error": error.what, "where": "the shop", "remedy": "Open it."}


def test_a_defect_of_our_own_is_not_reported_as_a_finding(run: Run) -> None:
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())


def test_an_answer_has_its_own_form_and_one_for_machines(run: Run) -> None:
    answer = Answer(document={"open": None}, text="closed", exit_code=ExitCode.UNCHECKED)
    assert run(answer) == Result(1, "closed\n", "")
    assert json.loads(run(answer, "--json").stdout) == {"open": None}
    assert run(answer, "--html", "file").exit_code == 1
    assert "No such option" in run(answer, "--markdown").stderr


def test_no_verb_ends_the_process() -> None:
    folder = Path(cli.__file__).parent
    ending = [
        str(file.relative_to(folder))
        for file in folder.rglob("*.py")
        if any(word in file.read_text() for word in ("sys.exit", "SystemExit", "os._exit"))
    ]
    assert ending == ["cli.py"]
