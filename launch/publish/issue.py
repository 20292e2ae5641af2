"""One issue for each stack: open while something is wrong, closed while nothing is."""

from __future__ import annotations

from launch.publish.marker import body, is_ours, link, marker
from launch.report import Report, Verdict
from vendors import GitHub

LABEL = "drift"
"""The label by which the issue is found; anybody may use it for other issues."""


def publish_issue(github: GitHub, report: Report) -> str:
    """Open, reopen, renew or close the issue, and return its address; empty if there is none. Raises VendorError.

    A report that is not checked neither opens nor closes it.
    """
    mark, text, login = marker(report.kind, report.stack or ""), body(report), github.login()
    found = next((each for each in github.issues(label=LABEL, creator=login) if is_ours(each, mark, login)), None)
    if report.verdict is Verdict.UNCHECKED:
        return link(found, github) if found else ""
    wrong = not report.verdict.good
    if found is None:
        title = f"{report.title} of stack {report.stack}"
        return link(github.add_issue(title, text, LABEL), github) if wrong else ""
    state = "open" if wrong else "closed"
    if found["state"] != state or (wrong and found["body"] != text):
        github.edit_issue(int(found["number"]), state=state, body=text)
    return link(found, github)
