"""Neon's own client against the sandbox, unchanged and at the vendor's address.

Each response is compared with the description of the API that comes with the client, since the client accepts anything.
Prevents: a field that Neon always returns and the sandbox does not, noticed only when a program reads it.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from tests.drivers.openapi import Description
from tests.drivers.vendors import HERE, Clients

_DESCRIPTION = HERE / "node_modules" / "@neondatabase" / "api-client" / "public-v2-for-users.gen.yaml"


@pytest.fixture(scope="module")
def report(clients: Clients) -> Any:  # noqa: ANN401 -- the tour's report
    """The client's results, and every response; it leaves nothing behind."""
    return clients.tour("neon")


@pytest.fixture(scope="module")
def tour(report: Any) -> Any:  # noqa: ANN401
    """The client's results."""
    return report["found"]


@pytest.fixture(scope="module")
def description(clients: Clients) -> Description:
    """Neon's API as its client's package describes it."""
    assert clients
    return Description(_DESCRIPTION)


def error_of(refusal: dict[str, Any]) -> list[Any]:
    """The client's error, and status and code of a refusal."""
    assert refusal["message"]
    assert refusal["request_id"]
    return [refusal[key] for key in ("error", "status", "code")]


def test_every_response_matches_the_vendors_description(report: Any, description: Description) -> None:  # noqa: ANN401
    answers = report["answers"]
    wrong = [
        f"{answer['method']} {answer['path']}: {complaint}"
        for answer in answers
        for complaint in description.complaints(answer["method"], answer["path"], answer["status"], answer["body"])
    ]
    assert wrong == []
    kinds = {(one["method"], re.sub(r"/(br|ep)-[\w-]+", "", one["path"]), one["status"]) for one in answers}
    assert len(kinds) > 35
    assert {status for _, _, status in kinds} == {200, 201, 204, 400, 401, 404, 409, 422, 423}


def test_the_comparison_detects_missing_fields_wrong_types_and_unlisted_values(
    report: Any,  # noqa: ANN401
    description: Description,
) -> None:
    made = next(one for one in report["answers"] if (one["method"], one["status"]) == ("post", 201))
    body = copy.deepcopy(made["body"])
    del body["project"]["created_at"]
    body["branch"]["protected"] = "no"
    body["operations"][0]["status"] = "asleep"
    assert sorted(description.complaints("post", "/projects", 201, body)) == [
        "body.branch.protected is not of type boolean",
        "body.operations[0].status is 'asleep'",
        "body.project.created_at is missing",
    ]
    with pytest.raises(LookupError):
        description.complaints("get", "/nowhere", 200, {})


def test_a_project_is_made_and_polled_until_it_is_ready(tour: Any) -> None:  # noqa: ANN401
    project = tour["project"]
    assert project["operations"] == [["create_timeline", "finished"], ["start_compute", "finished"]]
    assert (project["history"], project["listed"], project["uris"]) == (3600, ["tour"], 1)
    assert error_of(project["unknown"]) == ["AxiosError", 404, ""]
    assert error_of(project["homeless"]) == ["AxiosError", 400, ""]


def test_roles_have_passwords_that_are_revealed_and_reset(tour: Any) -> None:  # noqa: ANN401
    roles = tour["roles"]
    assert roles["operations"] == [["apply_config", "finished"]]
    assert (roles["revealed"], roles["reset"]) == (True, True)
    assert roles["listed"] == ["neondb_owner", "tour_role"]
    assert error_of(roles["twice"]) == ["AxiosError", 409, "ROLE_ALREADY_EXISTS"]
    assert error_of(roles["unknown"]) == ["AxiosError", 404, ""]


def test_databases_are_made_owned_and_renamed(tour: Any) -> None:  # noqa: ANN401
    databases = tour["databases"]
    assert databases["operations"] == [["apply_config", "finished"]]
    assert (databases["read"], databases["renamed"]) == ("tour_role", "renamed")
    assert databases["listed"] == ["neondb", "renamed"]
    assert error_of(databases["twice"]) == ["AxiosError", 409, "DATABASE_ALREADY_EXISTS"]


def test_a_branch_is_locked_while_it_is_made_and_has_its_parents_roles(tour: Any) -> None:  # noqa: ANN401
    branches = tour["branches"]
    assert error_of(branches["locked"]) == ["AxiosError", 423, ""]
    assert branches["operations"] == [["create_branch", "finished"], ["start_compute", "finished"]]
    assert (branches["state"], branches["copied"]) == ("ready", ["neondb_owner", "tour_role"])
    assert sorted(branches["listed"]) == ["main", "tour"]
    assert error_of(branches["twice"]) == ["AxiosError", 409, "BRANCH_ALREADY_EXISTS"]
    assert error_of(branches["main"]) == ["AxiosError", 422, ""]


def test_a_branch_expires_unless_it_is_a_parent(tour: Any) -> None:  # noqa: ANN401
    expiry = tour["expiry"]
    assert (expiry["kept"], expiry["lifted"]) == (True, False)
    assert 3590 <= expiry["seconds"] <= 3600
    assert error_of(expiry["parent"]) == ["AxiosError", 422, ""]


def test_a_branch_of_the_past_is_made_and_restored(tour: Any) -> None:  # noqa: ANN401
    history = tour["history"]
    assert history["operations"] == [["create_branch", "finished"], ["create_timeline", "finished"]]
    assert (history["moment"], history["same"], history["kept"]) == (True, True, "past_old")
    assert error_of(history["early"]) == ["AxiosError", 422, ""]
    assert error_of(history["nameless"]) == ["AxiosError", 400, ""]


def test_an_endpoint_sleeps_wakes_and_is_the_only_one_that_writes(tour: Any) -> None:  # noqa: ANN401
    endpoints = tour["endpoints"]
    assert endpoints["suspended"] == [["suspend_compute", "finished"]]
    assert endpoints["started"] == [["start_compute", "finished"]]
    assert (endpoints["state"], endpoints["listed"], endpoints["scaled"]) == ("active", 2, 1)
    assert error_of(endpoints["second"]) == ["AxiosError", 409, "ENDPOINTS_LIMIT_EXCEEDED"]


def test_connection_uris_are_direct_or_pooled(tour: Any) -> None:  # noqa: ANN401
    uris = tour["uris"]
    form = r"postgresql://neondb_owner:\w+@ep-[a-z0-9-]+\.eu-central-1\.aws\.neon\.tech/neondb\?sslmode=require"
    assert re.fullmatch(form, uris["direct"])
    assert re.fullmatch(form, uris["pooled"])
    assert ("-pooler." in uris["direct"], "-pooler." in uris["pooled"]) == (False, True)
    assert error_of(uris["unknown"]) == ["AxiosError", 404, ""]


def test_everything_is_deleted_and_deleting_twice_is_no_error(tour: Any) -> None:  # noqa: ANN401
    assert tour["deleted"] == [True, "tour", "renamed", "tour_role", 204, "tour"]
    assert tour["left"] == 0


def test_wrong_keys_raise_the_clients_errors(tour: Any) -> None:  # noqa: ANN401
    assert error_of(tour["strangers"]["wrong"]) == error_of(tour["strangers"]["none"]) == ["AxiosError", 401, ""]
