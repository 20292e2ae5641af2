"""Cloudflare's own client against the sandbox, unchanged.

Prevents: a sandbox that fits only our own calls, so that a passing call fails at Cloudflare.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers.vendors import Clients


@pytest.fixture(scope="module")
def tour(clients: Clients) -> Any:  # noqa: ANN401 -- the tour's report
    """The client's results; it leaves nothing behind but a changed zone setting."""
    return clients.tour("cloudflare")


def test_the_zone_is_found_by_name_and_read_by_id(tour: Any) -> None:  # noqa: ANN401
    assert tour["zone"] == ["prductr.com", "active"]
    assert tour["same"] is True


def test_records_are_made_changed_and_listed_over_several_pages(tour: Any) -> None:  # noqa: ANN401
    records = tour["records"]
    assert records["contents"] == [["192.0.2.1", 300], ["192.0.2.2", 300], ["192.0.2.3", 1]]
    assert sorted(records["listed"]) == ["192.0.2.3", "192.0.2.4", "192.0.2.5"]


def test_refused_records_raise_the_clients_errors_with_the_vendors_codes(tour: Any) -> None:  # noqa: ANN401
    records = tour["records"]
    assert records["twice"] == {"error": "BadRequestError", "status": 400, "codes": [81058]}
    assert records["alias"] == {"error": "BadRequestError", "status": 400, "codes": [81053]}
    assert records["gone"] == {"error": "NotFoundError", "status": 404, "codes": [81044]}


def test_records_are_found_by_every_filter_and_an_unknown_one_is_refused(tour: Any) -> None:  # noqa: ANN401
    assert tour["records"]["filtered"] == {
        "content": ["192.0.2.4"],
        "comment": ['"v"'],
        "either": 2,
        "search": ['"v"'],
        "tag": {"error": "BadRequestError", "status": 400, "codes": [1004]},
    }


def test_a_zone_setting_is_changed_and_an_invalid_value_refused(tour: Any) -> None:  # noqa: ANN401
    refused = {"error": "BadRequestError", "status": 400, "codes": [1007]}
    assert tour["settings"] == {"before": "full", "after": "strict", "senseless": refused}


def test_a_worker_of_several_modules_comes_back_as_it_was_uploaded_without_its_secret(tour: Any) -> None:  # noqa: ANN401
    script = tour["script"]
    secret = {"type": "secret_text", "name": "KEY"}
    assert script["bindings"] == [{"type": "plain_text", "name": "GREETING", "text": "hello"}, secret]
    assert script["content"].count("Content-Disposition") == 2
    assert 'name="greet.mjs"' in script["content"]
    assert "import { greet } from './greet.mjs'" in script["content"]
    assert "not to be seen" not in str(tour)


def test_an_earlier_version_of_a_worker_is_redeployed_by_force_where_its_secrets_differed(
    tour: Any,  # noqa: ANN401
) -> None:
    versions = tour["versions"]
    assert (versions["numbers"], versions["tag"]) == ([2, 1], "next")
    secret = {"type": "secret_text", "name": "KEY"}
    assert versions["bindings"] == [{"type": "plain_text", "name": "GREETING", "text": "hello"}, secret]
    assert versions["secrets"] == 0
    assert versions["forward"] is True
    assert versions["back"] == {"error": "BadRequestError", "status": 400, "codes": [10220]}
    assert (versions["forced"], versions["serves"]) == ("deployment", True)
    assert versions["gradual"] == {"error": "BadRequestError", "status": 400, "codes": [10021]}
    assert versions["nobody"] == {"error": "NotFoundError", "status": 404, "codes": [100146]}


def test_a_custom_domain_makes_its_record_and_is_refused_where_one_is(tour: Any) -> None:  # noqa: ANN401
    domain = tour["domain"]
    assert domain["listed"] == [["worker.prductr.com", "tour"]]
    assert domain["record"] == ["AAAA"]
    assert domain["taken"] == {"error": "ConflictError", "status": 409, "codes": [100117]}
    assert domain["left"] == [[], []]


def test_an_analytics_site_has_a_token_that_its_snippet_carries(tour: Any) -> None:  # noqa: ANN401
    site = tour["site"]
    assert len(site["token"]) == 32
    assert site["token"] in site["snippet"]
    assert site["listed"] == [True]
    assert site["gone"]["error"] == "NotFoundError"


def test_wrong_tokens_raise_the_clients_authentication_error(tour: Any) -> None:  # noqa: ANN401
    assert tour["strangers"] == {
        "wrong": {"error": "PermissionDeniedError", "status": 403, "codes": [9109]},
        "verification": {"error": "AuthenticationError", "status": 401, "codes": [1000]},
        "malformed": {"error": "BadRequestError", "status": 400, "codes": [6003]},
    }
