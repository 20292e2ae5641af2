"""Mistakes of people and machines with `preview`, `deploy` and `drift --issue`.

Prevents: a trace instead of a message, an exit code that reads as drift, a deployment of a file that is not a review.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from launch.preview import document, save
from launch.report import ExitCode
from tests.launch.preview.test_golden import previewed
from tests.verbs import call

NO_GITHUB = {"GITHUB_TOKEN": "", "GH_TOKEN": "", "GITHUB_REPOSITORY": "", "GH_REPO": "", "GITHUB_API_URL": ""}
NO_EVENT = {"GITHUB_EVENT_PATH": "", "GITHUB_REF": ""}
TOKEN = "ghs_not_a_real_token"
REACHABLE = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "owner/name"}
NOBODY = {**REACHABLE, "GITHUB_API_URL": "http://127.0.0.1:9"}

Case = tuple[str, list[str], Mapping[str, str], str]
"""Name, arguments (FILE is a good preview, and NAME.json one of `_files`), environment, part of the message."""

CASES: list[Case] = [
    ("unknown option", ["preview", "--loud"], {}, "No such option"),
    ("surplus argument", ["preview", "prod"], {}, "unexpected extra argument"),
    ("two forms", ["preview", "--from", "FILE", "--json", "--markdown"], {}, "give one of them"),
    ("from and stack", ["preview", "--from", "FILE", "--stack", "prod"], {}, "--from shows a preview"),
    ("from and refresh", ["preview", "--from", "FILE", "--refresh"], {}, "--from shows a preview"),
    ("from and save", ["preview", "--from", "FILE", "--save", "x.json"], {}, "--from shows a preview"),
    ("number without comment", ["preview", "--from", "FILE", "--pull-request", "7"], {}, "it needs --comment"),
    ("number zero", ["preview", "--from", "FILE", "--comment", "--pull-request", "0"], {}, "Invalid value"),
    ("number in words", ["preview", "--from", "FILE", "--comment", "--pull-request", "seven"], {}, "Invalid value"),
    ("number below", ["preview", "--from", "FILE", "--comment", "--pull-request", "-1"], {}, "Invalid value"),
    ("no file named", ["preview", "--from"], {}, "requires an argument"),
    ("a folder", ["preview", "--from", "."], {}, "is a directory"),
    ("missing file", ["preview", "--from", "none.json"], {}, "launch preview --save"),
    ("empty file", ["preview", "--from", "empty.json"], {}, "launch preview --save"),
    ("no JSON", ["preview", "--from", "text.json"], {}, "launch preview --save"),
    ("a list", ["preview", "--from", "list.json"], {}, "launch preview --save"),
    ("other schema", ["preview", "--from", "schema.json"], {}, "not a preview of schema 1"),
    ("unknown field", ["preview", "--from", "field.json"], {}, "surprise is not known"),
    ("wrong type", ["preview", "--from", "type.json"], {}, "stack has the wrong type"),
    ("no token", ["preview", "--from", "FILE", "--comment"], NO_GITHUB, "Set GITHUB_TOKEN"),
    ("no repository", ["preview", "--from", "FILE", "--comment"], {"GITHUB_TOKEN": TOKEN}, "GITHUB_REPOSITORY"),
    ("bad repository", ["preview", "--from", "FILE", "--comment"], {**REACHABLE, "GITHUB_REPOSITORY": "x"}, "OWNER/"),
    ("unencrypted", ["preview", "--from", "FILE", "--comment"], {**NOBODY, "GITHUB_API_URL": "http://a.b"}, "unencr"),
    ("no pull request", ["preview", "--from", "FILE", "--comment"], {**NOBODY, **NO_EVENT}, "--pull-request NUMBER"),
    ("no event file", ["preview", "--from", "FILE", "--comment"], {**NOBODY, "GITHUB_EVENT_PATH": "/none"}, "--pull-"),
    ("nobody answers", ["preview", "--from", "FILE", "--comment", "--pull-request", "7"], NOBODY, "must be reachable"),
    ("stack's name", ["preview", "--from", "evil.json", "--comment", "--pull-request", "7"], NOBODY, "--stack"),
    ("attached none", ["preview", "--from", "FILE", "--attach", "none.json"], {}, "--json"),
    ("attached text", ["preview", "--from", "FILE", "--attach", "text.json"], {}, "--json"),
    ("attached preview", ["preview", "--from", "FILE", "--attach", "FILE"], {}, "--json"),
    ("nothing reviewed", ["deploy"], {}, "Missing option '--reviewed'"),
    ("review missing", ["deploy", "--reviewed", "none.json"], {}, "launch preview --save"),
    ("review empty", ["deploy", "--reviewed", "empty.json"], {}, "launch preview --save"),
    ("review of text", ["deploy", "--reviewed", "text.json"], {}, "launch preview --save"),
    ("review of a folder", ["deploy", "--reviewed", "."], {}, "is a directory"),
    ("review with a stranger's field", ["deploy", "--reviewed", "field.json"], {}, "surprise is not known"),
    ("issue without token", ["drift", "--issue"], NO_GITHUB, "Set GITHUB_TOKEN"),
    ("issue without repository", ["drift", "--issue"], {**NO_GITHUB, "GITHUB_TOKEN": TOKEN}, "GITHUB_REPOSITORY"),
    ("issue unencrypted", ["drift", "--issue"], {**REACHABLE, "GITHUB_API_URL": "http://a.b"}, "unencrypted"),
    ("sweep without token", ["review", "sweep", "--github"], NO_GITHUB, "Set GITHUB_TOKEN"),
    ("sweep of no repository", ["review", "sweep", "--github"], {**REACHABLE, "GITHUB_REPOSITORY": "x"}, "OWNER/NAME"),
    ("a token with a line", ["drift", "--issue"], {**REACHABLE, "GITHUB_TOKEN": "a\nb"}, "Copy it again"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with one valid preview and several invalid ones."""
    good = previewed("update")
    save(good, tmp_path / "good.json")
    save(replace(good, stack="a --> b"), tmp_path / "evil.json")
    texts = {
        "empty": "",
        "text": "Previewing update (prod)",
        "list": "[1, 2]",
        "schema": json.dumps({**document(good), "schema": 99}),
        "field": json.dumps({**document(good), "surprise": True}),
        "type": json.dumps({**document(good), "stack": 7}),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_at_least_thirty() -> None:
    assert len(CASES) >= 30
    assert len({name for name, *_ in CASES}) == len(CASES)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "environment", "message"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_a_bad_input_is_one_message_with_a_remedy(
    arguments: list[str], environment: Mapping[str, str], message: str
) -> None:
    given = ["good.json" if each == "FILE" else each for each in arguments]
    done = call(*given, environment={**NO_GITHUB, **NO_EVENT, **environment})
    assert done.exit_code == ExitCode.UNCHECKED
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert done.stderr.count("Error: ") == 1
    assert TOKEN not in done.output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [["preview", "--from", "none.json"], ["deploy", "--reviewed", "empty.json"]])
def test_the_json_form_is_one_document_with_the_same_content(arguments: list[str]) -> None:
    done = call(*arguments, "--json")
    assert set(done.document) == {"error", "where", "remedy"}
    assert all(done.document.values())


def test_a_preview_cannot_be_saved_in_a_missing_folder(tmp_path: Path) -> None:
    from contract.problem import Problem

    with pytest.raises(Problem, match="Name another file"):
        save(previewed("nothing"), tmp_path / "none" / "preview.json")
