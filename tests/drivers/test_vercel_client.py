"""Vercel's own client against the sandbox, unchanged and at the vendor's address; it validates every response.

Prevents: responses that only our own provider accepts.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers.vendors import Clients


@pytest.fixture(scope="module")
def tour(clients: Clients) -> Any:  # noqa: ANN401 -- the tour's report
    """The client's results; it leaves nothing behind."""
    return clients.tour("vercel")


def error_of(refusal: dict[str, Any], *more: str) -> list[Any]:
    """Return the client's error, status and code of a refusal, and the other named fields."""
    assert refusal["message"]
    return [refusal[key] for key in ("error", "status", "code", *more)]


def test_no_response_lacks_a_field_that_the_client_would_fill_with_zero(tour: Any) -> None:  # noqa: ANN401
    assert tour["filled"]["fields"] == []
    assert tour["filled"]["compared"] > 45


def test_the_team_is_found_and_read(tour: Any) -> None:  # noqa: ANN401
    assert tour["team"] == ["hhnn", "hhnn"]
    assert tour["user"] == "prductr-operator"


def test_a_project_is_made_changed_listed_and_deleted(tour: Any) -> None:  # noqa: ANN401
    project = tour["project"]
    assert project["made"] == ["tour", "nextjs", "apps/dashboard", "prductr", "24.x"]
    assert project["updated"] == ["22.x", "npm run build"]
    assert project["same"] is True
    assert (project["listed"], project["left"]) == (["tour"], [])


def test_a_taken_name_and_an_unknown_project_raise_the_clients_errors(tour: Any) -> None:  # noqa: ANN401
    assert error_of(tour["project"]["twice"]) == ["SDKError", 409, "conflict"]
    assert error_of(tour["project"]["unknown"]) == ["SDKError", 404, "not_found"]


def test_variables_are_made_edited_listed_and_deleted_and_a_sensitive_one_stays_secret(tour: Any) -> None:  # noqa: ANN401
    listed, left = tour["variables"]["listed"], tour["variables"]["left"]
    assert listed["SECRET"] == {"type": "sensitive", "target": ["production"], "value": ""}
    assert listed["URL"]["target"] == ["production", "preview"]
    assert listed["URL"]["value"] not in ("", "one", "two")
    assert tour["variables"]["edited"] == "two"
    assert (sorted(listed), sorted(left)) == (["FIRST", "SECRET", "URL"], ["FIRST", "SECRET"])


def test_a_variable_of_the_same_target_is_a_conflict_alone_and_among_others(tour: Any) -> None:  # noqa: ANN401
    assert error_of(tour["variables"]["conflict"], "envVarKey") == ["SDKError", 400, "ENV_CONFLICT", "URL"]
    assert tour["variables"]["several"] == [["SECRET"], ["ENV_CONFLICT"]]


def test_domains_are_added_and_read_and_belong_to_one_project(tour: Any) -> None:  # noqa: ANN401
    domains = tour["domains"]
    assert domains["added"] == ["tour.prductr.com", True, True]
    assert domains["redirect"] == ["tour.prductr.com", 308]
    assert domains["read"] == "prductr.com"
    assert domains["listed"] == ["www.tour.prductr.com", "tour.prductr.com", "tour.vercel.app"]
    moved = ["tour.prductr.com", "www.tour.prductr.com"]
    assert domains["moved"] == [["tour.vercel.app"], [*moved, "other-tour.vercel.app"]]
    assert domains["misconfigured"] is True
    expected = ["SDKError", 409, "domain_already_in_use", domains["owner"]]
    assert error_of(domains["conflict"], "projectId") == expected


def test_a_deployment_is_watched_until_it_is_the_projects_production(tour: Any) -> None:  # noqa: ANN401
    deployment = tour["deployment"]
    assert deployment["states"] == ["QUEUED", "BUILDING", "READY"]
    assert deployment["alias"] == ["tour.vercel.app", "tour.prductr.com"]
    assert deployment["listed"] == [True]
    assert deployment["production"] is True
    assert error_of(deployment["foreign"]) == ["SDKError", 400, "incorrect_git_source_info"]


def test_production_is_rolled_back_with_its_hosts_and_says_so(tour: Any) -> None:  # noqa: ANN401
    rollback = tour["rollback"]
    assert (rollback["production"], rollback["host"]) == (True, True)
    assert rollback["request"] == ["rollback", True, True, "succeeded"]
    assert rollback["latest"] == [False, True]
    assert rollback["leading"] == [["tour.vercel.app", "tour.prductr.com"], []]
    assert rollback["moved"] == ["tour.prductr.com", "tour.vercel.app"]
    assert rollback["candidates"] == [True]
    assert error_of(rollback["again"]) == ["SDKError", 409, "conflict"]
    assert error_of(rollback["unknown"]) == ["SDKError", 404, "not_found"]


def test_a_promotion_brings_the_newer_one_back(tour: Any) -> None:  # noqa: ANN401
    assert tour["promotion"]["production"] is True
    assert error_of(tour["promotion"]["again"]) == ["SDKError", 409, "conflict"]


def test_a_running_build_is_cancelled_and_its_log_is_read(tour: Any) -> None:  # noqa: ANN401
    builds = tour["builds"]
    assert builds["canceled"] == "CANCELED"
    assert error_of(builds["tooLate"]) == ["SDKError", 400, "bad_request"]
    assert builds["events"] == ["QUEUED", "BUILDING", "READY"]
    assert builds["byBranch"] == [True]


def test_wrong_tokens_and_foreign_teams_raise_the_clients_errors(tour: Any) -> None:  # noqa: ANN401
    strangers = tour["strangers"]
    assert error_of(strangers["wrong"], "invalidToken") == ["SDKError", 403, "forbidden", True]
    assert error_of(strangers["none"], "missingToken") == ["SDKError", 403, "forbidden", True]
    assert error_of(strangers["foreign"]) == ["SDKError", 403, "forbidden"]
