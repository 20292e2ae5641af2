"""Names of a review's resources, and the input of its program. Prevents: a person's branch mistaken for a review's."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from components.review.branch import BranchError, pooled, refuse_production
from contract.problem import Problem
from contract.review import Review, branch_name, branched, mark, marked, number_of, stack_of, worked, worker_name

PRODUCTION = "br-production"
REVIEW = Review(
    number=7,
    git_branch="feature/x",
    commit="",
    expires_at="2026-12-03T12:00:00Z",
    rows="purged",
    generation=1,
    neon_project="p",
    production_branch=PRODUCTION,
    production_hosts=("ep-production.neon.tech",),
    compute_units=0.25,
    vercel_project="prj_1",
    account="a",
    workers_dev="prductr",
    workers=("echome",),
    flags={"ENABLE_RLS": True},
    gateway={"CORS_ORIGINS": ""},
)


@pytest.mark.parametrize("number", [1, 42, 999_999_999])
def test_each_name_leads_back_to_its_pull_request(number: int) -> None:
    assert number_of(stack_of(number)) == number
    assert branched(branch_name(number)) == number
    assert marked(mark(number)) == number
    assert worked(worker_name("echome", number)) == number


@pytest.mark.parametrize(
    "name",
    [
        "pr-0",
        "pr-01",
        "pr-",
        "pr-1x",
        "pr-1\n",
        "PR-1",
        "prod",
        "main",
        "preview/pr-1",
        "review/1",
        "echome",
        "echome-7",
        "",
    ],
)
def test_resources_of_others_belong_to_no_review(name: str) -> None:
    assert (branched(name), marked(name), worked(name)) == (None, None, None)
    assert number_of(name) is None


def test_the_program_reads_the_commands_document() -> None:
    assert Review.of(REVIEW.document) == REVIEW


@pytest.mark.parametrize(
    "change",
    [
        {"production_branch": ""},
        {"production_hosts": []},
        {"rows": "kept"},
        {"expires_at": "2026-12-03T12:00:00"},
        {"expires_at": "soon"},
        {"unheard_of": 1},
    ],
)
def test_a_document_without_production_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        Review.of(json.dumps({**dataclasses.asdict(REVIEW), **change}))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "7"])
def test_a_document_of_another_release_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Problem, match="launch review update"):
        Review.of(text)


@pytest.mark.parametrize(
    "branch",
    [
        {"id": PRODUCTION, "parent_id": PRODUCTION},
        {"id": "br-x", "parent_id": PRODUCTION, "default": True},
        {"id": "br-x", "parent_id": PRODUCTION, "protected": True},
        {"id": "br-x", "parent_id": "br-of-somebody"},
        {"id": "br-x"},
    ],
)
def test_production_and_branches_that_are_not_its_children_are_refused(branch: dict[str, Any]) -> None:
    with pytest.raises(BranchError):
        refuse_production(branch, PRODUCTION)


def test_a_child_of_production_is_accepted() -> None:
    assert refuse_production({"id": "br-x", "parent_id": PRODUCTION, "default": False}, PRODUCTION) == "br-x"


def test_the_pooled_host_belongs_to_the_direct_one() -> None:
    assert pooled("ep-a.eu.neon.tech") == pooled("ep-a-pooler.eu.neon.tech") == "ep-a-pooler.eu.neon.tech"
