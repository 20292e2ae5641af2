"""One report with every odd value, in each form. Prevents: a text from outside that becomes markup, controls a
terminal or notifies somebody, a page that cannot be read on a phone, and a comment that GitHub refuses as too long.
"""

from __future__ import annotations

import io
import json as documents
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from rich.console import Console

from launch.report import Finding, Report, Section, Table, Verdict, html, json, markdown, text
from launch.report.markdown import SMALLEST, cell, paragraph
from launch.report.printable import printable
from tests.browser import CONTRAST, Browser, Page
from tests.launch.report.odd import GOLDEN, HOSTILE, LONG, REPORT, finding, rendered

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.mark.parametrize("name", ["report.txt", "report.json", "report.md", "report.html"])
def test_each_form_is_its_golden_file(name: str) -> None:
    golden = (GOLDEN / name).read_text("utf-8")
    assert rendered()[name] == golden, "python -m tests.launch.report.odd writes them anew"


def test_a_terminal_gets_colours_and_no_more_columns_than_it_has() -> None:
    out = io.StringIO()
    text.show(REPORT, Console(file=out, width=60, force_terminal=True, color_system="standard", highlight=False))
    shown = out.getvalue()
    assert re.search(r"\x1b\[1;31munsafe *\x1b\[0m", shown)
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert "\x1b" not in plain, "no other escape: what came from outside is shown, and steers nothing"
    widest = max(cell_len(line.rstrip()) for line in plain.split("Links")[0].splitlines())
    assert 40 < widest <= 60


def test_a_link_stays_whole_whatever_the_width() -> None:
    out = io.StringIO()
    text.show(REPORT, Console(file=out, width=40, force_terminal=True))
    assert f"http://{LONG}/" in out.getvalue()


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x9b", "\x7f", "\u202e", "\u2066", "\ud800", "\u2028"])
def test_no_character_that_steers_a_reader_is_printed(character: str) -> None:
    for content in rendered(Report(title="t", kind="k", sections=(Section(lines=(f"a{character}b",)),))).values():
        assert character not in content
        content.encode()


def test_machines_get_a_schema_and_every_finding() -> None:
    document = documents.loads(json.render(REPORT))
    assert (document["schema"], document["report"], document["stack"]) == (1, "odd", "prod")
    assert (document["verdict"], document["exit_code"]) == ("unsafe", 3)
    assert len(document["checks"]) == len(REPORT.findings) == sum(document["counts"].values())
    assert [each["subject"] for each in document["checks"] if each["security"]] == ["database"]
    assert document["own"] == [1, None]
    assert document["checks"][2]["detail"] == HOSTILE


