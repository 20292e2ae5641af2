"""Calls to a vendor. Prevents: minutes of silence while a vendor cannot be reached, a change that is sent twice because
its response was lost, a refusal that is reported as a missing resource, a credential in a message.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from contract.paths import PROJECT
from tests.sandbox.providers.support import Answer, Vendor
from vendors import Access, Cloudflare, Neon, UnreachableError, Vercel
from vendors.api import ATTEMPTS, Api
from vendors.errors import MissingError, RefusedAccessError, RefusedRequestError

TOKEN = "token-marker-3f7a"
ERROR = {"errors": [{"code": 10000, "message": "Authentication error"}]}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    yield server
    server.stop()


def access(base: str) -> Access:
    return Access(
        cloudflare_url=base, cloudflare_token=TOKEN, vercel_url=base, vercel_token=TOKEN, vercel_team="hhnn",
        neon_url=base, neon_key=TOKEN,
    )  # fmt: skip


@pytest.fixture
def api(vendor: Vendor) -> Api:
    return Cloudflare.connect(access(vendor.base)).api


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, RefusedAccessError, "refuses access: GET /zones: 401 Unauthorized: Authentication error .10000."),
        (403, RefusedAccessError, "refuses access: GET /zones: 403 Forbidden"),
        (404, MissingError, "refuses the request: GET /zones: 404 Not Found"),
        (409, RefusedRequestError, "refuses the request: GET /zones: 409 Conflict"),
        (503, UnreachableError, "does not answer properly: GET /zones: 503"),
    ],
)
def test_each_refusal_raises_its_own_error(
    vendor: Vendor, api: Api, status: int, kind: type[Exception], words: str
) -> None:
    vendor.on("GET /zones", Answer(ERROR, status))
    with pytest.raises(kind, match=words) as error:
        api.get("/zones")
    assert TOKEN not in f"{error.value} {error.value!r} {api!r}"
    assert len(vendor.taken()) == (ATTEMPTS if status == 503 else 1)


def test_a_server_error_is_retried_where_that_changes_nothing(vendor: Vendor, api: Api) -> None:
    vendor.on("GET /zones", Answer(ERROR, 500), {"result": []})
    assert api.get("/zones") == {"result": []}
    vendor.on("DELETE /zones", Answer(ERROR, 500))
    vendor.taken()
    with pytest.raises(UnreachableError):
        api.call("DELETE", "/zones")
    assert len(vendor.taken()) == 1


def test_a_call_waits_for_a_rate_limit_only_as_long_as_patience_lasts(vendor: Vendor, api: Api) -> None:
    vendor.on("POST /zones", Answer(ERROR, 429, {"retry-after": "0"}), {"result": 1})
    assert api.call("POST", "/zones", json={}) == {"result": 1}
    vendor.on("POST /zones", Answer(ERROR, 429, {"retry-after": "3600"}))
    begun = time.monotonic()
    with pytest.raises(UnreachableError, match="429"):
        api.call("POST", "/zones", json={})
    assert time.monotonic() - begun < 5


def test_a_call_waits_for_a_lock_as_long_as_patience_lasts(vendor: Vendor) -> None:
    locked, neon = Answer({"code": "", "message": "locked"}, 423), Neon.connect(access(vendor.base), patience=1.0)
    vendor.on("DELETE /projects/P", locked, {})
    neon.delete_project("P")
    vendor.on("DELETE /projects/P", locked)
    with pytest.raises(UnreachableError, match="423 Locked: locked"):
        neon.delete_project("P")
    neon.api.close()


def test_a_vendor_that_refuses_connections_is_reported_at_once(vendor: Vendor, api: Api) -> None:
    vendor.stop()
    with pytest.raises(UnreachableError, match=r"Cloudflare cannot be reached: GET /zones: ") as error:
        api.get("/zones")
    assert "proxies" in error.value.remedy


def test_a_vendor_that_never_responds_is_reported_within_the_stated_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match="cannot be reached"):
            Neon.connect(access(base), patience=2.0).projects("org-1")
        assert time.monotonic() - begun < 4


def test_a_response_that_is_not_json_is_not_the_vendors(vendor: Vendor, api: Api) -> None:
    vendor.on("GET /zones", "<html>captive portal</html>")
    with pytest.raises(UnreachableError, match=r"not JSON .status 200.: <html>captive portal"):
        api.get("/zones")


def test_lists_are_read_to_their_last_page(vendor: Vendor) -> None:
    pages = [{"result": [{"id": n}], "result_info": {"total_pages": 2}} for n in (1, 2)]
    vendor.on("GET /zones/Z/dns_records?page=1&per_page=100", pages[0])
    vendor.on("GET /zones/Z/dns_records?page=2&per_page=100", pages[1])
    assert [each["id"] for each in Cloudflare.connect(access(vendor.base)).dns_records("Z")] == [1, 2]
    vendor.on("GET /v2/teams/hhnn", {"id": "team_1"})
    first = {"envs": [{"id": "a"}], "pagination": {"next": 7}}
    vendor.on("GET /v9/projects/P/env?teamId=team_1&limit=100", first)
    vendor.on("GET /v9/projects/P/env?teamId=team_1&until=7&limit=100", {"envs": [{"id": "b"}]})
    assert [each["id"] for each in Vercel.connect(access(vendor.base)).variables("P")] == ["a", "b"]


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://127.0.0.1.example.com", "api.vercel.com"])
def test_no_credential_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="in clear text"):
        Access.of({}, {"LAUNCH_VERCEL_URL": url})
    assert Access.of({}, {"LAUNCH_VERCEL_URL": "http://127.0.0.1:1"}).vercel_url == "http://127.0.0.1:1"


def test_the_command_line_of_httpx_is_never_imported() -> None:
    code = "import sys, vendors; print([each for each in ('rich', 'pygments', 'click') if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
