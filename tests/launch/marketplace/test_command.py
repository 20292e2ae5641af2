"""`launch marketplace`. Prevents: a price in a file whose format has none, a state that nobody saw, a record that is
changed afterwards, and a plugin that is reported ready without a check.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from launch.inputs import complaints, read_yaml
from launch.marketplace import Listing, data_findings, validated
from launch.marketplace.listing import FILE, SCHEMA
from launch.report import Verdict
from tests.launch.marketplace.plugin import good
from tests.verbs import call


def verb(*arguments: str) -> tuple[int, dict[str, object]]:
    done = call("marketplace", *arguments, "--json")
    return done.exit_code, done.document


def test_the_files_are_written_and_contain_only_fields_of_the_format(tmp_path: Path) -> None:
    code, document = verb("render", "--to", str(tmp_path))
    assert code == 0
    written = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.json")}
    assert written == document["files"]
    catalogue = json.loads(written[".claude-plugin/marketplace.json"])
    assert [entry["name"] for entry in catalogue["plugins"]] == ["lisa", "carlos", "conductor"]
    assert {entry["source"]["repo"] for entry in catalogue["plugins"]} == {
        f"prductr-com/{name}" for name in ("lisa", "carlos", "conductor")
    }
    for word in ("49", "USD", "price", "pricing", "category", "Developer Tools"):
        assert word not in "".join(written.values())


def test_fields_that_the_format_lacks_are_shown_beside_it() -> None:
    shown = call("marketplace", "render").stdout
    assert "49 USD a month, for teams" in shown
    assert "Developer Tools > Code Analysis" in shown


def test_every_description_is_below_150_characters() -> None:
    assert all(len(plugin.description) < 150 for plugin in Listing.read().plugins)
    plan = read_yaml(FILE, SCHEMA)
    plan["plugins"][0]["description"] = "x" * 150
    assert [each.partition(":")[0] for each in complaints(plan, SCHEMA)] == ["plugins[0].description"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("name: lisa", "name: claude-lisa", "NAME_RESERVED"),
        ("homepage: https://prductr.com/lisa", "homepage: https://notprductr.com/lisa", "LISTING_URL_HOST"),
        ("privacy: https://prductr.com/privacy", "privacy: https://example.org/privacy", "LISTING_URL_HOST"),
        ("email: support@prductr.com", "email: support@example.org", "SUPPORT_DOMAIN"),
    ],
)
def test_data_that_breaks_a_rule_is_named(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = FILE.read_text("utf-8")
    assert old in text
    changed = tmp_path / "marketplace.yaml"
    changed.write_text(text.replace(old, new, 1), "utf-8")
    failed = [each.name for each in data_findings(Listing.read(changed)) if each.verdict is Verdict.FAILED]
    assert failed == [code]


def test_a_checkout_that_is_not_given_is_not_checked(tmp_path: Path) -> None:
    code, document = verb("check", "--checkout", f"lisa={good(tmp_path)}")
    checks: list[dict[str, str]] = document["checks"]  # type: ignore[assignment]
    missing = {each["subject"] for each in checks if each["detail"] == "no checkout was given"}
    assert missing == {"carlos", "conductor"}
    assert code == 1
    assert {each["verdict"] for each in checks if each["subject"] == "lisa"} <= {"passed", "noted", "not checked"}


def claude(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, output: str) -> None:
    """Put a program of this name on PATH that prints this whatever its arguments are."""
    program = folder / "claude"
    (folder / "said").write_text(output)
    program.write_text(f"#!/bin/sh\ncat '{folder}/said'\nexit {code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


GOOD = json.dumps({"success": True, "manifest": {"errors": [], "warnings": ["a"]}})
BAD = json.dumps({"success": False, "manifest": {"errors": [{"path": "name", "message": "x"}]}})
DIRECTORY = json.dumps(
    {"success": True, "directory": {"findings": [{"code": "README_MISSING", "blocking": True, "message": "m"}]}}
)


@pytest.mark.parametrize(
    ("code", "output", "verdicts"),
    [
        (0, GOOD, [Verdict.PASSED, Verdict.NOTED]),
        (1, BAD, [Verdict.FAILED]),
        (1, DIRECTORY, [Verdict.FAILED]),
        (0, DIRECTORY, [Verdict.FAILED]),
        (1, json.dumps({"success": True}), [Verdict.FAILED]),
        (2, GOOD, [Verdict.UNCHECKED]),
        (0, "Unknown command", [Verdict.UNCHECKED]),
        (0, "[]", [Verdict.UNCHECKED]),
    ],
)
def test_the_validators_verdict_counts_only_where_its_output_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, output: str, verdicts: list[Verdict]
) -> None:
    claude(tmp_path, monkeypatch, code, output)
    assert [each.verdict for each in validated("lisa", tmp_path, directory=True)] == verdicts


def test_a_validator_that_is_not_installed_is_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [each.verdict for each in validated("lisa", tmp_path, directory=True)] == [Verdict.UNCHECKED]


def test_an_observation_of_a_person_is_recorded_and_nothing_else_is_done(tmp_path: Path) -> None:
    record = str(tmp_path / "record.jsonl")
    code, document = verb("status", "--record", record)
    assert code == 2
    assert {each["state"] for each in document["submissions"]} == {"Not submitted"}  # type: ignore[attr-defined]
    for plugin in ("lisa", "carlos", "conductor"):
        seen = ("record", plugin, "Published", "--by", "ana", "--on", "2026-11-01", "--record", record)
        assert verb(*seen)[0] == 0
    assert verb("status", "--record", record)[0] == 0
    assert verb("record", "lisa", "needs changes", "--on", "2026-11-02", "--id", "s1", "--record", record)[0] == 0
    code, document = verb("status", "--record", record)
    assert code == 2
    [wrong] = [each for each in document["checks"] if each["verdict"] == "failed"]  # type: ignore[attr-defined]
    assert wrong["subject"] == "lisa"
    assert wrong["detail"].startswith("Needs changes, seen on 2026-11-02")
    assert len(Path(record).read_text().splitlines()) == 4


@pytest.mark.parametrize("state", ["Approved", "Not live yet", "In review"])
def test_only_the_state_published_passes(tmp_path: Path, state: str) -> None:
    record = str(tmp_path / "record.jsonl")
    verb("record", "lisa", state, "--by", "ana", "--record", record)
    code, document = verb("status", "--record", record)
    checks: list[dict[str, str]] = document["checks"]  # type: ignore[assignment]
    assert code == 2
    assert next(each for each in checks if each["subject"] == "lisa")["verdict"] == "failed"


@pytest.mark.parametrize("day", ["2026-11-31", "2999-01-01", "2026-10-31", "1.11.2026", "20261101"])
def test_an_impossible_date_is_refused_and_nothing_is_written(tmp_path: Path, day: str) -> None:
    record = tmp_path / "record.jsonl"
    verb("record", "lisa", "Draft", "--on", "2026-11-01", "--by", "ana", "--record", str(record))
    before = record.read_bytes()
    done = call("marketplace", "record", "lisa", "Scanning", "--on", day, "--record", str(record))
    assert done.exit_code == 1
    assert record.read_bytes() == before
    assert "Traceback" not in done.output


def test_a_record_that_was_edited_badly_names_its_line(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    verb("record", "lisa", "Draft", "--by", "ana", "--record", str(record))
    record.write_text(record.read_text() + "oops\n")
    done = call("marketplace", "status", "--record", str(record))
    assert done.exit_code == 1
    assert "record.jsonl:2: is not JSON" in done.stderr
