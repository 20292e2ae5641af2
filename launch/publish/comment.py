"""One comment on a pull request for each stack: a report, and parts that other verbs keep in the same comment.

GitHub cannot refuse an edit because of another one in between. Jobs that write to one comment therefore share a
concurrency group in .github/workflows.
"""

from __future__ import annotations

from collections.abc import Callable

from launch.publish.marker import is_ours, link, marker
from launch.publish.text import Text
from launch.report import Report
from vendors import GitHub, MissingError


def publish_comment(github: GitHub, number: int, report: Report) -> str:
    """Write the report into its comment, beside the parts there, and return the address. Raises VendorError."""
    return _write(github, number, marker(report.kind, report.stack or ""), lambda text: text.with_report(report))


def publish_part(github: GitHub, number: int, report: Report, *, name: str, beside: str) -> str:
    """Write a part into the comment of the report of kind `beside`, and return the address. Raises VendorError.

    The report itself may come earlier or later: whichever is first makes the comment.
    """
    return _write(github, number, marker(beside, report.stack or ""), lambda text: text.with_part(name, report))


def _write(github: GitHub, number: int, mark: str, change: Callable[[Text], Text]) -> str:
    """Two runs at once may each add a comment, so look again: the oldest stays with the content of all."""
    login = github.login()

    def ours() -> list[dict[str, object]]:
        return [each for each in github.comments(number) if is_ours(each, mark, login)]

    found = ours()
    if not found:
        github.add_comment(number, change(Text(mark)).body)
        found = ours()
    first, *others = found
    wanted = change(Text.joined(mark, (Text.read(mark, str(each["body"])) for each in found))).body
    if first["body"] != wanted:
        first = github.edit_comment(_id(first), wanted)
    for each in others:
        try:
            github.delete_comment(_id(each))
        except MissingError:
            continue  # the other run was faster
    return link(first, github)


def _id(found: dict[str, object]) -> int:
    return int(str(found["id"]))
