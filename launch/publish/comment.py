"""One comment on a pull request for each stack and kind of report."""

from __future__ import annotations

from launch.publish.marker import body, is_ours, link, marker
from launch.report import Report
from vendors import GitHub, MissingError


def publish_comment(github: GitHub, number: int, report: Report) -> str:
    """Write the report as the one comment, and return its address. Raises VendorError.

    Two concurrent runs may each add one. So comments are listed again: the oldest gets the text, others are deleted.
    """
    mark, text, login = marker(report.kind, report.stack or ""), body(report), github.login()

    def ours() -> list[dict[str, object]]:
        return [each for each in github.comments(number) if is_ours(each, mark, login)]

    found = ours()
    if not found:
        github.add_comment(number, text)
        found = ours()
    first, *others = found
    if first["body"] != text:
        first = github.edit_comment(_id(first), text)
    for each in others:
        try:
            github.delete_comment(_id(each))
        except MissingError:
            continue  # the other run was faster
    return link(first, github)


def _id(found: dict[str, object]) -> int:
    return int(str(found["id"]))
