"""The runbook's page, from recorded values. Prevents: a page that is cut where it is longest, that cannot be read on a
phone, or that contains a secret or a value of another stack.
"""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from launch.inputs import complaints
from launch.report import Report, html, json, markdown
from launch.runbook import Policy, Values, page
from launch.runbook.values import ValuesError
from tests.browser import CONTRAST, Browser

TODAY = date(2026, 11, 30)
URN = "urn:pulumi:prod::prductr-launch::prductr:launch:X$a:b/c:C::"
HOSTS: dict[str, Any] = {
    "prductr.com": {"kind": "site", "by": "prductr-landing", "expect": {"status": [200.0]}},
    "dashboard.prductr.com": {"kind": "application", "by": "prductr-com", "expect": {"status": [200.0, 307.0]}},
    "echome.prductr.com": {"kind": "worker", "by": "echome", "expect": {"status": [200.0], "path": "/health"}},
    "conductor.prductr.com": {"kind": "worker", "by": "conductor", "expect": {"status": [503.0]}},
    "www.prductr.com": {"kind": "redirect", "by": "redirect", "expect": {"status": [308.0]}},
}
DATABASE = {"project_id": "quiet-harbor-1", "branch_id": "br-1", "host": "ep-one-1.aws.neon.tech", "name": "neondb"}
OUTPUTS: dict[str, Any] = {"hosts": HOSTS, "database": DATABASE}
SETTINGS = {"vercel:team": "hhnn", "prductr:region": "fra1", "vercel:apiToken": "a-token-in-the-configuration"}


def resource(kind: str, name: str, identifier: str) -> dict[str, str]:
    return {"type": kind, "urn": f"{URN}{name}", "id": identifier}


RESOURCES = [
    resource("vercel:index/project:Project", "landing-project", "prj_landing"),
    resource("vercel:index/project:Project", "dashboard-project", "prj_dashboard"),
    resource("vercel:index/deployment:Deployment", "dashboard-deployment", "dpl_1"),
    resource("random:index/randomPassword:RandomPassword", "secrets-application-password", "none"),
]


def report(stack: str = "prod") -> Report:
    values = Values.of(stack, OUTPUTS, RESOURCES, SETTINGS)
    return page(values, Policy.read(), today=TODAY)


def commands(found: Report) -> list[str]:
    document = json.document(found)
    steps = [*document["setup"], *(step for each in document["scenarios"] for step in each["steps"])]
    return [step["command"] for step in steps]


def test_the_document_keeps_its_schema_and_the_values_are_the_stacks() -> None:
    found = report()
    assert list(complaints(json.document(found), "runbook")) == []
    text = "\n".join(commands(found))
    for value in ("prod", "prj_landing", "quiet-harbor-1", "ep-one-1", f"{URN}secrets-application-password", "iad1"):
        assert value in text
    assert "a-token-in-the-configuration" not in json.render(found)
    assert "until 2026-12-02" in text


@pytest.mark.parametrize("stack", ["prod", "sandbox", "organization/prductr-launch/it's"])
def test_each_command_is_one_line_that_a_posix_shell_can_read(stack: str) -> None:
    for command in commands(report(stack)):
        assert "\n" not in command
    script = "\n".join(commands(report(stack)))
    done = subprocess.run(["sh", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_credential_is_an_argument_of_a_program() -> None:
    calls = [part for command in commands(report()) for part in re.findall(r"curl [^;]*", command)]
    assert len(calls) == 2
    assert not [part for part in calls if "TOKEN" in part or "KEY" in part]


def test_the_markdown_is_whole_within_a_comment_and_the_commands_can_be_copied_from_it() -> None:
    found = report()
    text = markdown.render(found, limit=markdown.COMMENT)
    assert "left out" not in text
    assert len(text.encode()) < markdown.COMMENT / 2
    for command in commands(found):
        assert f"\n{command}\n" in text


def test_a_stack_without_resources_is_one_error_with_a_remedy() -> None:
    for outputs, resources in (({}, []), (OUTPUTS, []), ({"hosts": HOSTS}, RESOURCES), ({"hosts": {}}, RESOURCES)):
        with pytest.raises(ValuesError) as raised:
            Values.of("prod", outputs, resources, SETTINGS)
        assert raised.value.remedy == "Run `pulumi up` first."


def test_every_severity_and_each_vendor_has_an_answer() -> None:
    policy = Policy.read()
    assert [row[0] for row in policy.severities] == ["P0", "P1", "P2", "P3", "P4"]
    assert [row[0] for row in policy.vendors] == ["Cloudflare", "Vercel", "Neon"]
    severities = {each["severity"] for each in json.document(report())["scenarios"]}
    assert severities <= {row[0] for row in policy.severities}


def test_the_page_is_readable_in_a_browser_on_a_phone_and_in_dark_mode(tmp_path: Path) -> None:
    file = tmp_path / "runbook.html"
    file.write_text(html.render(report()), "utf-8")
    with Browser.started() as browser:
        shown = browser.page()
        for width, dark in ((1280, False), (320, False), (320, True)):
            shown.show(file.as_uri(), width=width, dark=dark)
            shown.keep(f"runbook-{width}-{'dark' if dark else 'light'}")
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
            assert [each for each in shown.evaluate(CONTRAST) if each["ratio"] < 4.5] == []
        assert shown.errors == []
        assert {each for each in shown.requested if not each.startswith("data:")} == {file.as_uri()}
        text = shown.evaluate("document.body.innerText")
    assert all(command in text for command in commands(report()))
