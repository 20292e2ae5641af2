"""A document that contradicted the program sent people to the wrong project: stale parts must be detected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs.blocks import UnknownGeneratorError, refresh, table
from tools.docs.links import anchors, dead_links


def test_a_stale_block_is_renewed_and_the_text_around_it_kept() -> None:
    text = "before\n<!-- generated: keys -->\nold\n<!-- end -->\nafter\n"
    renewed = refresh(text, {"keys": lambda: "new"})
    assert renewed == "before\n<!-- generated: keys -->\nnew\n<!-- end -->\nafter\n"
    assert refresh(renewed, {"keys": lambda: "new"}) == renewed


def test_a_block_without_a_generator_is_refused_by_name() -> None:
    with pytest.raises(UnknownGeneratorError, match=r"no generator kyes\. The generators are: keys"):
        refresh("<!-- generated: kyes -->\n<!-- end -->", {"keys": lambda: ""})


def test_a_bar_in_a_cell_does_not_break_the_table() -> None:
    assert table(("a", "b"), [("x|y", "z")]).splitlines()[2] == "| x\\|y | z |"


def test_links_to_missing_files_and_headings_are_found_and_good_ones_pass(tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text("# Going to production\n\n```\n# not a heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#going-to-production) [web](https://prductr.com) ![p](gone.svg)\n"
        "[c](other.md#not-a-heading)\n```\n[in code](nowhere.md)\n```\n"
    )
    assert dead_links(tmp_path, [page, other]) == [
        "page.md: the link gone.svg leads to a missing file",
        "page.md: the link other.md#not-a-heading names a missing heading",
    ]


def test_anchors_follow_the_headings_as_the_forge_spells_them() -> None:
    assert anchors("## Two commands, `make up` & more\n") == {"two-commands-make-up--more"}