def inline(tokens: list[Token]) -> Iterator[str]:
    """Return the text of a paragraph or a cell, as a reader sees it; anything but text or a line break is an error."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "html_inline":
                assert child.content == "<br>"
                yield "\n"
            else:
                assert child.type in ("text", "text_special"), child
                yield child.content


@given(st.text(max_size=60))
def test_a_cell_stays_one_cell_with_its_original_text(given: str) -> None:
    tokens = GITHUB.parse(f"| a | b |\n| --- | --- |\n| {cell(given)} | end |\n")
    cells = [tokens[n + 1] for n, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 2
    seen = "".join(inline([cells[0]])).replace("\u200b", "")
    assert seen.split() == printable(given).replace("\u200b", "").split()
    assert "".join(inline([cells[1]])) == "end"


@given(st.text(max_size=60))
def test_a_paragraph_stays_one_paragraph_with_its_original_text(given: str) -> None:
    tokens = GITHUB.parse(paragraph(given))
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    seen = "".join(inline(tokens)).replace("\u200b", "")
    assert seen.split() == printable(given).replace("\u200b", "").split()


def test_nobody_is_notified_and_no_issue_is_mentioned() -> None:
    shown = markdown.render(REPORT)
    outside_code = re.sub(r"^(`{3,})text$.*?^\1$", "", shown, flags=re.MULTILINE | re.DOTALL)
    assert "octocat" in outside_code
    assert not re.search(r"@\w|#\d", re.sub("&#8203;", "\u200b", outside_code).replace("&#124;", ""))


def large(rows: int) -> Report:
    """Return a report with this many rows of each importance."""
    wrong = tuple(finding(Verdict.FAILED, f"bad-{n}", HOSTILE, f"Mend {n}.") for n in range(rows))
    good = tuple(finding(Verdict.PASSED, f"good-{n}", "Zoë 🚀") for n in range(rows))
    table = Table(columns=("n", "text"), rows=tuple((f"row-{n}", HOSTILE) for n in range(rows)))
    return Report(
        title=HOSTILE * 5,
        kind="large",
        facts={f"fact {n}": HOSTILE for n in range(rows)},
        sections=(
            Section(title="Findings" * 50, findings=(*wrong, *good)),
            Section(title="Table", tables=(table,)),
            Section(title="Lines", lines=tuple(f"line-{n}" for n in range(rows)), minor=True),
        ),
        summaries={Verdict.FAILED: HOSTILE * 20},
    )


@pytest.mark.parametrize("rows", [1, 20, 400])
@pytest.mark.parametrize("limit", [SMALLEST, 10_000, 65_536])
def test_a_page_fits_into_its_limit_in_whole_rows_and_the_least_important_go_first(rows: int, limit: int) -> None:
    shown = markdown.render(large(rows), limit=limit)
    whole = markdown.render(large(rows))
    assert len(shown.encode()) <= limit
    assert shown.count("<details>") == shown.count("</details>")
    assert len(re.findall("^`{3,}", shown, re.MULTILINE)) % 2 == 0
    lines = whole.splitlines()
    for line in shown.splitlines():
        assert not line.startswith(("|", "- ")) or line in lines, "a row is whole or not there"
    left = {mark: shown.count(mark) for mark in ("good-", "line-", "row-", "bad-")}
    if len(whole.encode()) <= limit:
        assert shown == whole
        return
    assert "left out" in shown
    if left["row-"] < rows:
        assert (left["good-"], left["line-"]) == (0, 0), left
    if left["bad-"] < rows:
        assert left["row-"] == 0, left


def test_many_parts_fit_as_well() -> None:
    sections = tuple(Section(title=f"@{n}" * 60, tables=(Table(columns=("a",), rows=(("b",),)),)) for n in range(200))
    shown = markdown.render(Report(title="t", kind="k", examined=1, sections=sections), limit=SMALLEST)
    assert len(shown.encode()) <= SMALLEST
    assert re.search(r"\d+ more parts left out", shown)


def test_a_limit_that_is_too_small_for_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 4096 bytes or more, and is 100"):
        markdown.render(REPORT, limit=100)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with Browser.started() as browser:
        yield browser.page()


@pytest.fixture
def address(tmp_path: Path) -> str:
    file = tmp_path / "report.html"
    file.write_text(html.render(REPORT), "utf-8")
    return file.as_uri()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_works_on_a_phone_and_in_dark_mode_and_requests_nothing(
    page: Page, address: str, width: int, dark: bool
) -> None:
    page.errors.clear()
    page.requested.clear()
    page.show(address, width=width, dark=dark)
    page.keep(f"report-{width}-{'dark' if dark else 'light'}")
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    texts = page.evaluate(CONTRAST)
    assert len(texts) > 60
    assert [each for each in texts if each["ratio"] < 4.5] == []
    narrowest = page.evaluate("Math.min(...[...document.querySelectorAll('td')].map(each => each.clientWidth))")
    assert narrowest >= 80, "no column is squeezed by a long word in another"
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
    assert page.errors == []
    assert [each for each in page.requested if not each.startswith(("file:", "data:"))] == []
    assert page.requested[0] == address


def test_nothing_in_the_page_runs_and_a_screen_reader_finds_tables(page: Page, address: str) -> None:
    page.show(address, width=320)
    assert page.evaluate("document.scripts.length + document.querySelectorAll('a, img, iframe').length") == 0
    assert page.evaluate("document.title") == "Odd things of stack prod: unsafe"
    assert page.evaluate("[...document.querySelectorAll('h1, h2')].map(each => each.tagName)").count("H1") == 1
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in tree]
    assert roles.count("table") == 4, "a narrow page keeps its tables for a screen reader"
    assert roles.count("columnheader") == 4 + 4 + 2 + 2
    assert HOSTILE in page.evaluate("document.body.textContent")


def test_the_test_of_contrast_can_fail(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "pale.html"
    file.write_text("<!doctype html><p style='color: #888; background: #fff'>pale</p>", "utf-8")
    page.show(file.as_uri())
    (found,) = page.evaluate(CONTRAST)
    assert found["text"] == "pale"
    assert 3.5 < found["ratio"] < 3.6


def test_the_test_of_the_console_can_fail(page: Page, tmp_path: Path) -> None:
    page.errors.clear()
    file = tmp_path / "wrong.html"
    file.write_text("<!doctype html><script>console.error('oh'); nothing.here</script>", "utf-8")
    page.show(file.as_uri())
    assert len(page.errors) == 2


def judged(*verdicts: Verdict, examined: int | None = None) -> Report:
    findings = tuple(Finding(subject="s", name="n", verdict=verdict, detail="") for verdict in verdicts)
    return Report(title="t", kind="k", sections=(Section(findings=findings),), examined=examined)


def test_the_worst_finding_decides_and_an_empty_report_is_no_proof() -> None:
    assert judged(Verdict.PASSED, Verdict.NOTED).exit_code == 0
    assert judged(Verdict.PASSED, Verdict.UNCHECKED).exit_code == 1
    assert judged(Verdict.UNCHECKED, Verdict.FAILED).exit_code == 2
    assert judged(Verdict.UNSAFE, Verdict.FAILED, Verdict.PASSED).exit_code == 3
    assert judged().exit_code == judged(Verdict.NOTED).exit_code == judged(examined=0).exit_code == 1
    assert judged(examined=3).exit_code == judged(Verdict.NOTED, examined=3).exit_code == 0


def test_a_field_of_all_reports_cannot_be_redefined() -> None:
    with pytest.raises(ValueError, match="verdict: every report has this field already"):
        replace(REPORT, data={"verdict": "passed"})


def test_a_row_has_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="a row has 1 cells, and the table 2 columns"):
        Table(columns=("a", "b"), rows=(("a",),))
